"""A message's states and the moves between them, as data. Pure."""

from django.db.models import TextChoices


class State(TextChoices):
    SCHEDULED = "scheduled"  # its time has not come
    PENDING = "pending"  # due, waiting for a worker
    CLAIMED = "claimed"  # a worker has it and has sent nothing yet
    SENDING = "sending"  # the provider may have been asked
    ACCEPTED = "accepted"  # the provider has it
    SENT = "sent"  # handed to the network
    DELIVERED = "delivered"
    UNKNOWN = "unknown"  # we cannot tell whether the provider has it
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    SUPPRESSED = "suppressed"  # decided not to send; the reason is kept
    EXPIRED = "expired"  # no longer useful when its turn came
    DEAD = "dead"  # tried as often as makes sense


# What the provider may tell at any time, even late, of a message that waits to be sent again.
TOLD = frozenset({State.ACCEPTED, State.SENT, State.DELIVERED, State.UNDELIVERED, State.FAILED})
TRANSITIONS: dict[str, frozenset[str]] = {
    State.SCHEDULED: TOLD | {State.PENDING, State.SUPPRESSED, State.EXPIRED},
    State.PENDING: TOLD | {State.CLAIMED, State.SUPPRESSED, State.EXPIRED, State.DEAD},
    State.CLAIMED: TOLD
    | {State.SENDING, State.PENDING, State.SCHEDULED, State.SUPPRESSED, State.EXPIRED},
    State.SENDING: TOLD | {State.PENDING, State.UNKNOWN, State.DEAD},
    State.UNKNOWN: TOLD | {State.PENDING, State.EXPIRED, State.DEAD},
    State.ACCEPTED: frozenset({State.SENT, State.DELIVERED, State.UNDELIVERED, State.FAILED}),
    State.SENT: frozenset({State.DELIVERED, State.UNDELIVERED, State.FAILED}),
    State.DELIVERED: frozenset(),
    State.UNDELIVERED: frozenset(),
    State.FAILED: frozenset(),
    State.SUPPRESSED: frozenset(),
    State.EXPIRED: frozenset(),
    State.DEAD: frozenset(),
}

# The provider has, or had, the message.
OUT = frozenset({State.ACCEPTED, State.SENT, State.DELIVERED})
# Nothing reached the patient this way, and nothing more will be tried this way.
LOST = frozenset({State.UNDELIVERED, State.FAILED, State.DEAD})


def allowed(before: str, after: str) -> bool:
    """Whether a message may go from one state to another."""
    return after in TRANSITIONS[before]


def sources_of(after: str) -> frozenset[str]:
    """The states from which a message may reach ``after``."""
    return frozenset(before for before, afters in TRANSITIONS.items() if after in afters)
