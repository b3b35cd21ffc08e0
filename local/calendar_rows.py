"""Write the style sheet that places entries on the calendar's rows: ``make styles``.

The content security policy allows no style attributes, so that each row, each length and each
lane side by side has a class of its own (see ``scheduling/desk/grid.py``).
"""

from collections.abc import Iterator

from local.embedded import CHECKOUT

FILE = CHECKOUT / "static" / "css" / "calendar-rows.css"
ROWS = 25 * 12  # of five minutes, in the longest day
SHORTEST = 3  # rows that an entry takes at least, so that it can be read
COLUMNS, MOST_LANES = 12, 4  # of a day's column; entries side by side
HEAD = """\
/* Made by `make styles`: where an entry of the calendar begins (r), how many five-minute rows it
   takes (h), and its lane beside others. See local/calendar_rows.py. */
"""


def style_sheet() -> str:
    """The whole file."""
    rules = "".join(f"    {rule}\n" for rule in _rules())
    return (
        f"{HEAD}@layer components {{\n  @media screen and (min-width: 48em) {{\n{rules}  }}\n}}\n"
    )


def _rules() -> Iterator[str]:
    for row in range(1, ROWS + 1):
        yield f".r{row} {{ grid-row-start: {row}; }}"
    for length in range(SHORTEST, ROWS + 1):
        yield f".h{length} {{ grid-row-end: span {length}; }}"
    for lanes in range(1, MOST_LANES + 1):
        width = COLUMNS // lanes
        for lane in range(1, lanes + 1):
            start = (lane - 1) * width + 1
            yield f".lane-{lane}-{lanes} {{ grid-column: {start} / span {width}; }}"


if __name__ == "__main__":
    FILE.write_text(style_sheet())
