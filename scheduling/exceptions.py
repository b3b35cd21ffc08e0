"""Facts that stop a booking, a move or a change of status."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID


class SlotTaken(Exception):
    """Somebody else has the time. ``alternatives`` are the nearest free slots."""

    def __init__(self, alternatives: Sequence[Any] = ()) -> None:
        super().__init__("slot taken")
        self.alternatives = list(alternatives)


class SlotNotOffered(Exception):
    """The time is not one that this clinic offers for this kind of visit.

    ``reason`` is a stable word: ``past``, ``too_soon``, ``too_far``, ``closed``,
    ``kept_for_others``, ``not_offered``.
    """

    def __init__(self, reason: str, alternatives: Sequence[Any] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.alternatives = list(alternatives)


class QuestionsFirst(Exception):
    """A few questions come before a time of this kind can be had."""


class BookByPhone(Exception):
    """The patient has missed so many visits that the clinic wants to speak with them first."""


class HasVisitThen(Exception):
    """The patient has another visit at that time. ``appointment_id`` is its public id."""

    def __init__(self, appointment_id: UUID) -> None:
        super().__init__("has a visit then")
        self.appointment_id = appointment_id


class HoldExpired(Exception):
    """The hold is over, released, or another browser's."""


class OfferGone(Exception):
    """The time that was offered to who waits is no longer kept for them."""


class IllegalTransition(Exception):
    """The appointment cannot go from its status to the one asked for."""

    def __init__(self, before: str, after: str) -> None:
        super().__init__(f"{before} to {after}")
        self.before = before
        self.after = after


class TooLateToChange(Exception):
    """The visit is so near that patients can no longer change it themselves.

    ``phone`` is the clinic's, which still can.
    """

    def __init__(self, phone: str = "") -> None:
        super().__init__("too late to change")
        self.phone = phone


class UndoOver(Exception):
    """There is nothing to undo: the minute is over, or something else has happened since."""


class KeyReused(Exception):
    """An idempotency key came back with a different request."""


class NonexistentTime(Exception):
    """A wall-clock time that the zone skips when its clocks go forward."""


class AmbiguousTime(Exception):
    """A wall-clock time that happens twice when the zone's clocks go back."""


class ChangedMeanwhile(Exception):
    """The visit is not any more what was looked at: somebody moved it since."""
