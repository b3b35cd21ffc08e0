"""A patient who missed visits: told kindly, with our number and a call from us."""

from datetime import datetime

from messaging.models import Task
from people.models import Person
from scheduling.models import Appointment
from tests.builders import miss_visits
from tests.portal.conftest import Clinic
from tests.portal.test_booking_pages import html
from tests.portal.visitor import Visitor


def test_the_last_look_gives_our_number_and_takes_a_wish_for_a_call(
    clinic: Clinic, rosa: Visitor, clock_at_now: datetime
) -> None:
    rosa.books(clinic.visit_type, clinic.site, clinic.nine)
    miss_visits(Person.objects.get(), 1, now=clock_at_now)
    clinic.visit_type.no_shows_allowed = 1
    clinic.visit_type.save()
    rosa.presses_a_time(clinic.visit_type, clinic.site, clinic.later(60))
    rosa.gives_details()
    for answer in (rosa.browser.get(rosa.page("review")), rosa.presses_book()):
        assert answer.status_code == 409
        assert "Let us book this one together" in html(answer)
        assert "(716) 555-0100" in html(answer)
    assert Appointment.objects.filter(visit_type=clinic.visit_type).count() == 1

    person = Person.objects.get()
    wish = {"person": str(person.public_id), "site": clinic.site.slug}
    for _ in range(2):
        asked = rosa.browser.post("/book/blood-test/call-me/", wish)
        assert asked.headers["Location"] == "/visits/"
    assert "We will call you" in html(rosa.browser.get("/visits/"))
    task = Task.objects.get(kind="book_by_phone")
    assert task.person == person
    assert "Lakeside Clinic" in task.detail


def test_nobody_asks_for_a_call_to_somebody_else(
    clinic: Clinic, rosa: Visitor, stranger: Visitor
) -> None:
    rosa.books(clinic.visit_type, clinic.site, clinic.nine)
    stranger.books(clinic.visit_type, clinic.site, clinic.later(60), phone="212 555 0177")
    rosas = Person.objects.earliest("pk")
    stranger.browser.post("/book/blood-test/call-me/", {"person": str(rosas.public_id)})
    assert not Task.objects.filter(kind="book_by_phone").exists()
