"""Bring the languages' catalogs up to date with the sentences in code and templates.

``python -m local.catalog``, after a sentence was added or changed, writes
``locale/<language>/LC_MESSAGES/django.po`` anew (what is new has no translation yet, what is gone
is left out) and compiles it into the ``.mo`` that Django reads. It is plain Python: Django's own
makemessages and compilemessages need GNU gettext on the machine.
"""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

from local.embedded import CHECKOUT

LOCALE = CHECKOUT / "locale"
APPS = (
    "people messaging scheduling reminders checkin followups feedback portal contactcenter config"
).split()
KEYWORDS = DEFAULT_KEYWORDS | {
    f"{name}_{kind}": DEFAULT_KEYWORDS[name]
    for name in ("gettext", "ngettext", "pgettext", "npgettext")
    for kind in ("lazy", "noop")
}
# The catalog changes when sentences do, not when somebody looks.
FIXED_DATE = datetime(2026, 1, 1, tzinfo=UTC)
NOTES = ("Translators:",)  # comments that are for translators


def main() -> int:
    """Write every catalog; 1 when sentences wait for a translation."""
    waiting = 0
    for file in sorted(LOCALE.glob("*/LC_MESSAGES/django.po")):
        catalog = updated(read(file))
        waiting += _report(file, catalog)
        file.write_bytes(po_bytes(catalog))
        file.with_suffix(".mo").write_bytes(mo_bytes(catalog))
    return 1 if waiting else 0


def read(file: Path) -> Catalog:
    """A catalog from its ``.po``; the language is the name of the folder."""
    with file.open("rb") as stream:
        return read_po(stream, locale=file.parts[-3])


def extracted() -> Catalog:
    """Every sentence that goes through gettext, with the files that say it."""
    found = Catalog()
    for file in _sources():
        name = file.relative_to(CHECKOUT).as_posix()
        text = file.read_text()
        if file.suffix != ".py":
            # Babel reads Python by its tokens, which an indented line would confuse.
            text = "\n".join(line.lstrip() for line in templatize(text, name).splitlines())
        stream = BytesIO(text.encode())
        for line, said, notes, context in extract("python", stream, KEYWORDS, NOTES):
            found.add(said, locations=[(name, line)], auto_comments=notes, context=context)
    return found


def updated(catalog: Catalog) -> Catalog:
    """The catalog with exactly the sentences there are, in the order of their files."""
    catalog.update(extracted(), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    catalog.fuzzy = False
    catalog.project, catalog.version = "Visitwell", ""
    catalog.msgid_bugs_address = catalog.last_translator = ""
    catalog.language_team = ""
    catalog.creation_date = catalog.revision_date = FIXED_DATE
    return catalog


def po_bytes(catalog: Catalog) -> bytes:
    stream = BytesIO()
    write_po(stream, catalog, width=100, include_lineno=False)
    return stream.getvalue()


def mo_bytes(catalog: Catalog) -> bytes:
    stream = BytesIO()
    write_mo(stream, catalog)
    return stream.getvalue()


def is_translated(message: Message) -> bool:
    """Whether every form of the sentence has words."""
    forms = message.string if isinstance(message.string, list | tuple) else (message.string,)
    return all(forms)


def _sources() -> Iterator[Path]:
    for folder in (*APPS, "templates"):
        for kind in ("py", "html", "svg", "txt"):
            yield from sorted((CHECKOUT / folder).rglob(f"*.{kind}"))


def _report(file: Path, catalog: Catalog) -> int:
    missing = [each.id for each in catalog if each.id and not is_translated(each)]
    sys.stdout.write(f"{file.parts[-3]}: {len(catalog)} sentences, {len(missing)} untranslated\n")
    sys.stdout.writelines(f"  {sentence!r}\n" for sentence in missing)
    return len(missing)


if __name__ == "__main__":
    sys.exit(main())
