"""What a phone shows: its texts and calls in one thread."""

import sqlite3
from dataclasses import dataclass

from sandbox.calls import Call, Calls, Utterance, call_from
from sandbox.messages import Message, message_from
from sandbox.store import Store

LOST = ("undelivered", "failed")
MISSED = ("busy", "no-answer", "canceled")
MOST = 500


@dataclass(frozen=True)
class Phone:
    """One line of the list of phones."""

    number: str
    unseen: int
    preview: str
    at: float
    ringing: bool


@dataclass(frozen=True)
class Moment:
    """One thing in a thread: a text, or a call with what was said."""

    at: float
    shown_at: float
    message: Message | None = None
    call: Call | None = None
    lines: tuple[Utterance, ...] = ()

    @property
    def lost(self) -> bool:
        """A text that never reached the phone."""
        return self.message is not None and self.message.status in LOST


class Threads:
    """Reads phones out of the messages and calls; marks them as seen."""

    def __init__(self, store: Store, calls: Calls) -> None:
        self._store = store
        self._calls = calls

    def phones(self, limit: int = 200) -> list[Phone]:
        """Phones that sent or got anything, the latest first."""
        rows = self._store.all(
            "SELECT patient, max(at) AS at, sum(unseen) AS unseen, max(ringing) AS ringing FROM ("
            " SELECT patient, created_at AS at, seen = 0 AS unseen, 0 AS ringing FROM messages"
            " UNION ALL SELECT recipient, created_at, seen = 0,"
            " status IN ('queued', 'ringing') FROM calls"
            ") GROUP BY patient ORDER BY at DESC LIMIT ?",
            [limit],
        )
        return [self._phone(row) for row in rows]

    def unseen(self) -> int:
        """Texts and calls that nobody has looked at."""
        row = self._store.one(
            "SELECT (SELECT count(*) FROM messages WHERE seen = 0)"
            " + (SELECT count(*) FROM calls WHERE seen = 0) AS n"
        )
        return int(row["n"]) if row else 0

    def thread(self, number: str) -> list[Moment]:
        """The latest texts and finished calls of one phone, oldest first."""
        texts = self._store.all(
            "SELECT * FROM messages WHERE patient = ? ORDER BY id DESC LIMIT ?", [number, MOST]
        )
        moments = [
            Moment(at=m.created_at, shown_at=m.shown_at, message=m)
            for m in map(message_from, texts)
        ]
        moments += [
            Moment(
                at=call.created_at,
                shown_at=call.shown_at,
                call=call,
                lines=tuple(self._calls.utterances(call.sid)),
            )
            for call in self._calls_of(number)
            if call.ended
        ]
        return sorted(moments, key=lambda moment: moment.at)

    def open_calls(self, number: str) -> list[Call]:
        """Calls that ring or talk right now, oldest first."""
        return [call for call in reversed(self._calls_of(number)) if not call.ended]

    def mark_seen(self, number: str) -> None:
        """Someone looked at this phone."""
        self._store.run("UPDATE messages SET seen = 1 WHERE patient = ? AND seen = 0", [number])
        self._store.run("UPDATE calls SET seen = 1 WHERE recipient = ? AND seen = 0", [number])

    def _calls_of(self, number: str) -> list[Call]:
        rows = self._store.all(
            "SELECT * FROM calls WHERE recipient = ? ORDER BY id DESC LIMIT ?", [number, MOST]
        )
        return [call_from(row) for row in rows]

    def _phone(self, row: sqlite3.Row) -> Phone:
        number = row["patient"]
        text = self._store.one(
            "SELECT * FROM messages WHERE patient = ? ORDER BY id DESC LIMIT 1", [number]
        )
        call = self._store.one(
            "SELECT * FROM calls WHERE recipient = ? ORDER BY id DESC LIMIT 1", [number]
        )
        if call is not None and (text is None or call["created_at"] > text["created_at"]):
            preview, shown_at = call_words(call_from(call)), call["shown_at"]
        else:
            assert text is not None
            preview, shown_at = _preview(message_from(text)), text["shown_at"]
        return Phone(number, row["unseen"], preview, shown_at, bool(row["ringing"]))


def _preview(message: Message) -> str:
    return f"You: {message.body}" if message.inbound else message.body


def call_words(call: Call) -> str:
    """What became of a call, in a few words."""
    if call.ringing:
        return "Is ringing now"
    if call.live:
        return "Call in progress"
    if call.status in MISSED:
        return {"busy": "Call while busy", "no-answer": "Missed call"}.get(
            call.status, "Call withdrawn"
        )
    if call.status == "failed":
        return "A call could not get through"
    took = "Voicemail" if (call.answered_by or "").startswith("machine") else "Call"
    return f"{took}, {max(call.duration or 0, 1)} s"
