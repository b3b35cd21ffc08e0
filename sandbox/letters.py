"""Mail as received: stored raw, read with the standard library when someone looks."""

import sqlite3
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage, MIMEPart
from email.policy import default as modern
from typing import Any, cast

from sandbox.clock import Clock
from sandbox.store import Store, now


@dataclass(frozen=True)
class Part:
    """Something inside a letter: an attachment or an inline picture."""

    filename: str
    content_type: str
    content_id: str
    content: bytes
    text: str | None


@dataclass(frozen=True)
class Letter:
    """One mail in one mailbox. `deliveries` counts how often the same mail arrived there."""

    id: int
    recipient: str
    message_id: str | None
    raw: bytes
    deliveries: int
    received_at: float
    shown_at: float
    seen: int

    def parsed(self) -> EmailMessage:
        return message_from_bytes(self.raw, policy=modern)

    @property
    def subject(self) -> str:
        return str(self.parsed().get("Subject", "")) or "(no subject)"

    @property
    def sender(self) -> str:
        return str(self.parsed().get("From", ""))

    def text(self) -> str | None:
        """The plain text part, if any."""
        return _body(self.parsed(), "plain")

    def html(self) -> str | None:
        """The HTML part, if any."""
        return _body(self.parsed(), "html")

    def parts(self) -> list[Part]:
        """Attachments and inline files, in order."""
        bodies = [self.parsed().get_body(("plain",)), self.parsed().get_body(("html",))]
        kept = {_fingerprint(body) for body in bodies if body is not None}
        leaves = [leaf for leaf in self.parsed().walk() if not leaf.is_multipart()]
        return [
            _part(leaf, number)
            for number, leaf in enumerate(leaves)
            if leaf.get_filename() or _fingerprint(leaf) not in kept
        ]

    def as_control_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "from": self.sender,
            "to": self.recipient,
            "subject": self.subject,
            "text": self.text(),
            "html": self.html(),
            "attachments": [
                {"filename": part.filename, "content_type": part.content_type, "text": part.text}
                for part in self.parts()
            ],
            "message_id": self.message_id,
            "deliveries": self.deliveries,
        }


def _body(mail: EmailMessage, kind: str) -> str | None:
    part = mail.get_body((kind,))
    return None if part is None else _decoded(part)


def _decoded(part: MIMEPart) -> str:
    payload = part.get_payload(decode=True)
    charset = part.get_content_charset("utf-8")
    try:
        return cast(bytes, payload or b"").decode(charset, "replace").replace("\r\n", "\n")
    except LookupError:  # a charset nobody knows
        return cast(bytes, payload or b"").decode("utf-8", "replace")


def _fingerprint(part: Any) -> tuple[str, bytes]:
    return part.get_content_type(), part.get_payload(decode=True) or b""


def _part(leaf: EmailMessage, number: int) -> Part:
    content = cast(bytes, leaf.get_payload(decode=True) or b"")
    return Part(
        filename=leaf.get_filename() or f"part-{number}",
        content_type=leaf.get_content_type(),
        content_id=str(leaf.get("Content-ID", "")).strip("<> "),
        content=content,
        text=_decoded(leaf) if leaf.get_content_maintype() == "text" else None,
    )


def _letter(row: sqlite3.Row) -> Letter:
    return Letter(**{name: row[name] for name in row.keys()})  # noqa: SIM118 (not a dict)


class Letters:
    """Every mailbox."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def deliver(self, raw: bytes, recipients: list[str]) -> None:
        """Put a mail in each mailbox, in one commit.

        A Message-ID that a mailbox already holds is counted there, not stored twice.
        """
        parsed = message_from_bytes(raw, policy=modern)
        message_id = str(parsed.get("Message-ID", "")).strip() or None
        with self._store.transaction():
            for recipient in recipients:
                self._store.run(
                    "INSERT INTO letters (recipient, message_id, raw, received_at, shown_at)"
                    " VALUES (?, ?, ?, ?, ?) ON CONFLICT (recipient, message_id)"
                    " DO UPDATE SET deliveries = deliveries + 1",
                    [recipient, message_id, raw, now(), self._clock.now()],
                )

    def get(self, letter_id: int) -> Letter | None:
        row = self._store.one("SELECT * FROM letters WHERE id = ?", [letter_id])
        return _letter(row) if row else None

    def listed(self, *, to: str | None = None, limit: int = 1000) -> list[Letter]:
        """Newest first; `to` matches the mailbox without regard to case."""
        rows = self._store.all(
            "SELECT * FROM letters WHERE ? IS NULL OR lower(recipient) = lower(?)"
            " ORDER BY id DESC LIMIT ?",
            [to, to, limit],
        )
        return [_letter(row) for row in rows]

    def mailboxes(self) -> list[str]:
        """Every address that got mail, the latest first."""
        rows = self._store.all(
            "SELECT recipient FROM letters GROUP BY recipient ORDER BY max(id) DESC"
        )
        return [row["recipient"] for row in rows]

    def unseen(self) -> int:
        row = self._store.one("SELECT count(*) AS n FROM letters WHERE seen = 0")
        return int(row["n"]) if row else 0

    def mark_seen(self, letter_id: int) -> None:
        self._store.run("UPDATE letters SET seen = 1 WHERE id = ? AND seen = 0", [letter_id])
