"""Understanding the words carriers treat as opt-out and opt-in."""

from datetime import datetime

from messaging.inbound import InboundReply
from messaging.services.fallback import note_opt_in, note_opt_out

# https://help.twilio.com/articles/223134027 : Twilio answers these itself.
STOP = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"})
START = frozenset({"start", "yes", "unstop"})


def opt_out(*, from_number: str, body: str, now: datetime) -> InboundReply | None:
    """Note STOP and START from a number; None for anything else."""
    said = body.strip().lower()
    if said in STOP:
        note_opt_out(channel="sms", address=from_number, now=now)
        return InboundReply("")
    if said in START:
        note_opt_in(channel="sms", address=from_number, now=now)
        return InboundReply("")
    return None
