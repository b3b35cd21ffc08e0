"""What patients do, in browsers and again."""

from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import consumes, multiple, precondition, rule

from scheduling.booking.selectors.wanted import WantedVisit
from scheduling.booking.services import lifecycle
from scheduling.booking.services.booking import book_appointment
from scheduling.booking.services.holds import (
    HOLD_FOR,
    LONGEST_HOLD,
    extend_hold,
    hold_slot,
    release_expired_holds,
    release_hold,
)
from scheduling.booking.services.rescheduling import reschedule_appointment
from scheduling.booking.services.undo import undo_change
from scheduling.exceptions import (
    HasVisitThen,
    HoldExpired,
    IllegalTransition,
    SlotTaken,
    UndoOver,
)
from scheduling.models import Appointment, Hold
from scheduling.transitions import UNDO_ACCEPTED
from tests.scheduling.engine.day import (
    KINDS,
    MINUTE,
    Day,
    Wanted,
    changed,
    holds,
    patients,
    visits,
    wishes,
)
from tests.scheduling.engine.planner import Taken


class Patients(Day):
    """They hold, book, move, cancel and think better of it; they press twice; time passes."""

    def __init__(self) -> None:
        super().__init__()
        self.pressed: dict[int, dict[str, Any]] = {}

    # --- Booking

    @rule(target=visits, wanted=wishes, patient=patients)
    def book(self, wanted: Wanted, patient: int) -> Any:
        kind, starts_at, asked = wanted.kind, self.at(wanted.minute), wanted.asked
        visit_wanted = WantedVisit(self.types[kind], self.site, starts_at, self.asked_of(asked))
        made: list[Any] = []
        with self.refused_to(patient, KINDS[kind], asked, starts_at):
            made.append(self.press(visit_wanted, patient))
        return multiple(*made)

    def press(self, wanted: WantedVisit, patient: int, *, holder: str = "") -> Appointment:
        """The button that books, with a key of its own."""
        user, person = self.patients[patient]
        asked: dict[str, Any] = {
            "wanted": wanted,
            "person": person,
            "user": user,
            "idempotency_key": self.key(),
            "holder": holder,
        }
        visit = book_appointment(**asked, now=self.now)
        self.pressed[visit.pk] = asked
        kept = self.planner.taken.pop(f"hold-{wanted.hold.pk}", None) if wanted.hold else None
        name, kind = f"visit-{visit.pk}", self.kind_of(wanted.visit_type.pk)
        if kept is not None:
            self.planner.taken[name] = replace(kept, until=None, patient=patient)
        else:
            self.take(name, kind, visit.clinician_id, wanted.starts_at, patient=patient)
        return visit

    @rule(visit=visits)
    def press_again(self, visit: Appointment) -> None:
        """The same button: the same visit, whatever became of it, and nothing else."""
        if visit.pk in self.pressed:
            again = book_appointment(**self.pressed[visit.pk], now=self.now)
            assert again.pk == visit.pk

    # --- Holding

    @rule(target=holds, wanted=wishes)
    def hold(self, wanted: Wanted) -> Any:
        kind, starts_at, asked = wanted.kind, self.at(wanted.minute), wanted.asked
        made: list[Any] = []
        with self.refused(KINDS[kind], asked, starts_at):
            hold = hold_slot(
                visit_type=self.types[kind],
                site=self.site,
                starts_at=starts_at,
                clinician_id=self.asked_of(asked),
                holder=f"browser-{next(self.numbers)}",
                now=self.now,
            )
            whose, until = hold.clinician_id, hold.expires_at
            assert until == self.now + HOLD_FOR
            self.take(f"hold-{hold.pk}", KINDS[kind], whose, starts_at, until=until)
            made.append(hold)
        return multiple(*made)

    @rule(
        target=visits,
        hold=holds,
        people=st.lists(patients, min_size=1, max_size=2),
        goes_back=st.booleans(),
    )
    def book_what_is_held(self, hold: Hold, people: list[int], goes_back: bool) -> Any:
        """One after the other in the same browser, who then perhaps gives the time back.

        By then it is not theirs any more.
        """
        made = [visit for patient in people for visit in self.press_held(hold, patient)]
        if goes_back:
            self.release(hold)
        return multiple(*made)

    def press_held(self, hold: Hold, patient: int) -> list[Appointment]:
        """Good while it stands, even when its minutes are over.

        Once it was booked, by whomever, or is gone, its time is a time like any other.
        """
        kind, whose = self.kind_of(hold.visit_type_id), self.number_of(hold.clinician_id)
        refused = self.refused_to(patient, kind, whose, hold.starts_at)
        if f"hold-{hold.pk}" in self.planner.taken:
            elsewhere = self.planner.has_visit_then(patient, kind, hold.starts_at)
            refused = pytest.raises(HasVisitThen) if elsewhere else nullcontext()
        made: list[Appointment] = []
        with refused:
            made.append(self.press(WantedVisit.from_hold(hold), patient, holder=hold.holder))
            assert made[0].clinician_id == hold.clinician_id
        return made

    @rule(hold=holds, patient=patients)
    def book_what_another_browser_holds(self, hold: Hold, patient: int) -> None:
        kind = self.kind_of(hold.visit_type_id)
        elsewhere = self.planner.has_visit_then(patient, kind, hold.starts_at)
        with pytest.raises(HasVisitThen if elsewhere else HoldExpired):
            self.press(WantedVisit.from_hold(hold), patient, holder="somebody else")

    @rule(hold=holds)
    def release(self, hold: Hold) -> None:
        """What was booked of it stays."""
        release_hold(hold=hold, now=self.now)
        self.planner.taken.pop(f"hold-{hold.pk}", None)

    @rule(hold=holds)
    def ask_for_more_time(self, hold: Hold) -> None:
        name = f"hold-{hold.pk}"
        kept = self.planner.taken.get(name)
        longest = min(self.now + HOLD_FOR, hold.created_at + LONGEST_HOLD)
        if kept is None or kept.until is None or max(kept.until, longest) <= self.now:
            with pytest.raises(HoldExpired):
                extend_hold(hold=hold, now=self.now)
            return
        held = extend_hold(hold=hold, now=self.now)
        assert held.expires_at == max(kept.until, longest)
        self.planner.taken[name] = replace(kept, until=held.expires_at)

    # --- Changing

    @rule(target=changed, visit=visits, wanted=wishes)
    def move(self, visit: Appointment, wanted: Wanted) -> Any:
        name, starts_at, asked = f"visit-{visit.pk}", self.at(wanted.minute), wanted.asked
        own, kind = self.planner.taken.get(name), self.kind_of(visit.visit_type_id)
        if own is None:
            with pytest.raises(IllegalTransition):
                self.move_to(visit, starts_at, asked)
            return multiple()
        if own.starts_at == starts_at and asked in (None, own.clinician):
            self.move_to(visit, starts_at, asked)
            return multiple()
        with self.refused_to(own.patient, kind, asked, starts_at, but=name):
            moved = self.move_to(visit, starts_at, asked)
            self.take(name, kind, moved.clinician_id, starts_at, patient=own.patient)
            self.note_change(name, own)
        return visit

    def move_to(self, visit: Appointment, starts_at: datetime, asked: int | None) -> Appointment:
        return reschedule_appointment(
            appointment=visit,
            site=self.site,
            starts_at=starts_at,
            clinician_id=self.asked_of(asked),
            user=self.user,
            now=self.now,
        )

    @rule(target=changed, visit=visits)
    def cancel(self, visit: Appointment) -> Appointment:
        """Twice is success."""
        lifecycle.cancel_appointment(
            appointment=visit, user=self.user, reason="not now", now=self.now
        )
        own = self.planner.taken.pop(f"visit-{visit.pk}", None)
        if own is not None:
            self.note_change(f"visit-{visit.pk}", own)
        return visit

    def note_change(self, name: str, was: Taken) -> None:
        self.undoable[name] = self.now, was
        self.undone.discard(name)

    @rule(visit=consumes(changed))
    def undo(self, visit: Appointment) -> None:
        """What it was before the last change, for a minute, unless somebody has its place."""
        name = f"visit-{visit.pk}"
        since, was = self.undoable.get(name, (datetime.min, None))
        if name in self.undone:
            undo_change(appointment=visit, user=self.user, now=self.now)
            return
        if was is None or was.kind is None or self.now > since + UNDO_ACCEPTED:
            with pytest.raises(UndoOver):
                undo_change(appointment=visit, user=self.user, now=self.now)
            return
        where = was.kind, was.clinician, was.starts_at
        possible = not self.planner.is_out(*where) and self.planner.has_room(*where, but=name)
        elsewhere = self.planner.has_visit_then(was.patient, was.kind, was.starts_at, but=name)
        fact = HasVisitThen if elsewhere else SlotTaken
        with nullcontext() if possible and not elsewhere else pytest.raises(fact):
            undo_change(appointment=visit, user=self.user, now=self.now)
            whose = self.clinicians[was.clinician].pk
            self.take(name, was.kind, whose, was.starts_at, patient=was.patient, by_staff=True)
            self.undone.add(name)

    # --- Meanwhile

    @precondition(lambda self: self.planner.taken)
    @rule(passed=st.sampled_from([0, 1, 6]), swept=st.booleans())
    def time_passes(self, passed: int, swept: bool) -> None:
        """And perhaps those come who sweep away what is over."""
        self.planner.now += passed * MINUTE
        if swept:
            release_expired_holds(now=self.now)
            self.planner.taken = {
                name: each for name, each in self.planner.taken.items() if each.stands(self.now)
            }
