"""Phone calls as stored: who, what state, what was said, and the callbacks they owe."""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox.clock import Clock
from sandbox.messages import API_VERSION, new_sid
from sandbox.steps import Step, Steps
from sandbox.store import Store, now

STEP_SECONDS = 0.15
SHORTEST_RING_SECONDS = 60.0
RINGING = ("queued", "ringing")
ENDED = ("completed", "busy", "no-answer", "failed", "canceled")
RANK = {"queued": 0, "ringing": 1, "in-progress": 2}
FINAL_RANK = 3


@dataclass(frozen=True)
class Utterance:
    """One line of a call: what the clinic said, what the person did, or what happened."""

    speaker: str
    text: str
    said_at: float


@dataclass(frozen=True)
class Call:
    """One call to a patient. `request` is what the app asked for; `line` the TwiML's state."""

    id: int
    sid: str
    sender: str
    recipient: str
    status: str
    answered_by: str | None
    request: Mapping[str, str]
    line: Mapping[str, Any]
    created_at: float
    updated_at: float
    started_at: float | None
    ended_at: float | None
    shown_at: float
    seen: int

    @property
    def ringing(self) -> bool:
        return self.status in RINGING

    @property
    def live(self) -> bool:
        return self.status == "in-progress"

    @property
    def ended(self) -> bool:
        return self.status in ENDED

    @property
    def duration(self) -> int | None:
        """Whole seconds of talk, 0 for a call nobody took, None while it is not over."""
        if self.ended_at is None:
            return None
        return round(self.ended_at - self.started_at) if self.started_at else 0


def call_from(row: sqlite3.Row) -> Call:
    columns = {name: row[name] for name in row.keys()}  # noqa: SIM118 (not a dict)
    columns["request"] = json.loads(columns["request"])
    columns["line"] = json.loads(columns["line"])
    return Call(**columns)


class Calls:
    """The calls of every phone."""

    def __init__(self, store: Store, steps: Steps, clock: Clock, *, account_sid: str) -> None:
        self._store = store
        self._steps = steps
        self._clock = clock
        self._account_sid = account_sid

    def place(self, *, to: str, sender: str, request: Mapping[str, str], fate: str) -> Call:
        """Store a call and let it ring, in one commit.

        `fate` is empty for a call a person decides about, or the fault action that decides.
        """
        moment, sid = now(), new_sid("CA")
        with self._store.transaction():
            self._store.insert(
                "calls",
                sid=sid,
                sender=sender,
                recipient=to,
                status="queued",
                request=json.dumps(dict(request)),
                created_at=moment,
                updated_at=moment,
                shown_at=self._clock.now(),
            )
            call = self.must_get(sid)
            self.tell(call, "initiated", "initiated")
            if fate == "failed":
                self._steps.add(subject=sid, kind="call_fate", status=fate, delay=STEP_SECONDS)
                return call
            self.tell(call, "ringing", "ringing", delay=STEP_SECONDS)
            ring = max(float(request.get("Timeout") or 0), SHORTEST_RING_SECONDS)
            delay = 2 * STEP_SECONDS if fate else ring
            subject = sid if fate else f"{sid}:ring"
            self._steps.add(
                subject=subject, kind="call_fate", status=fate or "no_answer", delay=delay
            )
        return call

    def get(self, sid: str) -> Call | None:
        row = self._store.one("SELECT * FROM calls WHERE sid = ?", [sid])
        return call_from(row) if row else None

    def must_get(self, sid: str) -> Call:
        """The call `sid`. Raises KeyError when there is none."""
        call = self.get(sid)
        if call is None:
            raise KeyError(sid)
        return call

    def listed(
        self,
        *,
        to: str | None = None,
        sender: str | None = None,
        status: str | None = None,
        before_id: int | None = None,
        limit: int = 1000,
    ) -> list[Call]:
        """Newest first."""
        rows = self._store.all(
            "SELECT * FROM calls WHERE (:to IS NULL OR recipient = :to)"
            " AND (:sender IS NULL OR sender = :sender)"
            " AND (:status IS NULL OR status = :status)"
            " AND (:before_id IS NULL OR id < :before_id) ORDER BY id DESC LIMIT :limit",
            {
                "to": to,
                "sender": sender,
                "status": status,
                "before_id": before_id,
                "limit": limit,
            },
        )
        return [call_from(row) for row in rows]

    def utterances(self, sid: str) -> list[Utterance]:
        """What was said and done on the call, in order."""
        rows = self._store.all(
            "SELECT speaker, text, said_at FROM utterances WHERE call_sid = ? ORDER BY id", [sid]
        )
        return [Utterance(row["speaker"], row["text"], row["said_at"]) for row in rows]

    def say(self, call: Call, speaker: str, text: str) -> None:
        """Add a line; `speaker` is clinic, patient or note."""
        self._store.insert(
            "utterances", call_sid=call.sid, speaker=speaker, text=text, said_at=now()
        )

    def save_line(self, call: Call, line: Mapping[str, Any]) -> None:
        """Remember where in the TwiML the call is."""
        self._store.run(
            "UPDATE calls SET line = ?, updated_at = ? WHERE sid = ?",
            [json.dumps(dict(line)), now(), call.sid],
        )

    def start(self, call: Call, *, answered_by: str | None) -> Call:
        """The call is picked up by a person or a machine."""
        moment = now()
        self._store.run(
            "UPDATE calls SET status = 'in-progress', answered_by = ?, started_at = ?,"
            " updated_at = ? WHERE sid = ?",
            [answered_by, moment, moment, call.sid],
        )
        self._steps.cancel(subject=f"{call.sid}:ring")
        self.tell(self.must_get(call.sid), "answered", "in-progress")
        return self.must_get(call.sid)

    def end(self, call: Call, status: str) -> Call:
        """The call is over with `status`; ending it twice changes nothing."""
        if self.must_get(call.sid).ended:
            return self.must_get(call.sid)
        moment = now()
        self._store.run(
            "UPDATE calls SET status = ?, ended_at = ?, updated_at = ? WHERE sid = ?",
            [status, moment, moment, call.sid],
        )
        self._steps.cancel(subject=f"{call.sid}:ring")
        self._steps.cancel(subject=f"{call.sid}:gather")
        self.tell(self.must_get(call.sid), "completed", status)
        return self.must_get(call.sid)

    def tell(self, call: Call, event: str, status: str, *, delay: float = 0.0) -> None:
        """Queue the status callback for `event`, if the app subscribed to it."""
        subscribed = (call.request.get("StatusCallbackEvent") or "completed").split()
        url = call.request.get("StatusCallback") if event in subscribed else None
        for _ in range(2 if call.request.get("duplicate_callbacks") else 1):
            self._steps.add(
                subject=call.sid,
                kind="call_status",
                status=status,
                url=url,
                method=call.request.get("StatusCallbackMethod", "POST"),
                params={**self.params(call), "CallStatus": status, **self._ending(call)},
                delay=delay,
            )

    def params(self, call: Call) -> dict[str, str]:
        """The fields of every request to the app about this call."""
        fields = {
            "CallSid": call.sid,
            "AccountSid": self._account_sid,
            "From": call.sender,
            "To": call.recipient,
            "Caller": call.sender,
            "Called": call.recipient,
            "CallStatus": call.status,
            "Direction": "outbound-api",
            "ApiVersion": API_VERSION,
        }
        if call.answered_by is not None:
            fields["AnsweredBy"] = call.answered_by
        return fields

    async def apply(self, step: Step) -> None:
        """Move a call's status upward only; `initiated` is not a status of the resource."""
        call = self.get(step.subject)
        if call is None or step.status not in RANK:
            return
        if RANK[step.status] > RANK.get(call.status, FINAL_RANK):
            self._store.run(
                "UPDATE calls SET status = ?, updated_at = ? WHERE sid = ?",
                [step.status, now(), call.sid],
            )

    def as_control_json(self, call: Call) -> dict[str, Any]:
        gather = call.line.get("gather")
        return {
            "sid": call.sid,
            "from": call.sender,
            "to": call.recipient,
            "status": call.status,
            "answered_by": call.answered_by,
            "waiting_for_digits": bool(gather) and call.live,
            "transcript": [
                {"speaker": line.speaker, "text": line.text} for line in self.utterances(call.sid)
            ],
            "created_at": datetime.fromtimestamp(call.created_at, UTC).isoformat(),
        }

    @staticmethod
    def _ending(call: Call) -> dict[str, str]:
        if call.duration is None:
            return {}
        return {"CallDuration": str(call.duration), "Duration": str(-(-call.duration // 60))}
