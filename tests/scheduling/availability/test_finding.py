"""Finding a time in the database: who, where, when, how; and why each answer fits."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from scheduling.availability.rules.preferences import ANYWHERE, Preferences, SlotKey
from scheduling.availability.selectors.finding import (
    Found,
    OwnTime,
    TimeSearch,
    find_times,
    ways_out,
)
from scheduling.availability.selectors.search import Slot
from scheduling.availability.words import reason_words
from scheduling.booking.services.holds import hold_slot
from scheduling.models import AvailabilityRule, Clinician, Place, Resource, Site, VisitType
from tests.builders import make_appointment, make_clinician, make_site, make_visit_type
from tests.scheduling.world import TOMORROW

pytestmark = pytest.mark.django_db

BUFFALO, ROCHESTER, CHICAGO = (42.8864, -78.8784), (43.1566, -77.6088), (41.8781, -87.6298)


def put(site: Site, point: tuple[float, float], **facts: Any) -> Site:
    site.latitude, site.longitude = point
    for name, value in facts.items():
        setattr(site, name, value)
    site.save()
    return site


def make(who: Clinician, **facts: Any) -> Clinician:
    for name, value in facts.items():
        setattr(who, name, value)
    who.save()
    return who


class Group:
    """Three sites: Ana (Spanish, a woman) and Sam in Buffalo, Eva in Rochester, Lou in Chicago."""

    def __init__(self) -> None:
        self.type = make_visit_type()
        self.buffalo = put(make_site(slug="buffalo"), BUFFALO)
        self.rochester = put(make_site(slug="rochester"), ROCHESTER, step_free=False)
        self.chicago = put(make_site(slug="chicago", zone="America/Chicago"), CHICAGO)
        self.ana = make(
            self.works("Ana Ruiz", self.buffalo), languages=["en", "es"], gender="female"
        )
        self.sam = make(self.works("Sam Osei", self.buffalo), languages=["en"], gender="male")
        self.eva = make(self.works("Eva Lim", self.rochester), languages=["es"], gender="female")
        self.lou = make(self.works("Lou Falk", self.chicago), gender="nonbinary")
        for name, point in {"14201": BUFFALO, "Buffalo": BUFFALO, "Chicago": CHICAGO}.items():
            Place.objects.create(name=name, latitude=point[0], longitude=point[1])

    def works(self, name: str, site: Site, **hours: Any) -> Clinician:
        return make_clinician(site=site, visit_types=[self.type], name=name, **hours)

    def find(self, now: datetime, *, near: str = "", **asked: Any) -> Found:
        paging = {name: asked.pop(name) for name in PAGING if name in asked}
        return find_times(TimeSearch(self.type, Preferences(**asked), now, near=near, **paging))


PAGING = ("first_day", "last_day", "after", "before", "days", "moving")


@pytest.fixture
def group() -> Group:
    return Group()


def names(group: Group, found: Found) -> set[str]:
    ids = {slot.clinician_id for slot in found.slots}
    return set(Clinician.objects.filter(pk__in=ids).values_list("name", flat=True))


def said(found: Found, slot: Slot) -> list[str]:
    place = found.typed.place.name if found.typed.place else ""
    return [reason_words(reason, place=place) for reason in found.reasons(slot)]


def test_without_a_wish_everybody_everywhere_is_asked_and_the_soonest_says_so(
    group: Group, now: datetime
) -> None:
    found = group.find(now, days=2)
    assert names(group, found) == {"Ana Ruiz", "Sam Osei", "Eva Lim", "Lou Falk"}
    assert [slot.start for slot in found.slots] == sorted(slot.start for slot in found.slots)
    assert said(found, found.slots[0]) == ["Soonest at any clinic"]
    assert said(found, found.slots[1]) == []


@pytest.mark.parametrize(
    ("wished", "who", "why"),
    [
        ({"language": "es"}, {"Ana Ruiz", "Eva Lim"}, ["Speaks Spanish"]),
        ({"gender": "female"}, {"Ana Ruiz", "Eva Lim"}, ["With a woman"]),
        ({"language": "es", "near": "14201-1234"}, {"Ana Ruiz"},
         ["Less than a mile from 14201", "Speaks Spanish"]),
        ({"language": "es", "gender": "male"}, set(), []),
        ({"step_free": True, "language": "es"}, {"Ana Ruiz"}, ["Speaks Spanish", "Step-free"]),
        ({"near": "Chicago, IL"}, {"Lou Falk"}, ["Less than a mile from Chicago"]),
        ({"near": "buffalo", "within": 100}, {"Ana Ruiz", "Sam Osei", "Eva Lim"}, None),
    ],
)  # fmt: skip
def test_each_answer_fits_and_says_why(
    group: Group, now: datetime, wished: dict[str, Any], who: set[str], why: list[str] | None
) -> None:
    found = group.find(now, **wished)
    assert names(group, found) == who
    if why is not None:
        assert all(said(found, slot) == why for slot in found.slots[1:])


def test_distances_are_told_from_the_place_that_was_typed(group: Group, now: datetime) -> None:
    found = group.find(now, near="14201", within=100)
    eva = next(slot for slot in found.slots if slot.clinician_id == group.eva.pk)
    assert said(found, eva) == ["66 miles from 14201"]
    assert [each.site for each in found.offering.sites][:2] == [group.buffalo, group.rochester]
    with override("es"):
        assert said(found, eva) == ["A 66 millas de 14201"]


def test_mornings_of_chosen_days_are_told_as_such(group: Group, now: datetime) -> None:
    found = group.find(now, weekdays=frozenset({1}), parts=frozenset({"morning"}))
    assert found.slots
    for slot in found.slots[1:]:
        assert (slot.local.weekday(), slot.local.hour < 12) == (1, True)
        assert said(found, slot) == ["On a Tuesday", "Before noon"]
    assert said(found, found.slots[0])[0] == "The soonest that fits"


def test_evenings_and_weekends(group: Group, now: datetime) -> None:
    assert not group.find(now, off_hours=True).slots
    group.works("Late Lee", group.buffalo, starts=time(15), ends=time(19))
    group.works("Sat Sun", group.buffalo, weekdays=(5,))
    found = group.find(now, off_hours=True)
    assert names(group, found) == {"Late Lee", "Sat Sun"}
    assert {tuple(said(found, slot)) for slot in found.slots[1:]} == {
        ("After 5 PM",),
        ("On a weekend",),
    }


def test_the_same_day_is_the_days_own_at_each_site(group: Group, now: datetime) -> None:
    found = group.find(now, same_day=True)
    assert {slot.local.date() for slot in found.slots} == {now.date()}
    assert said(found, found.slots[-1]) == ["Today"]
    assert (found.previous, found.next) == (None, None)


def test_by_video_no_place_is_too_far(group: Group, now: datetime) -> None:
    VisitType.objects.filter(pk=group.type.pk).update(modes=["in_person", "video"])
    group.type.refresh_from_db()
    found = group.find(now, near="14201", mode="video", step_free=True)
    assert names(group, found) == {"Ana Ruiz", "Sam Osei", "Eva Lim", "Lou Falk"}
    assert said(found, found.slots[1]) == ["By video"]


def test_times_kept_for_new_patients_are_had_by_who_says_so(group: Group, now: datetime) -> None:
    assert not group.find(now).offering.asks_standing
    AvailabilityRule.objects.filter(resource__clinician=group.ana).update(kept_for="new")
    assert names(group, group.find(now, gender="female")) == {"Eva Lim"}
    found = group.find(now, gender="female", standing="new")
    assert names(group, found) == {"Ana Ruiz", "Eva Lim"}
    assert found.offering.asks_standing


def test_group_sessions_are_found_where_they_are_held(group: Group, now: datetime) -> None:
    VisitType.objects.filter(pk=group.type.pk).update(group=True)
    group.type.refresh_from_db()
    assert not group.find(now).offering.sites
    session = Resource.objects.create(
        slug="class", kind=Resource.Kind.SESSION, capacity=8, leader=group.eva
    )
    rule = AvailabilityRule.objects.create(
        resource=session,
        site=group.rochester,
        weekday=2,
        starts=time(18),
        ends=time(19),
        valid_from=now.date() - timedelta(days=30),
    )
    rule.visit_types.add(group.type)
    found = group.find(now)
    assert [each.site for each in found.offering.sites] == [group.rochester]
    assert {slot.local.weekday() for slot in found.slots} == {2}


@pytest.mark.parametrize(
    "wished",
    [
        {},
        {"near": "14201"},
        {"near": "Nowhere"},
        {"near": "14201", "language": "es", "parts": frozenset({"morning"}), "days": 7},
        {"near": "14201", "after": SlotKey(1_796_000_000, 0, 0), "days": 7},
    ],
)
def test_a_search_takes_six_queries_at_most_however_much_there_is(
    group: Group, now: datetime, wished: dict[str, Any]
) -> None:
    group.type.needs = ["exam-room"]
    group.type.save()

    def queries() -> int:
        group.find(now, **wished)  # has read the directory, which later searches know
        with CaptureQueriesContext(connection) as asked:
            group.find(now, **wished)
        return len(asked)

    few = queries()
    for number in range(12):
        group.works(f"Clinician {number}", group.rochester)
    assert queries() == few <= 6


# --- Pages


def pages(group: Group, now: datetime, **wished: Any) -> list[Found]:
    """All pages from the first on, by their own keys."""
    turned = [group.find(now, **wished)]
    while turned[-1].next is not None:
        turned.append(group.find(now, after=turned[-1].next, **wished))
    return turned


def test_pages_go_on_to_the_horizon_and_back_the_same_way(group: Group, now: datetime) -> None:
    wished: dict[str, Any] = {"days": 7, "near": "14201"}
    forward = pages(group, now, **wished)
    shown = [slot for page in forward for slot in page.slots]
    assert len(shown) == len({(slot.start, slot.clinician_id) for slot in shown})
    last_day = max(slot.local.date() for slot in shown)
    assert last_day >= (now + timedelta(days=group.type.horizon_days - 3)).date()
    whole = [page for page in forward if page.slots]
    assert {len({slot.local.date() for slot in page.slots}) for page in whole[:-1]} == {7}
    back = group.find(now, before=whole[1].previous, **wished)
    assert list(back.slots) == list(whole[0].slots)
    assert (back.previous, back.next) == (None, whole[0].next)
    assert forward[0].previous is None


def test_a_page_holds_its_place_when_times_go_before_it(group: Group, now: datetime) -> None:
    wished: dict[str, Any] = {"days": 3, "clinician_id": group.ana.pk}
    first = group.find(now, **wished)
    second = group.find(now, after=first.next, **wished)
    for gone in (first.slots[0], first.slots[-1]):  # even the one that the key names
        hold_slot(
            visit_type=group.type,
            site=group.buffalo,
            starts_at=gone.starts_at,
            clinician_id=group.ana.pk,
            holder=str(gone.start),
            now=now,
        )
    assert group.find(now, after=first.next, **wished).slots == second.slots


def test_rare_times_are_found_far_ahead_without_empty_pages_before(
    group: Group, now: datetime
) -> None:
    group.works("Rare Ray", group.buffalo, valid_from=(now + timedelta(days=100)).date())
    ray = Clinician.objects.get(name="Rare Ray")
    found = group.find(now, clinician_id=ray.pk, days=7)
    assert not found.slots
    assert found.next is not None
    later = group.find(now, clinician_id=ray.pk, days=7, after=found.next)
    assert later.slots
    assert later.slots[0].local.date() >= (now + timedelta(days=100)).date()


def test_a_day_to_begin_with_keeps_the_days_before_within_reach(
    group: Group, now: datetime
) -> None:
    found = group.find(now, first_day=TOMORROW + timedelta(days=7), days=7)
    assert found.slots[0].local.date() == TOMORROW + timedelta(days=7)
    assert "Soonest" not in " ".join(said(found, found.slots[0]))
    earlier = group.find(now, before=found.previous, days=7)
    assert earlier.slots[-1].local.date() < found.slots[0].local.date()


@pytest.mark.parametrize("start", [0, 10**11])
def test_a_key_from_beyond_all_time_is_an_empty_page(
    group: Group, now: datetime, start: int
) -> None:
    key = SlotKey(start, 0, 0)
    assert group.find(now, days=1, after=key).time_search.window
    assert group.find(now, days=1, before=key).time_search.window


# --- When nothing fits


def test_what_to_give_up_is_told_with_what_it_gives(group: Group, now: datetime) -> None:
    found = group.find(now, near="14201", language="es", gender="male")
    ways = {way.kind: way for way in ways_out(found)}
    assert set(ways) == {"gender", "language"}
    assert ways["gender"].soonest.clinician_id == group.ana.pk
    assert ways["language"].soonest.clinician_id == group.sam.pk
    assert ways["gender"].preferences == replace(found.time_search.preferences, gender="")


def test_where_no_single_wish_helps_all_of_them_are_given_up(group: Group, now: datetime) -> None:
    found = group.find(now, language="pl", off_hours=True)
    (way,) = ways_out(found)
    assert (way.kind, way.preferences) == ("all", Preferences(within=ANYWHERE))


def test_who_wished_for_nothing_can_give_nothing_up(group: Group, now: datetime) -> None:
    Clinician.objects.update(active=False)
    assert ways_out(group.find(now)) == []


def test_a_visit_that_moves_is_not_offered_the_time_it_has(group: Group, now: datetime) -> None:
    visit = make_appointment(
        now=now, site=group.buffalo, visit_type=group.type, clinician=group.ana
    )
    own = OwnTime.of(visit)
    found = group.find(now, clinician_id=group.ana.pk, moving=own)
    starts = {slot.starts_at for slot in found.slots}
    assert visit.starts_at not in starts
    assert visit.starts_at + timedelta(minutes=30) in starts
