"""Somebody at a keyboard, without a mouse, who must always see where they are."""

from pathlib import Path

from playwright.sync_api import Locator, Page

from tests.stack import eventually

LONGEST_WAY = 60

HERE = Path(__file__).parent
SEEN = (HERE / "focus.js").read_text()
LISTEN = (HERE / "listen.js").read_text()
IS_FOCUSED = "(elements) => elements.includes(document.activeElement)"
HAS_FOCUS_INSIDE = "(elements) => elements.some((e) => e.contains(document.activeElement))"


class Keyboard:
    """The hands on a page: Tab, Enter, arrows and letters, and nothing else."""

    def __init__(self, page: Page) -> None:
        self.page = page
        page.emulate_media(reduced_motion="reduce")  # so that a place is where it will stay
        page.add_init_script(LISTEN)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def write(self, words: str) -> None:
        self.page.keyboard.type(words)

    def tab(self, key: str = "Tab") -> str | None:
        """One stop further. Wherever that is, it can be seen. None: at the browser itself."""
        self.press(key)
        return self.sees_where_they_are()

    def sees_where_they_are(self) -> str | None:
        """Fails when focus cannot be seen; gives its place in words."""
        seen = self.page.evaluate(SEEN)
        assert seen["wrong"] == [], f"at {self.page.url}"
        place: str | None = seen["place"]
        return place

    def go_to(self, wanted: Locator, *, key: str = "Tab") -> None:
        """Tab until ``wanted`` has focus; at every stop on the way, focus is in plain sight."""
        wanted.first.wait_for(state="attached")
        self.page.wait_for_load_state()  # before that a link is only a link
        way = []
        for _ in range(LONGEST_WAY):
            way.append(self.tab(key))
            if self.is_at(wanted):
                return
        raise AssertionError(f"{wanted} is not reached at {self.page.url}; on the way: {way}")

    def use(self, wanted: Locator, key: str = "Enter") -> None:
        """Tab to a control and press it."""
        self.go_to(wanted)
        self.press(key)

    def fill(self, wanted: Locator, words: str) -> None:
        self.go_to(wanted)
        self.write(words)

    def choose(self, wanted: Locator) -> None:
        """Tab into a group of radio buttons, and go to the one that is wanted by arrows."""
        name = wanted.get_attribute("name")
        self.go_to(self.page.locator(f"input[type=radio][name={name}]"))
        for _ in range(LONGEST_WAY):
            if self.is_at(wanted):
                break
            self.press("ArrowDown")
        if not wanted.is_checked():
            self.press("Space")
        assert wanted.is_checked()
        self.sees_where_they_are()

    def is_at(self, wanted: Locator) -> bool:
        return bool(wanted.evaluate_all(IS_FOCUSED))

    def is_within(self, wanted: Locator) -> bool:
        return bool(wanted.evaluate_all(HAS_FOCUS_INSIDE))

    def is_taken_to(self, wanted: Locator) -> None:
        """Focus was moved there, by the page."""
        wanted.wait_for()
        eventually(lambda: self.is_at(wanted), within=10, what=f"focus at {wanted}")

    def hears(self, words: str) -> None:
        """A live region said so since the page was opened."""

        def heard() -> bool:
            return any(words in said for said in self.page.evaluate("() => window.heard"))

        eventually(heard, within=15, what=f"{words!r} is announced")

    def goes_through_the_rest(self) -> None:
        """Tab to the end of the page: focus is in plain sight all the way, and not caught."""
        for _ in range(LONGEST_WAY):
            if self.tab() is None:
                return
        raise AssertionError(f"no end of {self.page.url}")

    def cannot_leave(self, dialog: Locator) -> None:
        """Tab stays inside an open dialog, or leaves the page for the browser, both ways."""
        for key in ["Tab", "Shift+Tab"]:
            for _ in range(LONGEST_WAY):
                if self.tab(key) is None:
                    break
                assert self.is_within(dialog)
