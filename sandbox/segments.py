"""How many SMS segments a text takes, as carriers count them (3GPP TS 23.038 and 23.040).

GSM-7 text fits 160 septets in one segment, or 153 in each of several; a character from the
extension table takes two septets that may not be parted. Any other character turns the whole
text into UCS-2: 70 code units, or 67 in each of several, surrogate pairs kept together.
"""

GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENSION = frozenset("\f^{}\\[~]|€")


def _widths(body: str) -> tuple[list[int], int, int]:
    """Units each character takes, then what fits in a lone and in a joined segment."""
    if all(character in GSM_BASIC or character in GSM_EXTENSION for character in body):
        return [2 if character in GSM_EXTENSION else 1 for character in body], 160, 153
    return [2 if ord(character) > 0xFFFF else 1 for character in body], 70, 67


def segment_count(body: str) -> int:
    """The number of segments `body` is sent in; an empty body takes one."""
    widths, lone, joined = _widths(body)
    if sum(widths) <= lone:
        return 1
    segments, filled = 1, 0
    for width in widths:
        if filled + width > joined:
            segments, filled = segments + 1, 0
        filled += width
    return segments
