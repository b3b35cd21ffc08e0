"""Failures on demand: what can go wrong, for whom, and how many times.

A fault belongs to one group. A request meets at most one fault of each group, so that "the
answer is lost" and "no callbacks come" can be true of the same message.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sandbox.store import Store

CHANNELS = ("sms", "voice", "email")


@dataclass(frozen=True)
class Action:
    """One way of failing: the group it belongs to, where it can happen, and in words."""

    group: str
    channels: tuple[str, ...]
    label: str


_CALLS_AND_TEXTS = ("sms", "voice")
ACTIONS: Mapping[str, Action] = {
    "http_500": Action("before", _CALLS_AND_TEXTS, "Answer 500, accept nothing"),
    "http_429": Action("before", _CALLS_AND_TEXTS, "Answer 429, accept nothing"),
    "reset_before_accept": Action("before", _CALLS_AND_TEXTS, "Drop the line, accept nothing"),
    "reject": Action("before", _CALLS_AND_TEXTS, "Refuse with an error code"),
    "http_500_after_accept": Action("after", _CALLS_AND_TEXTS, "Accept, then answer 500"),
    "reset_after_accept": Action("after", _CALLS_AND_TEXTS, "Accept, then drop the line"),
    "delay_after_accept": Action("after", _CALLS_AND_TEXTS, "Accept, answer late"),
    "undelivered": Action("outcome", ("sms",), "Accept, then report undelivered"),
    "failed": Action("outcome", _CALLS_AND_TEXTS, "Accept, then report failed"),
    "busy": Action("outcome", ("voice",), "Ring, then be busy"),
    "no_answer": Action("outcome", ("voice",), "Ring, then nobody answers"),
    "voicemail": Action("outcome", ("voice",), "Ring, then voicemail answers"),
    "no_callbacks": Action("callbacks", _CALLS_AND_TEXTS, "Send no status callbacks"),
    "duplicate_callbacks": Action("callbacks", _CALLS_AND_TEXTS, "Send each callback twice"),
    "reorder_callbacks": Action("callbacks", ("sms",), "Send callbacks in reverse order"),
    "smtp_temporary": Action("before", ("email",), "Refuse for now (451)"),
    "smtp_permanent": Action("before", ("email",), "Refuse for good (550)"),
    "smtp_reset_after_accept": Action("after", ("email",), "Accept, then drop the line"),
}
DEFAULT_DELAY_SECONDS = 30.0
DEFAULT_REJECT_CODE = 21211
DEFAULT_FAILURE_CODE = 30003


class BadFault(ValueError):
    """The fault asked for does not exist; the message says what would."""


@dataclass(frozen=True)
class Fault:
    """A failure waiting to happen. `to` None means anyone, `times` None means always."""

    id: int
    channel: str
    to: str | None
    action: str
    times: int | None
    seconds: float | None
    code: int | None
    used: int

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def delay(self) -> float:
        return DEFAULT_DELAY_SECONDS if self.seconds is None else self.seconds

    @property
    def failure_code(self) -> int:
        return self.code or DEFAULT_FAILURE_CODE

    @property
    def reject_code(self) -> int:
        return self.code or DEFAULT_REJECT_CODE


def _fault(row: sqlite3.Row) -> Fault:
    return Fault(
        id=row["id"],
        channel=row["channel"],
        to=row["target"],
        action=row["action"],
        times=row["times"],
        seconds=row["seconds"],
        code=row["code"],
        used=row["used"],
    )


def _number(wish: Mapping[str, Any], name: str, kind: type[int] | type[float]) -> Any:
    value = wish.get(name)
    if value is None or value == "":
        return None
    try:
        number = kind(value)
    except (TypeError, ValueError):
        raise BadFault(f"{name} must be a number or null.") from None
    if number < 0:
        raise BadFault(f"{name} must not be negative.")
    return number


class Faults:
    """The list of failures waiting to happen."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, wish: Mapping[str, Any]) -> Fault:
        """Add a fault from a JSON-like mapping. Raises BadFault."""
        channel, action = wish.get("channel"), wish.get("action")
        if channel not in CHANNELS:
            raise BadFault(f"channel must be one of {', '.join(CHANNELS)}.")
        known = [name for name, kind in ACTIONS.items() if channel in kind.channels]
        if action not in known:
            raise BadFault(f"action for {channel} must be one of {', '.join(known)}.")
        fault_id = self._store.insert(
            "faults",
            channel=channel,
            target=wish.get("to") or None,
            action=action,
            times=_number(wish, "times", int),
            seconds=_number(wish, "seconds", float),
            code=_number(wish, "code", int),
        )
        row = self._store.one("SELECT * FROM faults WHERE id = ?", [fault_id])
        assert row is not None
        return _fault(row)

    def active(self) -> list[Fault]:
        """Faults that can still happen, oldest first."""
        rows = self._store.all(
            "SELECT * FROM faults WHERE times IS NULL OR used < times ORDER BY id"
        )
        return [_fault(row) for row in rows]

    def take(self, *, channel: str, to: str, group: str) -> Fault | None:
        """The oldest fault of `group` that concerns this recipient, counted as used."""
        for fault in self.active():
            concerned = fault.channel == channel and fault.to in (None, to)
            if concerned and ACTIONS[fault.action].group == group:
                self._store.run("UPDATE faults SET used = used + 1 WHERE id = ?", [fault.id])
                return fault
        return None

    def remove(self, fault_id: int) -> None:
        """Remove one fault; a missing one is already removed."""
        self._store.run("DELETE FROM faults WHERE id = ?", [fault_id])

    def clear(self) -> None:
        """Remove every fault."""
        self._store.run("DELETE FROM faults")
