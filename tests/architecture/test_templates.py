"""How templates are written, beyond what their formatter sees to."""

from local.embedded import CHECKOUT

TEMPLATES = sorted((CHECKOUT / "templates").rglob("*.html"))
WIDEST = 120


def test_no_line_of_a_template_is_too_long_to_read() -> None:
    """The formatter breaks HTML; a tag of Django's, which it cannot break, is shortened by hand.

    ``{% with %}`` gives long arguments a short name, and ``{% blocktranslate trimmed %}`` lets a
    sentence run over several lines.
    """
    too_long = [
        f"{path.relative_to(CHECKOUT)}:{number} has {len(line)} characters"
        for path in TEMPLATES
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if len(line) > WIDEST
    ]
    assert TEMPLATES
    assert too_long == []
