"""Every kind of message has its words, in both languages, on each of its channels."""

import re
import tomllib
from math import ceil

import pytest
from django.conf import settings
from django.db import transaction
from django.template import Engine
from pytest_django import DjangoDbBlocker

from messaging import words
from messaging.interpreters import START, STOP
from messaging.kinds import registry
from messaging.models import Message
from messaging.words import Words, words_for
from tests.architecture.flows import DEMO, say_everything
from tests.conftest import FIXED_NOW

pytestmark = pytest.mark.django_db

LANGUAGES = [code for code, _ in settings.LANGUAGES]
MISSING = "⟦missing %s⟧"
# GSM 03.38, 6.2.1: the letters a text may hold before each costs two bytes.
GSM = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_TWICE = set("^{}\\[~]|€")
MOST_SEGMENTS = 3
Said = tuple[str, str, str, int]


def segments(text: str) -> int:
    """How many texts a carrier makes of it."""
    if set(text) <= GSM | GSM_TWICE:
        units, alone, joined = len(text) + sum(each in GSM_TWICE for each in text), 160, 153
    else:
        units, alone, joined = len(text.encode("utf-16-le")) // 2, 70, 67
    return 1 if units <= alone else ceil(units / joined)


@pytest.fixture(scope="module")
def said(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> dict[Said, Words]:
    """The words of all that was said: by kind, channel, language and number of the message."""
    strict = Engine(
        autoescape=False, builtins=["django.templatetags.i18n"], string_if_invalid=MISSING
    )
    with (
        pytest.MonkeyPatch.context() as patch,
        django_db_blocker.unblock(),
        transaction.atomic(),
    ):
        patch.setattr(words, "PLAIN", strict)
        filled = {
            (message.kind, channel, language, message.pk): _words(message, channel, language)
            for message in say_everything(FIXED_NOW)
            for channel in registry()[message.kind].channels
            for language in LANGUAGES
        }
        transaction.set_rollback(True)
    return filled


def _words(message: Message, channel: str, language: str) -> Words:
    message.channel, message.language = channel, language
    facts = registry()[message.kind].content(message).facts
    return words_for(kind=message.kind, channel=channel, language=language, facts=facts)


def test_every_kind_is_said_by_some_stage(said: dict[Said, Words]) -> None:
    """A kind that no flow queues is a kind whose words nobody has read here."""
    assert {kind for kind, *_ in said} == set(registry())


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_language_is_left_to_another(language: str) -> None:
    """Falling back to English is for what staff forgot to publish, not for what is shipped."""
    engine = Engine.get_default()
    for kind in registry().values():
        for channel in kind.channels:
            assert engine.get_template(f"messages/{kind.name}/{language}.{channel}.txt")
    for kind_of_call in ("voice_prompt", "voice_machine"):
        assert engine.get_template(f"messages/{kind_of_call}/{language}.voice.txt")


def test_no_words_miss_a_fact(said: dict[Said, Words]) -> None:
    holes = {
        which: text
        for which, filled in said.items()
        for text in (filled.subject, filled.body)
        if "⟦" in text or "{" in text or "None" in text
    }
    assert holes == {}


def test_everything_says_something_and_letters_have_a_subject(said: dict[Said, Words]) -> None:
    assert all(filled.body for filled in said.values())
    letters = [filled for (_, channel, *_), filled in said.items() if channel == "email"]
    assert letters
    assert all(letter.subject and "\n" not in letter.subject for letter in letters)


def test_the_languages_differ(said: dict[Said, Words]) -> None:
    same = {
        (kind, channel)
        for (kind, channel, language, number), filled in said.items()
        if language == "es" and filled.body == said[kind, channel, "en", number].body
    }
    assert same <= {("staff_reply", channel) for channel in ("sms", "email", "voice")}


def test_texts_are_short_enough(said: dict[Said, Words]) -> None:
    too_long = {
        which: (segments(filled.body), filled.body)
        for which, filled in said.items()
        if which[1] == "sms" and segments(filled.body) > MOST_SEGMENTS
    }
    assert too_long == {}


def test_texts_never_invite_words_that_carriers_act_on(said: dict[Said, Words]) -> None:
    """https://help.twilio.com/articles/223134027: CANCEL is an opt-out, YES an opt-in."""
    inviting = re.compile(r"(?i)\b(reply|answer|text|send|responda|conteste|envíe|escriba)\W+(\w+)")
    invited = {
        word.lower()
        for which, filled in said.items()
        if which[1] == "sms"
        for _, word in inviting.findall(filled.body)
    }
    assert "1" in invited  # the reminder asks for a digit
    assert not invited & (STOP | START)


def test_words_do_not_tell_what_the_visit_is_for(said: dict[Said, Words]) -> None:
    clinic = tomllib.loads(DEMO.read_text())
    named = {name for each in clinic["visit_types"].values() for name in each["names"].values()}
    assert named
    telling = {
        (which, name)
        for which, filled in said.items()
        for name in named
        if name.lower() in f"{filled.subject} {filled.body}".lower()
    }
    assert telling == set()


def test_links_carry_nothing_private(said: dict[Said, Words]) -> None:
    private = re.compile(r"(?i)castellanos|maximiliana|1957|\+1\d|%40|@")
    links = [link for filled in said.values() for link in re.findall(r"https?://\S+", filled.body)]
    assert links
    assert not [link for link in links if private.search(link)]


@pytest.mark.parametrize(
    ("text", "count"),
    [("a" * 160, 1), ("a" * 161, 2), ("á" * 70, 1), ("á" * 71, 2), ("€" * 80, 1), ("€" * 81, 2)],
)
def test_segments_are_counted_as_carriers_do(text: str, count: int) -> None:
    assert segments(text) == count
