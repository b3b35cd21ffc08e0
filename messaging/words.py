"""Finding and filling the words of a message."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.template import Context, Engine, TemplateDoesNotExist
from django.template.loader import render_to_string
from django.utils import translation

from messaging.exceptions import MissingWords
from messaging.models import MessageTemplate

SUBJECT_MARK = "Subject: "
# Words are plain text: escaping would put &#x27; into a text message.
PLAIN = Engine(autoescape=False, builtins=["django.templatetags.i18n"])
# A text in GSM 03.38 has 153 letters a part, any other 67. Its alphabet has é, ñ, ü, ¿ and ¡ but
# not these; Spanish texts are commonly written without them.
GSM_LETTERS = str.maketrans("áíóúÁÍÓÚ", "aiouAIOU")


@dataclass(frozen=True, slots=True)
class Words:
    """A message as it will be sent. ``html`` is for e-mail only."""

    body: str
    subject: str = ""
    html: str = ""


def words_for(*, kind: str, channel: str, language: str, facts: dict[str, Any]) -> Words:
    """The words of one message in the person's language, or in English when there are none.

    What staff published wins over the file shipped. Raises MissingWords.
    """
    subject, body = _source(kind, channel, language)
    with translation.override(language):
        context = Context({"public_url": settings.PUBLIC_URL, **facts}, autoescape=False)
        filled = PLAIN.from_string(body).render(context).strip()
        if channel == "sms":
            filled = filled.translate(GSM_LETTERS)
        filled_subject = PLAIN.from_string(subject).render(context).strip()
        html = ""
        if channel == "email":
            html = render_to_string(
                "messages/email.html",
                {
                    "subject": filled_subject,
                    "paragraphs": filled.split("\n\n"),
                    "language": language,
                    "clinic": facts.get("clinic", ""),
                },
            )
    return Words(body=filled, subject=filled_subject, html=html)


def _source(kind: str, channel: str, language: str) -> tuple[str, str]:
    """Subject and body, unfilled."""
    published = (
        MessageTemplate.objects.filter(
            kind=kind, channel=channel, language=language, published_at__isnull=False
        )
        .order_by("-version")
        .first()
    )
    if published is not None:
        return published.subject, published.body
    engine = Engine.get_default()
    for tongue in (language, settings.LANGUAGE_CODE):
        try:
            template = engine.get_template(f"messages/{kind}/{tongue}.{channel}.txt")
        except TemplateDoesNotExist:
            continue
        source = template.source
        if source.startswith(SUBJECT_MARK):
            first, _, rest = source.partition("\n")
            return first.removeprefix(SUBJECT_MARK), rest
        return "", source
    raise MissingWords(f"{kind} by {channel} in {language}")
