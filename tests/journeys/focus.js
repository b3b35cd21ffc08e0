// Where focus is, in words (null when it is nowhere), and what is wrong with that place, as
// sentences: none, when a person can see it.
// The ring may be drawn by the control, by its label, or before or after them. It is an outline,
// which forced colors keep, that comes with focus and goes with it; a halo may set it off.
() => {
  const THICK = 2; // CSS pixels
  const PLAIN = 3; // WCAG 2.2, 1.4.11: contrast of what tells a state
  const HALO = /^(.+\)) 0px 0px 0px \d+px$/;
  const focused = document.activeElement;
  if (focused === document.body) return { place: null, wrong: [] };
  const labels = [...(focused.labels ?? [])];
  const faces = [focused, ...labels, ...labels.flatMap((each) => [...each.querySelectorAll("*")])];
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });

  const rgba = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const luminance = (color) => {
    const [red, green, blue] = rgba(color).map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrast = (one, other) => {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };
  /** The color behind an element; nothing where there is a picture. */
  const behind = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const { backgroundColor, backgroundImage } = getComputedStyle(each);
      if (backgroundImage !== "none") return undefined;
      if (rgba(backgroundColor)[3] === 255) return backgroundColor;
    }
    return "white";
  };
  const rings = () =>
    faces.flatMap((face) =>
      [null, "::before", "::after"].map((part) => {
        const style = getComputedStyle(face, part);
        const { outlineStyle, outlineWidth, outlineColor, outlineOffset, boxShadow } = style;
        const drawn = outlineStyle !== "none" && rgba(outlineColor)[3] > 0;
        const within = part === null && parseFloat(outlineOffset) < 0;
        return {
          thick: drawn ? parseFloat(outlineWidth) : 0,
          colors: [outlineColor, boxShadow.match(HALO)?.[1] ?? outlineColor],
          on: behind(within ? face : face.parentElement),
        };
      }),
    );

  const inside = rings();
  const box = focused.getClientRects()[0];
  const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  focused.blur();
  const outside = rings();
  focused.focus({ preventScroll: true });

  const wrong = [];
  const come = inside.filter(({ thick }, which) => thick >= THICK && outside[which].thick < THICK);
  const pale = ({ colors, on }) => on && colors.every((color) => contrast(color, on) < PLAIN);
  if (document.activeElement !== focused) wrong.push("does not keep focus");
  if (!come.length) wrong.push("has no ring");
  else if (come.every(pale)) wrong.push(`has a pale ring, ${come[0].colors} on ${come[0].on}`);
  const beside = box.left < -1 || box.right > innerWidth + 1;
  const below = box.bottom > innerHeight + 1 && box.height <= innerHeight;
  if (beside || below || box.top < -1) wrong.push("is not wholly in view");
  else if (!top || ![focused, ...labels].some((each) => each.contains(top)))
    wrong.push(`is covered by ${top?.outerHTML.slice(0, 80)}`);
  const words = (focused.ariaLabel ?? focused.textContent).trim().replace(/\s+/g, " ");
  const place = `${focused.localName} "${words.slice(0, 40)}"`;
  return { place, wrong: wrong.map((what) => `${place} ${what}`) };
}
