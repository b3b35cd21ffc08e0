"""What is still to happen, stored: status changes, callbacks to the app, and time limits.

A step belongs to a subject (a message or call sid). Steps of one subject happen in order, one
at a time; different subjects do not wait for each other.
"""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.store import Store, now


@dataclass(frozen=True)
class Step:
    """One thing to do at `due_at`: apply `status`, and tell `url` when there is one."""

    id: int
    subject: str
    kind: str
    status: str
    url: str | None
    method: str
    params: Mapping[str, str]
    due_at: float
    attempts: int
    state: str
    answer: str | None


def _step(row: sqlite3.Row) -> Step:
    return Step(
        id=row["id"],
        subject=row["subject"],
        kind=row["kind"],
        status=row["status"],
        url=row["url"],
        method=row["method"],
        params=json.loads(row["params"]),
        due_at=row["due_at"],
        attempts=row["attempts"],
        state=row["state"],
        answer=row["answer"],
    )


class Steps:
    """The queue of steps, kept in the store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(
        self,
        *,
        subject: str,
        kind: str,
        status: str = "",
        url: str | None = None,
        method: str = "POST",
        params: Mapping[str, str] | None = None,
        delay: float = 0.0,
    ) -> int:
        """Queue a step `delay` seconds from now and answer its id."""
        return self._store.insert(
            "steps",
            subject=subject,
            kind=kind,
            status=status,
            url=url or None,
            method=method,
            params=json.dumps(dict(params or {})),
            due_at=now() + delay,
        )

    def ready(self, *, at: float, limit: int, busy: set[str]) -> list[Step]:
        """Steps due at `at`, each the first of its subject, whose subject is not `busy`."""
        rows = self._store.all(
            "SELECT * FROM steps AS s WHERE state = 'pending' AND due_at <= ? AND NOT EXISTS ("
            " SELECT 1 FROM steps AS e WHERE e.state = 'pending' AND e.subject = s.subject"
            " AND e.id < s.id) ORDER BY due_at, id LIMIT ?",
            [at, limit + len(busy)],
        )
        return [_step(row) for row in rows if row["subject"] not in busy][:limit]

    def next_due_at(self, *, after: float) -> float | None:
        """When the next pending step falls due, later than `after`."""
        row = self._store.one(
            "SELECT min(due_at) AS due_at FROM steps WHERE state = 'pending' AND due_at > ?",
            [after],
        )
        return row["due_at"] if row else None

    def get(self, step_id: int) -> Step | None:
        """One step, or None after a reset."""
        row = self._store.one("SELECT * FROM steps WHERE id = ?", [step_id])
        return _step(row) if row else None

    def finish(self, step: Step, *, state: str, answer: str | None) -> None:
        """Mark a step `done` or `given_up`, with the app's last answer in a few words."""
        self._store.run(
            "UPDATE steps SET state = ?, answer = ?, attempts = attempts + 1 WHERE id = ?",
            [state, answer, step.id],
        )

    def postpone(self, step: Step, *, delay: float, answer: str) -> None:
        """Try a step again after `delay` seconds."""
        self._store.run(
            "UPDATE steps SET due_at = ?, answer = ?, attempts = attempts + 1 WHERE id = ?",
            [now() + delay, answer, step.id],
        )

    def cancel(self, *, subject: str) -> None:
        """Drop what is still pending for `subject`."""
        self._store.run("DELETE FROM steps WHERE state = 'pending' AND subject = ?", [subject])

    def cancel_all(self) -> None:
        """Drop everything that is still pending."""
        self._store.run("DELETE FROM steps WHERE state = 'pending'")

    def recent_calls_home(self, limit: int = 50) -> list[Step]:
        """The newest steps that tell the app something, for people to look at."""
        rows = self._store.all(
            "SELECT * FROM steps WHERE url IS NOT NULL ORDER BY id DESC LIMIT ?", [limit]
        )
        return [_step(row) for row in rows]

    def pending_count(self) -> int:
        """How many callbacks have not been answered yet."""
        row = self._store.one(
            "SELECT count(*) AS n FROM steps WHERE state = 'pending' AND url IS NOT NULL"
        )
        return int(row["n"]) if row else 0
