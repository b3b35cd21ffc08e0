"""What stands in a page that belongs in a file."""

from html.parser import HTMLParser


class Markup(HTMLParser):
    """Collects scripts and styles that stand in a page instead of in a file."""

    def __init__(self) -> None:
        super().__init__()
        self.inline: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        if tag == "style" or (tag == "script" and "src" not in names):
            self.inline.append(f"<{tag}>")
        self.inline += [
            f"<{tag} {name}>" for name in names if name == "style" or name.startswith("on")
        ]


def inline_in(html: str) -> list[str]:
    reader = Markup()
    reader.feed(html)
    reader.close()
    return reader.inline
