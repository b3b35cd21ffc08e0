"""The mail server: accepts everything for everyone, unless a fault says otherwise."""

import logging
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from sandbox.connection import reset_transport
from sandbox.state import Sandbox

log = logging.getLogger("sandbox.smtp")

LARGEST_MAIL = 25_000_000
REFUSALS = {
    "smtp_temporary": "451 4.3.0 This mailbox is not available just now, try again later",
    "smtp_permanent": "550 5.1.1 There is no such mailbox",
}


class Handler:
    """aiosmtpd's hooks; their names and arguments are its contract."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        fault = self._sandbox.faults.take(channel="email", to=address, group="before")
        if fault is not None:
            log.info("fault %s: %s", fault.id, fault.action)
            return REFUSALS[fault.action]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 (aiosmtpd's name)
        self, server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        content = envelope.content or b""
        raw = content if isinstance(content, bytes) else content.encode()
        self._sandbox.letters.deliver(raw, list(envelope.rcpt_tos))
        log.info("mail accepted for %s mailboxes", len(envelope.rcpt_tos))
        for address in envelope.rcpt_tos:
            fault = self._sandbox.faults.take(channel="email", to=address, group="after")
            if fault is not None:
                log.info("fault %s: %s", fault.id, fault.action)
                _drop(server.transport)
                break
        return "250 OK"


def _drop(transport: Any) -> None:
    if transport is not None:
        reset_transport(transport)


def smtp_protocol(sandbox: Sandbox, loop: Any) -> SMTP:
    """One SMTP conversation, run on the sandbox's own loop."""
    return SMTP(
        Handler(sandbox),
        data_size_limit=LARGEST_MAIL,
        enable_SMTPUTF8=True,
        hostname="sandbox.localhost",
        ident="Sandbox mail, nothing leaves here",
        loop=loop,
    )
