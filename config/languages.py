"""The languages that pages speak, and a made-up one that shows what was forgotten.

The made-up one (``PSEUDO_LOCALE=1``, never in production) is written from right to left, accents
every sentence that goes through gettext and sets it in brackets. What stands without them on a
page is hard-coded; what stands on the wrong side does not follow the direction of writing.
"""

import re
from gettext import NullTranslations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import trans_real
from django_stubs_ext import StrPromise

SPOKEN: list[tuple[str, StrPromise]] = [("en", _("English")), ("es", _("Spanish"))]
# As Android and Chromium name theirs. Being a kind of Arabic it is written from right to left.
PSEUDO = "ar-xb"
ACCENTED = str.maketrans(
    "ACDEGHIJKLNORSTUWYZacdeghijklnorstuwyz", "ÅÇÐÉĜĤÎĴĶĻÑÖŔŠŢÛŴÝŽåçðéĝĥîĵķļñöŕšţûŵýž"
)
# What programs fill in or read, and an accent would break; numbers, which no script turns around.
KEPT = re.compile(r"(%\(\w+\)[sd]|%[sd%]|\{\w*\}|<[^>]+>|&\w+;|\d[\d ]*)")
# A mark on either side keeps what is turned around apart from a Latin name beside it.
RIGHT_TO_LEFT, AS_BEFORE = "\u200f\u202e", "\u202c\u200f"
CONTEXT_END = "\x04"


def pseudo(text: str) -> str:
    """The text in brackets, accented and from right to left, with its placeholders kept."""
    words = text.rpartition(CONTEXT_END)[2]
    parts = (part if KEPT.fullmatch(part) else _mirrored(part) for part in KEPT.split(words))
    return f"⟦{''.join(parts)}⟧"


def _mirrored(part: str) -> str:
    said = part.strip()
    shown = f"{RIGHT_TO_LEFT}{said.translate(ACCENTED)}{AS_BEFORE}"
    return part.replace(said, shown) if said else part


class PseudoTranslation(NullTranslations):
    """What Django asks of a catalog, answered by ``pseudo`` for every sentence there is."""

    def gettext(self, message: str) -> str:
        return pseudo(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return pseudo(msgid1 if n == 1 else msgid2)

    def language(self) -> str:
        return PSEUDO

    to_language = language


def speak_pseudo() -> None:
    """Answer for the made-up language from here on."""
    trans_real._translations[PSEUDO] = PseudoTranslation()  # type: ignore[attr-defined]
