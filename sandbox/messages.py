"""Text messages: stored, given segments and statuses, opted out of, replied to."""

import re
import secrets
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox.clock import Clock
from sandbox.faults import Fault
from sandbox.keywords import (
    HELP_ANSWER,
    HELP_WORDS,
    START_ANSWER,
    START_WORDS,
    STOP_ANSWER,
    STOP_WORDS,
)
from sandbox.segments import segment_count
from sandbox.steps import Step, Steps
from sandbox.store import Store, now

API_VERSION = "2010-04-01"
# Seconds between queued, sent and delivered: long enough to be seen, short for tests.
STEP_SECONDS = 0.15
RANK = {"accepted": 0, "queued": 1, "sending": 2, "sent": 3}
FINAL_RANK = 4
# A messaging service picks its sender; this is the one number of every service here.
SERVICE_NUMBER = "+12025550100"

E164 = re.compile(r"\+[1-9]\d{6,14}")


@dataclass(frozen=True)
class Message:
    """One text. `patient` and `clinic` are the two ends, whoever sent it. Times are epoch s."""

    id: int
    sid: str
    direction: str
    sender: str
    recipient: str
    patient: str
    clinic: str
    body: str
    status: str
    error_code: int | None
    num_segments: int
    service_sid: str | None
    created_at: float
    updated_at: float
    sent_at: float | None
    shown_at: float
    seen: int

    @property
    def inbound(self) -> bool:
        return self.direction == "inbound"

    def as_control_json(self) -> dict[str, Any]:
        return {
            "sid": self.sid,
            "direction": self.direction,
            "from": self.sender,
            "to": self.recipient,
            "body": self.body,
            "status": self.status,
            "error_code": self.error_code,
            "num_segments": self.num_segments,
            "created_at": datetime.fromtimestamp(self.created_at, UTC).isoformat(),
        }


def message_from(row: sqlite3.Row) -> Message:
    return Message(**{name: row[name] for name in row.keys()})  # noqa: SIM118 (not a dict)


def new_sid(prefix: str) -> str:
    """A Twilio-like identifier: two letters and 32 hex digits."""
    return prefix + secrets.token_hex(16)


def _status_path(outcome: Fault | None) -> list[tuple[str, int | None]]:
    if outcome is None:
        return [("queued", None), ("sent", None), ("delivered", None)]
    if outcome.action == "failed":
        return [("queued", None), ("failed", outcome.failure_code)]
    return [("queued", None), ("sent", None), ("undelivered", outcome.failure_code)]


class Messages:
    """The texts of every phone."""

    def __init__(self, store: Store, steps: Steps, clock: Clock, *, account_sid: str) -> None:
        self._store = store
        self._steps = steps
        self._clock = clock
        self._account_sid = account_sid

    def accept(
        self,
        *,
        to: str,
        sender: str,
        body: str,
        service_sid: str | None,
        callback_url: str | None,
        outcome: Fault | None,
        callbacks: Fault | None,
    ) -> Message:
        """Store a text from the app and everything that will happen to it, in one commit."""
        habit = callbacks.action if callbacks else ""
        url = None if habit == "no_callbacks" else callback_url
        with self._store.transaction():
            message = self._insert("outbound-api", sender, to, body, "queued", service_sid)
            path = _status_path(outcome)
            if habit == "reorder_callbacks":
                path.reverse()
            for number, (status, code) in enumerate(path):
                for _ in range(2 if habit == "duplicate_callbacks" else 1):
                    self._steps.add(
                        subject=message.sid,
                        kind="message_status",
                        status=status,
                        url=url,
                        params=self._callback_params(message, status, code),
                        delay=number * STEP_SECONDS,
                    )
        return message

    def receive(self, *, patient: str, clinic: str, body: str, url: str) -> tuple[Message, int]:
        """Store what a patient texts, keep the opt-out list, and queue the app's webhook.

        Answers the message and the id of the step that tells the app.
        """
        word = body.strip().upper()
        with self._store.transaction():
            message = self._insert("inbound", patient, clinic, body, "received", None)
            was_out = self.opted_out(patient=patient, clinic=clinic)
            if word in STOP_WORDS:
                self._store.run("INSERT OR IGNORE INTO opt_outs VALUES (?, ?)", [patient, clinic])
                self._insert("outbound-reply", clinic, patient, STOP_ANSWER, "delivered")
            elif word in START_WORDS and was_out:
                self._store.run(
                    "DELETE FROM opt_outs WHERE patient = ? AND clinic = ?", [patient, clinic]
                )
                self._insert("outbound-reply", clinic, patient, START_ANSWER, "delivered")
            elif word in HELP_WORDS:
                self._insert("outbound-reply", clinic, patient, HELP_ANSWER, "delivered")
            step_id = self._steps.add(
                subject=message.sid, kind="inbound", url=url, params=self._inbound_params(message)
            )
        return message, step_id

    def answer_by_twiml(self, *, patient: str, clinic: str, body: str) -> None:
        """Store a text the app gave as TwiML; someone who opted out does not get it."""
        if not self.opted_out(patient=patient, clinic=clinic):
            self._insert("outbound-reply", clinic, patient, body, "delivered")

    def opted_out(self, *, patient: str, clinic: str) -> bool:
        """Whether this patient has texted STOP to this number, and not START since."""
        sql = "SELECT 1 FROM opt_outs WHERE patient = ? AND clinic = ?"
        return self._store.one(sql, [patient, clinic]) is not None

    def last_clinic_number(self, patient: str) -> str | None:
        """The number that last wrote to or was written by this patient, or called them."""
        row = self._store.one(
            "SELECT clinic FROM (SELECT clinic, created_at FROM messages WHERE patient = ?"
            " UNION ALL SELECT sender, created_at FROM calls WHERE recipient = ?)"
            " ORDER BY created_at DESC LIMIT 1",
            [patient, patient],
        )
        return row["clinic"] if row else None

    def get(self, sid: str) -> Message | None:
        row = self._store.one("SELECT * FROM messages WHERE sid = ?", [sid])
        return message_from(row) if row else None

    def listed(
        self,
        *,
        to: str | None = None,
        sender: str | None = None,
        direction: str | None = None,
        sent_from: float | None = None,
        sent_before: float | None = None,
        before_id: int | None = None,
        limit: int = 1000,
    ) -> list[Message]:
        """Newest first. `sent_from` is inclusive and `sent_before` exclusive, in epoch seconds.

        A text still on its way counts from when it was created, so that none is ever missed.
        """
        rows = self._store.all(
            "SELECT * FROM messages WHERE (:to IS NULL OR recipient = :to)"
            " AND (:sender IS NULL OR sender = :sender)"
            " AND (:direction IS NULL OR direction LIKE :direction || '%')"
            " AND (:sent_from IS NULL OR coalesce(sent_at, created_at) >= :sent_from)"
            " AND (:sent_before IS NULL OR coalesce(sent_at, created_at) < :sent_before)"
            " AND (:before_id IS NULL OR id < :before_id) ORDER BY id DESC LIMIT :limit",
            {
                "to": to,
                "sender": sender,
                "direction": direction,
                "sent_from": sent_from,
                "sent_before": sent_before,
                "before_id": before_id,
                "limit": limit,
            },
        )
        return [message_from(row) for row in rows]

    async def apply(self, step: Step) -> None:
        """Move a message's status upward only; a reordered or repeated step changes nothing."""
        message = self.get(step.subject)
        if message is None:
            return
        if RANK.get(step.status, FINAL_RANK) <= RANK.get(message.status, FINAL_RANK):
            return
        moment = now()
        self._store.run(
            "UPDATE messages SET status = ?, error_code = ?, updated_at = ?,"
            " sent_at = coalesce(sent_at, ?) WHERE sid = ?",
            [
                step.status,
                int(step.params["ErrorCode"]) if "ErrorCode" in step.params else None,
                moment,
                moment if step.status != "failed" else None,
                message.sid,
            ],
        )

    def _insert(
        self,
        direction: str,
        sender: str,
        recipient: str,
        body: str,
        status: str,
        service_sid: str | None = None,
    ) -> Message:
        moment = now()
        inbound = direction == "inbound"
        sid = new_sid("SM")
        self._store.insert(
            "messages",
            sid=sid,
            direction=direction,
            sender=sender,
            recipient=recipient,
            patient=sender if inbound else recipient,
            clinic=recipient if inbound else sender,
            body=body,
            status=status,
            num_segments=segment_count(body),
            service_sid=service_sid,
            created_at=moment,
            updated_at=moment,
            sent_at=None if status == "queued" else moment,
            shown_at=self._clock.now(),
            seen=int(inbound),
        )
        message = self.get(sid)
        assert message is not None
        return message

    def _callback_params(
        self, message: Message, status: str, code: int | None
    ) -> Mapping[str, str]:
        params = {
            "MessageSid": message.sid,
            "SmsSid": message.sid,
            "AccountSid": self._account_sid,
            "From": message.sender,
            "To": message.recipient,
            "MessageStatus": status,
            "SmsStatus": status,
            "ApiVersion": API_VERSION,
        }
        if message.service_sid:
            params["MessagingServiceSid"] = message.service_sid
        if code is not None:
            params["ErrorCode"] = str(code)
        return params

    def _inbound_params(self, message: Message) -> Mapping[str, str]:
        return {
            "MessageSid": message.sid,
            "SmsSid": message.sid,
            "SmsMessageSid": message.sid,
            "SmsStatus": "received",
            "AccountSid": self._account_sid,
            "From": message.sender,
            "To": message.recipient,
            "Body": message.body,
            "NumMedia": "0",
            "NumSegments": str(message.num_segments),
            "ApiVersion": API_VERSION,
        }
