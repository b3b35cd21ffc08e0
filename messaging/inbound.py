"""What an interpreter of inbound messages gives back."""

from dataclasses import dataclass, field
from typing import Any

from people.models import Person


@dataclass(frozen=True, slots=True)
class InboundReply:
    """An inbound message was understood; ``kind`` names what to answer.

    ``kind`` empty means that nothing is said, as the provider answers itself (STOP).
    """

    kind: str
    facts: dict[str, Any] = field(default_factory=dict)
    person: Person | None = None
