"""Every sentence that a person reads goes through gettext, and Spanish has it."""

import ast
import re
import tomllib
from collections.abc import Iterator
from gettext import GNUTranslations
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog, Message
from django.conf import settings
from django.template.base import Lexer, Token, TokenType

from local import catalog
from local.embedded import CHECKOUT

TRANSLATED = [code for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
Msgid = str | tuple[str | int, ...]


def po_file(language: str) -> Path:
    return catalog.LOCALE / language / "LC_MESSAGES" / "django.po"


def messages_of(found: Catalog) -> dict[tuple[str | None, Msgid], Message]:
    """The sentences by context and id; plural ones have both forms as their id."""
    return {
        (each.context, each.id if isinstance(each.id, str) else tuple(each.id)): each
        for each in found
        if each.id
    }


@pytest.fixture(params=TRANSLATED)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def po(language: str) -> Catalog:
    return catalog.read(po_file(language))


def forms(text: str | list[str] | tuple[str, ...] | None) -> tuple[str, ...]:
    return (text or "",) if isinstance(text, str | None) else tuple(text)


# --- The catalog


def test_every_sentence_is_in_the_catalog_and_no_other(po: Catalog) -> None:
    """To mend this: ``python -m local.catalog``, then translate what it lists."""
    assert set(messages_of(po)) == set(messages_of(catalog.extracted()))


def test_every_sentence_is_translated_in_each_plural_form(po: Catalog) -> None:
    waiting = [each.id for each in messages_of(po).values() if not catalog.is_translated(each)]
    assert waiting == []
    plurals = [each for each in messages_of(po).values() if isinstance(each.id, tuple)]
    assert plurals
    assert {len(forms(each.string)) for each in plurals} == {po.num_plurals}


def test_nothing_is_fuzzy_or_left_over(po: Catalog) -> None:
    assert [each.id for each in po if each.fuzzy] == []
    assert list(po.obsolete) == []


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"%\(\w+\)[a-z]|%[sd]|%%|\{\w*\}|<[^>]+>", text))


def test_translations_keep_what_programs_fill_in(po: Catalog) -> None:
    lost = [
        (each.id, said)
        for each in messages_of(po).values()
        for said in forms(each.string)
        if placeholders(said) not in [placeholders(text) for text in forms(each.id)]
    ]
    assert lost == []


def sentences_in(compiled: bytes) -> dict[Msgid, str]:
    """What Django finds in a compiled catalog; its header names the compiler and is left out."""
    found: dict[Msgid, str] = vars(GNUTranslations(BytesIO(compiled)))["_catalog"]
    return {msgid: said for msgid, said in found.items() if msgid}


def test_the_compiled_catalog_is_the_written_one(language: str, po: Catalog) -> None:
    compiled = po_file(language).with_suffix(".mo").read_bytes()
    assert sentences_in(compiled) == sentences_in(catalog.mo_bytes(po))


def test_a_translation_is_not_the_sentence_itself(po: Catalog) -> None:
    same = {each.id for each in messages_of(po).values() if each.id == each.string}
    assert same <= SAME_IN_BOTH


SAME_IN_BOTH = {"AM", "PM", "Error:", "%(minutes)s min", "%(rate)s %%", "%(rate)s%%"}


# --- Templates

# What staff write letters and texts with: a file for each language.
MESSAGES = CHECKOUT / "templates" / "messages"
# What developers make screens from, in their own language.
STYLE_GUIDE = CHECKOUT / "templates" / "styleguide"
TEMPLATES = sorted(
    path
    for path in (CHECKOUT / "templates").rglob("*")
    if path.suffix in {".html", ".svg"}
    and STYLE_GUIDE not in path.parents
    and (MESSAGES not in path.parents or path.suffix == ".html")
)
# Names, of keys too, are the same in every language; "911" and signs are not words.
NAMES = {"Visitwell", "Ctrl", "Esc"}
WORD = re.compile(r"[^\W\d_]{2,}")
SAID_BY_ATTRIBUTES = set(
    "alt title placeholder label summary abbr aria-label aria-description aria-placeholder "
    "aria-roledescription aria-valuetext".split()
)
# Arguments of {% include %} and filters that end up as words on the page.
LITERAL = re.compile(r"""(?:(?P<name>[\w.]+)=|(?P<filter>\|\w+:)|\s)(?P<quoted>"[^"]*"|'[^']*')""")
UNSAID_BLOCKS = {"block body_class": "endblock"}
NOT_SAID = {
    "class",
    "date",
    "time",
    "cut",
    "slice",
    "stringformat",
    "add",
    "floatformat",
    "timezone",
}


class Texts(HTMLParser):
    """Collects what a person would read or hear."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in {"style", "script"}
        for name, value in attrs:
            sentence = name.startswith("data-") and " " in (value or "").strip()
            if value and (name in SAID_BY_ATTRIBUTES or sentence):
                self.said.append(value)

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in {"style", "script"}

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.said.append(data)


def outside_translation(source: str) -> tuple[str, list[Token]]:
    """A template's own text, and the tags that are not gettext's."""
    text, tags = "", []
    until = ""  # the tag that ends what is skipped
    for token in Lexer(source).tokenize():
        if token.token_type == TokenType.BLOCK and (until or token.contents in UNSAID_BLOCKS):
            until = UNSAID_BLOCKS.get(token.contents, until)
            until = "" if token.contents.split()[0] == until else until
        elif token.token_type == TokenType.BLOCK and token.contents.startswith("blocktrans"):
            until = f"end{token.contents.split()[0]}"
        elif token.token_type == TokenType.TEXT:
            text += "" if until else token.contents
        elif token.token_type != TokenType.COMMENT and not until:
            tags.append(token)
    return text, tags


def hard_coded(source: str) -> list[str]:
    """The words of a template that never reach gettext."""
    text, tags = outside_translation(source)
    reader = Texts()
    reader.feed(text)
    reader.close()
    literals = [said for tag in tags for said in literals_said(tag)]
    return [
        said.strip()
        for said in [*reader.said, *literals]
        if WORD.search(said) and said.strip() not in NAMES
    ]


def literals_said(tag: Token) -> Iterator[str]:
    """Words given to a tag or filter as they are: a capital letter or a space tells."""
    name = tag.contents.split()[0]
    if name in {"translate", "trans", "load", "extends", "url", "static", "comment"}:
        return
    for found in LITERAL.finditer(tag.contents):
        said = found["quoted"][1:-1]
        given_to = found["name"] or (found["filter"] or "").strip("|:")
        if given_to not in NOT_SAID and re.search(r"[A-Z]\w|\w \w", said):
            yield said


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.relative_to(CHECKOUT).as_posix())
def test_a_template_says_nothing_without_gettext(file: Path) -> None:
    assert hard_coded(file.read_text()) == []


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ('<p class="a b">{% translate "Hello" %} {{ name }}, 911</p>', []),
        ("{% blocktranslate with n=x count c=x %}One{% plural %}Many{% endblocktranslate %}", []),
        ("<p>Hello {{ name }}</p>", ["Hello"]),
        ('<img alt="{{ name }} waves">', ["waves"]),
        ('<p data-none="Nobody is here."></p>', ["Nobody is here."]),
        ('{% button label="Save it" kind="primary" %}', ["Save it"]),
        ('{{ name|default:"Nobody" }} {{ at|date:"DATE_FORMAT" }}', ["Nobody"]),
        ("{% if a %}<b>{% else %}Bye{% endif %}", ["Bye"]),
    ],
)
def test_words_without_gettext_are_found_in_a_template(source: str, said: list[str]) -> None:
    assert hard_coded(source) == said


# --- Python

GETTEXT = set(catalog.KEYWORDS)
# The doors through which sentences reach a page or an answer, and what only doors use.
SPEAKING = set(
    "portal desk api forms views words charts problems errors context context_processors "
    "transitions".split()
)
DOORS = sorted(
    path
    for app in catalog.APPS
    for path in (CHECKOUT / app).rglob("*.py")
    if SPEAKING & {path.stem, *path.relative_to(CHECKOUT).parts}
    and "clinic_file" not in path.parts  # which speaks to whoever runs the command
)
# What documents the API to programmers, in English as the names in it are.
FOR_PROGRAMMERS = {"help_text", "description"}
SAID_BY_ARGUMENTS = {"label", "help_text", "empty_label", "verbose_name", "title"}
SENTENCE = re.compile(r"[^\W\d_]{2,} [^\W\d_]+")


def in_order(tree: ast.AST, *, documents: bool) -> Iterator[ast.AST]:
    """Where sentences may stand: docstrings, what gettext is given, what ``documents`` an API."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value
        if isinstance(node, ast.Call) and getattr(node.func, "id", None) in GETTEXT:
            yield from ast.walk(node)
        if documents and isinstance(node, ast.keyword) and node.arg in FOR_PROGRAMMERS:
            yield from ast.walk(node)


def hard_coded_in_python(source: str, *, documents: bool = False) -> list[str]:
    tree = ast.parse(source)
    fine = set(in_order(tree, documents=documents))
    named = {
        keyword.value
        for keyword in ast.walk(tree)
        if isinstance(keyword, ast.keyword) and keyword.arg in SAID_BY_ARGUMENTS
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node not in fine
        and (SENTENCE.search(node.value) or (node in named and WORD.search(node.value)))
    ]


@pytest.mark.parametrize("file", DOORS, ids=lambda file: file.relative_to(CHECKOUT).as_posix())
def test_a_door_says_nothing_without_gettext(file: Path) -> None:
    assert hard_coded_in_python(file.read_text(), documents=file.parent.name == "api") == []


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ('"""A docstring of some words."""\nlabel(_("Your name"))', []),
        ('CharField(label="Name", max_length=3)', ["Name"]),
        ('messages.error(request, "That did not work.")', ["That did not work."]),
        ('ngettext("%(n)s day", "%(n)s days", n)', []),
    ],
)
def test_words_without_gettext_are_found_in_python(source: str, said: list[str]) -> None:
    assert hard_coded_in_python(source) == said


# --- What clinics say of themselves


def in_languages(table: dict[str, Any], name: str = "") -> Iterator[tuple[str, set[str]]]:
    """Every text of a clinic file that is given by language, and the languages it has."""
    for key, value in table.items():
        if isinstance(value, dict):
            here = f"{name}.{key}".lstrip(".")
            if settings.LANGUAGE_CODE in value:
                yield here, set(value)
            yield from in_languages(value, here)


def test_the_demo_clinics_say_everything_in_each_language() -> None:
    given = dict(in_languages(tomllib.loads((CHECKOUT / "demo" / "clinic.toml").read_text())))
    kinds = {name.rsplit(".", 1)[-1] for name in given}
    assert {"names", "descriptions", "preparations", "directions", "titles", "doors"} <= kinds
    languages = {code for code, _ in settings.LANGUAGES}
    assert {name: said for name, said in given.items() if said != languages} == {}
