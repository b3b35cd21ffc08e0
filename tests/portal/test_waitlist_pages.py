"""Waiting for a time on the pages: joining, the offer, taking it or passing, leaving."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.urls import reverse

from messaging.models import Message
from people.models import ActsFor, AuditEntry, User
from portal.account.sessions import BACKEND
from scheduling.appointments.facts import offer_facts
from scheduling.booking.services import lifecycle
from scheduling.models import Appointment, WaitlistEntry, WaitlistOffer
from scheduling.transitions import SETTLED_AFTER
from scheduling.waitlist.services.backfill import offer_freed_times
from tests.builders import make_appointment, make_patient, make_person
from tests.portal.conftest import Clinic

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

Passes = Callable[[timedelta], datetime]
ANY_TIME: dict[str, Any] = {"notice_hours": "2"}


@pytest.fixture
def visit(clinic: Clinic, now: datetime) -> Appointment:
    """Rosa's, at one in the afternoon in two days."""
    return book(clinic, clinic.later(240), now)


@pytest.fixture
def browser(visit: Appointment) -> Client:
    """Rosa's."""
    return browser_of(visit.booked_by)


def book(clinic: Clinic, starts_at: datetime, now: datetime) -> Appointment:
    return make_appointment(
        now=now,
        starts_at=starts_at,
        site=clinic.site,
        visit_type=clinic.visit_type,
        clinician=clinic.clinician,
    )


def browser_of(user: User | None) -> Client:
    assert user is not None
    signed_in = Client()
    signed_in.force_login(user, backend=BACKEND)
    return signed_in


def asks_for_something_sooner(browser: Client, visit: Appointment, **said: Any) -> "Answer":
    page = reverse("portal:sooner", args=[visit.public_id])
    return browser.post(page, ANY_TIME | {"sites": [visit.site_id]} | said)


def offered(clinic: Clinic, now: datetime) -> WaitlistOffer:
    """Somebody gives up nine o'clock, and it is offered."""
    gone = book(clinic, clinic.nine, now)
    assert gone.booked_by is not None
    settled = now - SETTLED_AFTER
    lifecycle.cancel_appointment(appointment=gone, user=gone.booked_by, reason="", now=settled)
    offer_freed_times(now=now)
    return WaitlistOffer.objects.get(state="open")


def test_from_a_visit_one_waits_for_something_sooner(visit: Appointment, browser: Client) -> None:
    page = reverse("portal:appointment", args=[visit.public_id])
    ask = reverse("portal:sooner", args=[visit.public_id])
    assert ask in browser.get(page).content.decode()
    answer = asks_for_something_sooner(
        browser, visit, weekdays=["0", "2"], parts=["morning"], notice_hours="72"
    )
    assert answer.headers["Location"] == page
    entry = WaitlistEntry.objects.get()
    assert (entry.replaces, entry.person, entry.latest) == (visit, visit.person, visit.local_date)
    assert (entry.weekdays, entry.parts, entry.notice_hours) == ([0, 2], ["morning"], 72)
    assert ask not in browser.get(page).content.decode()  # they wait already


def test_from_the_times_page_one_waits_for_any_time(clinic: Clinic) -> None:
    user, person = make_patient()
    browser = browser_of(user)
    page = reverse("portal:join_waitlist", args=[clinic.visit_type.slug])
    times = browser.get(reverse("portal:times", args=[clinic.visit_type.slug]))
    assert f"{page}?site={clinic.site.slug}" in times.content.decode()
    assert browser.get(page, {"site": clinic.site.slug}).status_code == 200
    answer = browser.post(page, ANY_TIME | {"sites": [clinic.site.pk]})
    assert answer.headers["Location"] == "/visits/"
    entry = WaitlistEntry.objects.get()
    assert (entry.person, entry.replaces) == (person, None)
    assert [site.pk for site in entry.sites.all()] == [clinic.site.pk]


def test_who_acts_for_several_says_for_whom(clinic: Clinic, now: datetime) -> None:
    user, _ = make_patient()
    child = make_person(given_name="Luz", phone=None)
    ActsFor.objects.create(user=user, person=child, relationship="child", since=now)
    browser, stranger = browser_of(user), make_patient()[1]
    page = reverse("portal:join_waitlist", args=[clinic.visit_type.slug])
    wish = ANY_TIME | {"sites": [clinic.site.pk]}
    assert browser.post(page, wish).context["form"].errors.keys() == {"person"}
    assert browser.post(page, wish | {"person": stranger.pk}).status_code == 200
    assert not WaitlistEntry.objects.exists()
    browser.post(page, wish | {"person": child.pk})
    assert WaitlistEntry.objects.get().person == child


def test_a_mistake_says_what_to_do(visit: Appointment, browser: Client) -> None:
    answer = asks_for_something_sooner(browser, visit, sites=[])
    assert answer.context["form"].errors == {"sites": ["Choose at least one clinic."]}


def test_what_one_waits_for_is_under_my_visits_and_can_be_left(
    visit: Appointment, browser: Client
) -> None:
    asks_for_something_sooner(browser, visit)
    entry = WaitlistEntry.objects.get()
    (listed,) = browser.get("/visits/").context["waiting"]
    assert listed["entry"] == entry
    leave = reverse("portal:leave_waitlist", args=[entry.public_id])
    for _ in range(2):
        assert browser.post(leave).headers["Location"] == "/visits/"
    assert browser.get("/visits/").context["waiting"] == []
    assert WaitlistEntry.objects.get().closed == "left"


def test_a_stranger_can_neither_see_an_offer_nor_take_it_nor_end_the_wait(
    clinic: Clinic, visit: Appointment, browser: Client, now: datetime
) -> None:
    asks_for_something_sooner(browser, visit)
    offer = offered(clinic, now)
    stranger = browser_of(make_patient()[0])
    page = reverse("portal:offer", args=[offer.token])
    assert stranger.get(page).status_code == 404
    assert stranger.post(page, {"answer": "take"}).status_code == 404
    assert asks_for_something_sooner(stranger, visit).status_code == 404
    stranger.post(reverse("portal:leave_waitlist", args=[offer.entry.public_id]))
    offer.refresh_from_db()
    assert (offer.state, offer.entry.until) == ("open", None)


def test_the_link_in_the_message_shows_nothing_private_and_changes_nothing(
    clinic: Clinic, visit: Appointment, browser: Client, now: datetime
) -> None:
    asks_for_something_sooner(browser, visit)
    offer = offered(clinic, now)
    message = Message.objects.get(kind="waitlist_offer")
    assert (message.person, message.about_id) == (visit.person, offer.pk)
    link = reverse("portal:offer_link", args=[offer.token])
    assert offer_facts(offer, "en", clinic="")["link"].endswith(link)
    shown = Client().get(link).content.decode()
    person = visit.person
    for private in (
        person.given_name,
        person.family_name,
        clinic.site.name,
        clinic.clinician.name,
        "Blood test",
        "9:00",
        "November",
    ):
        assert private not in shown
    offer.refresh_from_db()
    assert offer.state == "open"


def test_taking_it_needs_a_code(
    clinic: Clinic, visit: Appointment, browser: Client, now: datetime
) -> None:
    asks_for_something_sooner(browser, visit)
    offer = offered(clinic, now)
    page = reverse("portal:offer", args=[offer.token])
    scanner = Client()
    assert page in scanner.get(reverse("portal:offer_link", args=[offer.token])).content.decode()
    answer = scanner.post(page, {"answer": "take"})
    assert answer.headers["Location"].startswith("/sign-in/?next=")
    offer.refresh_from_db()
    assert offer.state == "open"


def test_passing_is_one_press_on_the_link(
    clinic: Clinic, visit: Appointment, browser: Client, now: datetime
) -> None:
    asks_for_something_sooner(browser, visit)
    offer = offered(clinic, now)
    link = reverse("portal:offer_link", args=[offer.token])
    for _ in range(2):
        assert "You keep your place in line" in Client().post(link).content.decode()
    offer.refresh_from_db()
    assert (offer.state, offer.entry.until) == ("declined", None)


def test_one_press_takes_the_time(
    clinic: Clinic, visit: Appointment, browser: Client, now: datetime
) -> None:
    asks_for_something_sooner(browser, visit)
    offer = offered(clinic, now)
    page = reverse("portal:offer", args=[offer.token])
    assert page in browser.get("/visits/").content.decode()
    shown = browser.get(page)
    assert shown.status_code == 200
    assert shown.context["offer"] == offer
    assert "12:00 PM" in shown.content.decode()  # until when it is kept: two hours from ten
    booked = reverse("portal:booked", args=[visit.public_id])
    for _ in range(2):
        assert browser.post(page, {"answer": "take"}).headers["Location"] == booked
    visit.refresh_from_db()
    assert (visit.starts_at, visit.version) == (clinic.nine, 2)
    assert browser.get(page).status_code == 302  # back to the visit
    assert "waitlist.read" in AuditEntry.objects.values_list("action", flat=True)
    link = Client().get(reverse("portal:offer_link", args=[offer.token]))
    assert "This time is yours" in link.content.decode()


def test_passing_on_the_page_keeps_the_visit(
    clinic: Clinic, visit: Appointment, browser: Client, now: datetime
) -> None:
    asks_for_something_sooner(browser, visit)
    offer = offered(clinic, now)
    page = reverse("portal:offer", args=[offer.token])
    assert browser.post(page, {"answer": "pass"}).headers["Location"] == "/visits/"
    assert browser.get(page).status_code == 410
    visit.refresh_from_db()
    assert visit.starts_at == clinic.later(240)


def test_when_it_is_too_late_the_page_says_so_kindly(
    clinic: Clinic, visit: Appointment, browser: Client, now: datetime, time_passes: Passes
) -> None:
    asks_for_something_sooner(browser, visit)
    offer = offered(clinic, now)
    offer_freed_times(now=time_passes(timedelta(hours=3)))
    page = reverse("portal:offer", args=[offer.token])
    assert browser.get(page).status_code == 410
    late = browser.post(page, {"answer": "take"})
    assert late.status_code == 409
    assert "the visit you have" in late.content.decode()
    link = Client().get(reverse("portal:offer_link", args=[offer.token]))
    assert "This time is gone" in link.content.decode()


def test_shortly_before_a_visit_nothing_sooner_can_be_asked_for(
    clinic: Clinic, visit: Appointment, browser: Client, time_passes: Passes, now: datetime
) -> None:
    time_passes(clinic.later(200) - now)
    assert browser.get(reverse("portal:sooner", args=[visit.public_id])).status_code == 409
    assert asks_for_something_sooner(browser, visit).status_code == 409
    assert not WaitlistEntry.objects.exists()


def test_an_unknown_link_leads_nowhere(clinic: Clinic) -> None:
    assert Client().get("/w/nothing/").status_code == 404
