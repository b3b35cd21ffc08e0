"""Mail: accepted over SMTP, kept once for each mailbox, refused on demand."""

import smtplib
from email.message import EmailMessage

import pytest

from tests.sandbox.world import Sandbox

PATIENT = "rosa@example.com"
CALENDAR = "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"


def make_mail(*, message_id: str = "<1@clinic.example>", to: str = PATIENT) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = "Visits <visits@clinic.example>"
    mail["To"] = to
    mail["Subject"] = "Your visit, Señora Peña"
    mail["Message-ID"] = message_id
    mail.set_content("See you on Monday.\nBring your card.")
    mail.add_alternative("<p>See you on <b>Monday</b>.</p>", subtype="html")
    mail.add_attachment(CALENDAR, subtype="calendar", filename="visit.ics")
    return mail


def send(sandbox: Sandbox, mail: EmailMessage) -> None:
    with sandbox.smtp() as server:
        server.send_message(mail)


def test_a_letter_is_kept_with_all_its_parts(sandbox: Sandbox) -> None:
    send(sandbox, make_mail())
    (letter,) = sandbox.get("/control/emails", to="ROSA@example.com")
    assert letter["subject"] == "Your visit, Señora Peña"
    assert letter["from"] == "Visits <visits@clinic.example>"
    assert letter["to"] == PATIENT
    assert letter["text"] == "See you on Monday.\nBring your card.\n"
    assert "<b>Monday</b>" in letter["html"]
    (attachment,) = letter["attachments"]
    assert (attachment["filename"], attachment["content_type"]) == ("visit.ics", "text/calendar")
    assert "BEGIN:VCALENDAR" in attachment["text"]
    assert letter["deliveries"] == 1


def test_the_same_mail_twice_is_one_letter(sandbox: Sandbox) -> None:
    for _ in range(3):
        send(sandbox, make_mail())
    send(sandbox, make_mail(message_id="<2@clinic.example>"))
    send(sandbox, make_mail(to="luis@example.com"))
    letters = sandbox.get("/control/emails", to=PATIENT)
    counts = [(letter["message_id"], letter["deliveries"]) for letter in letters]
    assert counts == [("<2@clinic.example>", 1), ("<1@clinic.example>", 3)]
    assert len(sandbox.get("/control/emails")) == 3


@pytest.mark.parametrize(("action", "code"), [("smtp_temporary", 451), ("smtp_permanent", 550)])
def test_refusals(sandbox: Sandbox, action: str, code: int) -> None:
    sandbox.fault("email", action, to=PATIENT, times=1)
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        send(sandbox, make_mail())
    assert refused.value.recipients[PATIENT][0] == code
    send(sandbox, make_mail())
    assert len(sandbox.get("/control/emails")) == 1


def test_a_dropped_line_after_acceptance_keeps_the_letter(sandbox: Sandbox) -> None:
    sandbox.fault("email", "smtp_reset_after_accept", times=1)
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        send(sandbox, make_mail())
    send(sandbox, make_mail())
    (letter,) = sandbox.get("/control/emails")
    assert letter["deliveries"] == 2
