"""Letters by SMTP."""

import smtplib
from collections.abc import Sequence

from django.core.mail import EmailMultiAlternatives, get_connection

from messaging.exceptions import NotProcessed, OutcomeUnknown, Refused
from messaging.gateways.provider import Accepted
from messaging.kinds import Attachment


def send_email(
    *,
    to: str,
    subject: str,
    text: str,
    html: str,
    message_id: str,
    attachments: Sequence[Attachment],
) -> Accepted:
    """Hand one letter to the mail server. Raises NotProcessed, Refused or OutcomeUnknown.

    SMTP cannot be asked afterwards what became of a letter. ``message_id`` is therefore the
    same at every try: mailboxes show letters with one Message-ID once.
    """
    connection = get_connection()
    try:
        connection.open()
    except (OSError, smtplib.SMTPException) as error:
        raise NotProcessed("smtp_connection") from error
    letter = EmailMultiAlternatives(
        subject=subject,
        body=text,
        to=[to],
        connection=connection,
        headers={"Message-ID": message_id, "Auto-Submitted": "auto-generated"},
    )
    letter.attach_alternative(html, "text/html")
    for file in attachments:
        letter.attach(file.filename, file.content.decode(), file.mimetype)
    try:
        letter.send()
    except smtplib.SMTPRecipientsRefused as error:
        code = next(iter(error.recipients.values()))[0]
        raise _by_reply(code) from error
    except smtplib.SMTPResponseException as error:
        raise _by_reply(error.smtp_code) from error
    except (OSError, smtplib.SMTPException) as error:
        raise OutcomeUnknown("smtp_interrupted") from error
    finally:
        connection.close()
    return Accepted("")


def _by_reply(code: int) -> NotProcessed | Refused:
    """RFC 5321, 4.2.1: 4xx is a transient refusal, 5xx a permanent one."""
    return NotProcessed("smtp_4xx") if 400 <= code < 500 else Refused("smtp_5xx")
