"""The desk and the agents see who waits at their sites, and take somebody off the list."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from people.models import AuditEntry, StaffRole
from scheduling.desk.views import waitlist as door
from scheduling.models import WaitlistEntry, WaitlistOffer
from scheduling.waitlist.services.backfill import offer_freed_times
from tests.builders import make_group, make_site, make_staff, make_visit_type
from tests.markup import on_one_line
from tests.scheduling.waiting import book, cancel, waits
from tests.scheduling.world import Clinic, make_clinic

pytestmark = pytest.mark.django_db
Role = StaffRole.Role
LIST = "/desk/calendar/waiting/"


@pytest.fixture
def clinic(clock_at_now: datetime) -> Clinic:
    make_group()
    return make_clinic()


def browser_of(role: str, clinic: Clinic) -> Client:
    browser = Client()
    browser.force_login(make_staff(role, sites=[clinic.site]))
    return browser


@pytest.fixture
def desk(clinic: Clinic) -> Client:
    return browser_of(Role.FRONT_DESK, clinic)


def off(entry: WaitlistEntry) -> str:
    return reverse("calendar:take_off", args=[entry.public_id])


def listed(browser: Client, **asked: str) -> list[WaitlistEntry]:
    answer = browser.get(reverse("calendar:waitlist"), asked)
    assert answer.status_code == 200
    return [row["entry"] for row in answer.context["rows"]]


@pytest.mark.parametrize("role", [Role.FRONT_DESK, Role.AGENT])
def test_who_waits_without_a_visit_is_found(clinic: Clinic, now: datetime, role: str) -> None:
    entry = waits(clinic, now=now, weekdays=[1], parts=["morning"], priority=2)
    staff = browser_of(role, clinic)
    page = staff.get(reverse("calendar:waitlist")).content.decode()
    for words in (entry.person.full_name, "Urgent", "Tue", "Before noon", clinic.site.name):
        assert words in page
    person = reverse("contactcenter:person", args=[entry.person.public_id])
    assert person in page
    assert staff.get(person).status_code == 200
    assert AuditEntry.objects.filter(action="waitlist.read", person=entry.person).count() == 1


def test_the_list_is_in_the_navigation(desk: Client) -> None:
    address = reverse("calendar:waitlist")
    shown = on_one_line(desk.get(address))
    assert f'<a href="{address}" aria-current="page">Waitlist</a>' in shown


@pytest.mark.parametrize(
    ("page", "current"), [("calendar:day", "page"), ("calendar:site_week", "true")]
)
def test_a_page_of_the_calendar_is_in_the_calendar(desk: Client, page: str, current: str) -> None:
    shown = on_one_line(desk.get(reverse(page)))
    address = reverse("calendar:day")
    assert f'<a href="{address}" aria-current="{current}">Calendar</a>' in shown
    assert f'<a href="{reverse("calendar:waitlist")}">Waitlist</a>' in shown


def test_the_most_urgent_come_first_and_then_who_waits_longest(
    clinic: Clinic, desk: Client, now: datetime
) -> None:
    short, long = (waits(clinic, now=now, since=timedelta(days=days)) for days in (1, 9))
    urgent = waits(clinic, now=now, priority=2)
    assert listed(desk) == [urgent, long, short]


def test_the_list_goes_by_site_and_kind_of_visit(clinic: Clinic, now: datetime) -> None:
    other = Clinic(make_site(), make_visit_type(), clinic.clinician)
    browser = Client()
    browser.force_login(make_staff(Role.AGENT, sites=[clinic.site, other.site]))
    here, there = (waits(each, now=now) for each in (clinic, other))
    both = waits(clinic, now=now, sites=[clinic.site, other.site])
    assert listed(browser) == [here, there, both]
    assert listed(browser, at=clinic.site.slug) == [here, both]
    assert listed(browser, visit_type=other.visit_type.slug) == [there]
    assert listed(browser, at="nowhere", visit_type="nothing") == [here, there, both]


def test_a_long_list_comes_by_the_page(
    clinic: Clinic, desk: Client, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "PER_PAGE", 2)
    entries = [waits(clinic, now=now, since=timedelta(days=9 - number)) for number in range(3)]
    kind = clinic.visit_type.slug
    page = desk.get(LIST, {"visit_type": kind}).content.decode()
    assert f'href="?visit_type={kind}&amp;page=2"' in page
    assert listed(desk, visit_type=kind, page="2") == entries[2:]
    assert listed(desk, page="99") == entries[2:]


def test_a_longer_list_asks_no_more(clinic: Clinic, desk: Client, now: datetime) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            desk.get(LIST)
        return len(queries)

    waits(clinic, now=now)
    desk.get(LIST)
    before = asked()
    for _ in range(5):
        waits(clinic, now=now, clinician=clinic.clinician)
    assert asked() == before


def test_somebody_is_taken_off_with_a_reason_and_twice_is_success(
    clinic: Clinic, desk: Client, now: datetime
) -> None:
    entry, other = waits(clinic, now=now), waits(clinic, now=now)
    for _ in range(2):
        answer = desk.post(f"{off(entry)}?page=1", {"reason": "asked"}, follow=True)
        assert answer.redirect_chain == [(f"{LIST}?page=1", 302)]
        assert "is not on the list any more" in answer.content.decode()
    assert listed(desk) == [other]
    entry.refresh_from_db()
    assert (entry.until, entry.closed) == (now, "left")
    trail = AuditEntry.objects.get(action="waitlist.take_off.asked")
    assert (trail.person, trail.subject) == (entry.person, f"waitlist:{entry.pk}")


def test_an_open_offer_of_theirs_goes_on_to_the_next(
    clinic: Clinic, desk: Client, now: datetime
) -> None:
    visit = book(clinic, clinic.at(14), now=now - timedelta(days=1))
    entry, nobody_yet = waits(clinic, now=now, priority=2), waits(clinic, now=now)
    cancel(visit, now=now)
    assert offer_freed_times(now=now) == 1
    assert "Has an offer" in desk.get(LIST).content.decode()
    desk.post(off(entry), {"reason": "elsewhere"})
    assert WaitlistOffer.objects.get(entry=entry).state == "declined"
    assert offer_freed_times(now=now) == 1
    assert WaitlistOffer.objects.get(state="open").entry == nobody_yet


@pytest.mark.parametrize("reason", ["", "anything"])
def test_without_a_reason_of_ours_nothing_happens(
    clinic: Clinic, desk: Client, now: datetime, reason: str
) -> None:
    entry = waits(clinic, now=now)
    assert desk.post(off(entry), {"reason": reason}).status_code == 404
    assert listed(desk) == [entry]


def test_only_at_ones_own_sites_and_for_who_books(clinic: Clinic, now: datetime) -> None:
    entry = waits(clinic, now=now)
    elsewhere = Clinic(make_site(), clinic.visit_type, clinic.clinician)
    strangers = [browser_of(role, elsewhere) for role in (Role.AGENT, Role.FRONT_DESK)]
    assert [listed(each) for each in strangers] == [[], []]
    others = [browser_of(role, clinic) for role in (Role.CLINICIAN, Role.MANAGER)]
    assert {each.get(LIST).status_code for each in others} == {404}
    for browser in strangers + others:
        assert browser.post(off(entry), {"reason": "asked"}).status_code == 404
    person = reverse("contactcenter:person", args=[entry.person.public_id])
    assert strangers[0].get(person).status_code == 404
    assert WaitlistEntry.objects.get().until is None


def test_who_waits_no_more_is_no_patient_by_it(clinic: Clinic, desk: Client, now: datetime) -> None:
    entry = waits(clinic, now=now)
    desk.post(off(entry), {"reason": "mistake"})
    person = reverse("contactcenter:person", args=[entry.person.public_id])
    assert desk.get(person).status_code == 404
