"""Text in the cells of a file that a spreadsheet opens. Pure.

A cell that begins like a formula is one to a spreadsheet, whoever wrote it (OWASP, "CSV
Injection"). An apostrophe before it makes it text again, and is taken off when a file comes back.
"""

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "'")


def safe_cell(text: str) -> str:
    """The text as it may stand in a cell.

    >>> safe_cell("=1+1"), safe_cell("Rosa")
    ("'=1+1", 'Rosa')
    """
    return f"'{text}" if text.startswith(DANGEROUS) else text


def cell_text(cell: str) -> str:
    """What a cell says: undoes ``safe_cell``, and leaves alone what never went through it.

    >>> cell_text("'=1+1"), cell_text("'tis")
    ('=1+1', "'tis")
    """
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(DANGEROUS) else cell
