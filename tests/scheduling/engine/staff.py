"""What staff do: book against the rules, take time away and give it back."""

from contextlib import nullcontext
from datetime import time
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, consumes, multiple, rule

from scheduling.appointments.selectors.called_off import closures_of
from scheduling.booking.selectors.conflicts import conflicts_of
from scheduling.booking.selectors.proposals import proposal_for
from scheduling.booking.selectors.wanted import WantedVisit
from scheduling.booking.services.claims import InConflict
from scheduling.booking.services.overrides import Override
from scheduling.booking.services.staff_booking import book_for_patient
from scheduling.closures.rules import Away
from scheduling.closures.services.absences import close_days
from scheduling.closures.services.blocks import block_time, unblock_time
from scheduling.closures.services.reopening import reopen_days
from scheduling.models import Allocation, Resource
from tests.builders import make_patient
from tests.scheduling.engine.day import CLINICIANS, KINDS, SEATS, Day, Wanted, visits, wishes
from tests.scheduling.engine.planner import Places, Span, Taken
from tests.scheduling.world import TOMORROW

blocks: Bundle[tuple[str, Allocation]] = Bundle("blocks")
who = st.sampled_from(CLINICIANS)
# In hours by the clock of the site. Who is away no more is back.
parts_of_the_day = st.sampled_from([(9, 10), (11, 12)])
absent = st.sampled_from([0, 0, 1])  # the one who leads the class most often
absences = st.sampled_from([(9, 11), (11, 13), None])
blocked = st.sampled_from(["room-0", "class", "clinician-0", "clinician-1"])


class Staff(Day):
    """They insist, block and unblock, and are away and back."""

    @rule(target=visits, wanted=wishes, asked=who, insists=st.booleans())
    def staff_book(self, wanted: Wanted, asked: int, insists: bool) -> Any:
        """Where it is free like anybody; else only who insists, and has seen all that is wrong."""
        kind, starts_at, person = wanted.kind, self.at(wanted.minute), make_patient()[1]
        asked = 0 if kind == "class" else asked
        visit_wanted = WantedVisit(self.types[kind], self.site, starts_at, self.asked_of(asked))
        conflicts = conflicts_of(proposal_for(visit_wanted, person=person, now=self.now))
        assert bool(conflicts) is not self.planner.is_free(KINDS[kind], asked, starts_at)
        seen = frozenset(each.key for each in conflicts) if insists else frozenset()
        made: list[Any] = []
        with nullcontext() if insists or not conflicts else pytest.raises(InConflict):
            visit = book_for_patient(
                wanted=visit_wanted,
                person=person,
                user=self.desk,
                idempotency_key=self.key(),
                override=Override(seen, "They have to be seen."),
                now=self.now,
            )
            whose = visit.clinician_id
            self.take(f"visit-{visit.pk}", KINDS[kind], whose, starts_at, by_staff=True)
            made.append(visit)
        return multiple(*made)

    # --- Blocks

    @rule(target=blocks, blocked=blocked, part=parts_of_the_day, insists=st.booleans())
    def block(self, blocked: str, part: tuple[int, int], insists: bool) -> Any:
        """What people hold there ends. Visits stay, and who blocks has seen them all."""
        span, places, also = self.span(part), self.places_of(blocked), self.led_by(blocked)
        there = self.planner.within("visit", places | also, span)
        seen = [name for name in there if self.planner.taken[name].starts_at < span[1]]
        name = f"block-{next(self.numbers)}"
        made: list[Any] = []
        with nullcontext() if insists or not seen else pytest.raises(InConflict):
            block = block_time(
                resource=self.resource_of(blocked),
                site=self.site,
                starts_at=span[0],
                ends_at=span[1],
                reason=name,
                user=self.desk,
                accepted=[each.replace("-", ":") for each in seen] if insists else [],
                now=self.now,
            )
            self.end_holds(places | also, span)
            beside = {place for place in places if self.is_someones(place, span)}
            self.planner.taken[name] = Taken(places, span, beside=frozenset(beside))
            made.append((name, block.allocation))
        return multiple(*made)

    @rule(block=consumes(blocks))
    def unblock(self, block: tuple[str, Allocation]) -> None:
        name, allocation = block
        unblock_time(block=allocation, user=self.desk)
        del self.planner.taken[name]

    def span(self, part: tuple[int, int]) -> Span:
        begins, ends = part
        return self.at((begins - 8) * 60), self.at((ends - 8) * 60)

    def places_of(self, blocked: str) -> Places:
        return SEATS if blocked == "class" else frozenset({blocked})

    def led_by(self, blocked: str) -> Places:
        """Nobody leads the class instead."""
        return SEATS if blocked == "clinician-0" else frozenset()

    def resource_of(self, blocked: str) -> Resource:
        if blocked == "class":
            return self.session
        what, number = blocked.split("-")
        return self.rooms[int(number)] if what == "room" else self.clinicians[int(number)].resource

    def end_holds(self, places: Places, span: Span) -> None:
        for name in self.planner.within("hold", places, span):
            del self.planner.taken[name]

    def is_someones(self, place: str, span: Span) -> bool:
        """Whether somebody has it who does not stand beside another."""
        return any(
            each.touches({place}, span) and place not in each.beside
            for each in self.planner.taken.values()
        )

    # --- Absences

    @rule(number=absent, part=absences)
    def is_away(self, number: int, part: tuple[int, int] | None) -> None:
        """Nobody can have the time, the class neither, until they are back. Visits stay."""
        if part is None:
            self.is_back(number)
            return
        close_days(
            clinician=self.clinicians[number],
            away=Away(TOMORROW, TOMORROW, time(part[0]), time(part[1])),
            reason="Ill",
            chosen={},
            user=self.desk,
            now=self.now,
        )
        self.planner.away[number].add(self.span(part))
        own = f"clinician-{number}"
        self.end_holds(self.places_of(own) | self.led_by(own), self.span(part))

    def is_back(self, number: int) -> None:
        clinician = self.clinicians[number]
        closed = closures_of([clinician.resource_id]).values_list("pk", flat=True)
        reopen_days(
            clinician=clinician,
            closure_ids=list(closed),
            back_on=TOMORROW,
            user=self.desk,
            now=self.now,
        )
        self.planner.away[number].clear()
