"""The one SQLite file that remembers everything, so that a killed sandbox forgets nothing.

All access happens on the event loop's thread, one statement at a time: that is what makes
"take the oldest matching fault" and "claim the next callback" safe without locks.
"""

import secrets
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY,
    sid TEXT NOT NULL UNIQUE,
    direction TEXT NOT NULL,
    sender TEXT NOT NULL,
    recipient TEXT NOT NULL,
    patient TEXT NOT NULL,
    clinic TEXT NOT NULL,
    body TEXT NOT NULL,
    status TEXT NOT NULL,
    error_code INTEGER,
    num_segments INTEGER NOT NULL,
    service_sid TEXT,
    created_at REAL NOT NULL,
    updated_at REAL NOT NULL,
    sent_at REAL,
    shown_at REAL NOT NULL,
    seen INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS messages_of_patient ON messages (patient, id);
CREATE TABLE IF NOT EXISTS calls (
    id INTEGER PRIMARY KEY,
    sid TEXT NOT NULL UNIQUE,
    sender TEXT NOT NULL,
    recipient TEXT NOT NULL,
    status TEXT NOT NULL,
    answered_by TEXT,
    request TEXT NOT NULL,
    line TEXT NOT NULL DEFAULT '{}',
    created_at REAL NOT NULL,
    updated_at REAL NOT NULL,
    started_at REAL,
    ended_at REAL,
    shown_at REAL NOT NULL,
    seen INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS calls_of_patient ON calls (recipient, id);
CREATE TABLE IF NOT EXISTS utterances (
    id INTEGER PRIMARY KEY,
    call_sid TEXT NOT NULL,
    speaker TEXT NOT NULL,
    text TEXT NOT NULL,
    said_at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS utterances_of_call ON utterances (call_sid, id);
CREATE TABLE IF NOT EXISTS opt_outs (
    patient TEXT NOT NULL,
    clinic TEXT NOT NULL,
    PRIMARY KEY (patient, clinic)
);
CREATE TABLE IF NOT EXISTS letters (
    id INTEGER PRIMARY KEY,
    recipient TEXT NOT NULL,
    message_id TEXT,
    raw BLOB NOT NULL,
    deliveries INTEGER NOT NULL DEFAULT 1,
    received_at REAL NOT NULL,
    shown_at REAL NOT NULL,
    seen INTEGER NOT NULL DEFAULT 0,
    UNIQUE (recipient, message_id)
);
CREATE TABLE IF NOT EXISTS faults (
    id INTEGER PRIMARY KEY,
    channel TEXT NOT NULL,
    target TEXT,
    action TEXT NOT NULL,
    times INTEGER,
    seconds REAL,
    code INTEGER,
    used INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS steps (
    id INTEGER PRIMARY KEY,
    subject TEXT NOT NULL,
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    url TEXT,
    method TEXT NOT NULL DEFAULT 'POST',
    params TEXT NOT NULL,
    due_at REAL NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL DEFAULT 'pending',
    answer TEXT
);
CREATE INDEX IF NOT EXISTS steps_pending ON steps (subject, id) WHERE state = 'pending';
CREATE INDEX IF NOT EXISTS steps_due ON steps (due_at) WHERE state = 'pending';
"""

FORGET = (
    "DELETE FROM messages",
    "DELETE FROM calls",
    "DELETE FROM utterances",
    "DELETE FROM opt_outs",
    "DELETE FROM letters",
    "DELETE FROM faults",
    "DELETE FROM steps",
)

Values = Sequence[Any] | Mapping[str, Any]


class Store:
    """A thin door to the SQLite file `path`; rows come back as `sqlite3.Row`."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path, isolation_level=None, timeout=10)
        self._connection.row_factory = sqlite3.Row
        self._boot = secrets.token_hex(4)
        # NORMAL with WAL keeps every commit through kill -9; only a power cut could lose one.
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.executescript(SCHEMA)

    def all(self, sql: str, values: Values = ()) -> list[sqlite3.Row]:
        """Every row that `sql` yields."""
        return self._connection.execute(sql, values).fetchall()

    def one(self, sql: str, values: Values = ()) -> sqlite3.Row | None:
        """The first row that `sql` yields, or None."""
        row: sqlite3.Row | None = self._connection.execute(sql, values).fetchone()
        return row

    def run(self, sql: str, values: Values = ()) -> int:
        """Execute one writing statement; the id of the row it inserted last."""
        return self._connection.execute(sql, values).lastrowid or 0

    def insert(self, table: str, **columns: Any) -> int:
        """Insert one row and answer its id. `table` and column names come from code only."""
        marks = ", ".join("?" * len(columns))
        names = ", ".join(columns)
        sql = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608 (see above)
        return self.run(sql, list(columns.values()))

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything inside is committed together, or not at all. Must not await inside."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def pulse(self) -> str:
        """A token that changes whenever anything stored has changed."""
        return f"{self._boot}-{self._connection.total_changes}"

    def reset(self) -> None:
        """Forget everything."""
        with self.transaction():
            for sql in FORGET:
                self.run(sql)

    def close(self) -> None:
        """Fold the write-ahead log in and let go of the file."""
        self._connection.close()


def now() -> float:
    """Real seconds since the epoch, whatever the demo's clock says."""
    return time.time()
