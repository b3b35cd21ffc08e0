"""A patient texts back: the app is told, and what it answers appears on the phone."""

import logging
from dataclasses import dataclass

from sandbox.callbacks import Callbacks
from sandbox.messages import E164, Messages
from sandbox.outbound import Answer
from sandbox.steps import Step
from sandbox.twiml import TwimlError, parse_messages

log = logging.getLogger("sandbox.replies")

FIRST_ANSWER_SECONDS = 10.0


class BadReply(ValueError):
    """The text cannot be sent; the message says why."""


@dataclass(frozen=True)
class Sent:
    """A patient's text. `answer` is the app's HTTP status or what went wrong, None if slow."""

    sid: str
    delivered: bool
    answer: str | None


class Replies:
    """Texts from phones to the app."""

    def __init__(self, messages: Messages, callbacks: Callbacks, *, url: str) -> None:
        self._messages = messages
        self._callbacks = callbacks
        self._url = url
        callbacks.register("message_status", before=messages.apply)
        callbacks.register("inbound", before=_nothing, after=self._answered)

    async def send(self, *, patient: str, clinic: str | None, body: str) -> Sent:
        """Text `body` from `patient`, and wait a while for the app's first answer.

        `clinic` defaults to the number that last wrote to them. Raises BadReply.
        """
        clinic = clinic or self._messages.last_clinic_number(patient)
        if not E164.fullmatch(patient):
            raise BadReply("from must be a phone number such as +12025550123.")
        if not clinic:
            raise BadReply('No clinic has written to this phone yet: say which number in "to".')
        if not body.strip():
            raise BadReply("body is empty.")
        message, step_id = self._messages.receive(
            patient=patient, clinic=clinic, body=body, url=self._url
        )
        log.info("reply received %s", message.sid)
        step = await self._callbacks.first_attempt(step_id, timeout=FIRST_ANSWER_SECONDS)
        return Sent(
            sid=message.sid,
            delivered=step is not None and step.state == "done",
            answer=step.answer if step else None,
        )

    async def _answered(self, step: Step, answer: Answer) -> None:
        if not answer.body.strip():
            return
        try:
            bodies = parse_messages(answer.body)
        except TwimlError as error:
            log.warning("reply %s: the app's answer is not TwiML: %s", step.subject, error)
            return
        for body in bodies:
            self._messages.answer_by_twiml(
                patient=step.params["From"], clinic=step.params["To"], body=body
            )


async def _nothing(step: Step) -> None:
    """An inbound text changes no status before the app is told."""
