"""How many screens it takes: from the first page to 'You are booked', and to move a visit."""

import re
from typing import TYPE_CHECKING

from django.urls import reverse

from scheduling.models import Appointment
from tests.portal.conftest import Clinic
from tests.portal.visitor import DETAILS, Visitor, newest_code

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer


class Walk:
    """What somebody sees on their way, one screen after another. Each press is on the screen."""

    def __init__(self, visitor: Visitor) -> None:
        self.browser = visitor.browser
        self.titles: list[str] = []
        self.page = ""
        self.here = ""

    def opens(self, address: str) -> None:
        self._sees(self.browser.get(address, follow=True))

    def follows(self, address: str) -> None:
        assert f'href="{address}"' in self.page or f'formaction="{address}"' in self.page
        self.opens(address)

    def presses_the_first_time(self, site: str) -> None:
        time = re.search(r'name="starts_at"\s+value="([^"]+)"', self.page)
        action = re.search(r'id="at-\w+"\s+method="post"\s+action="([^"]+)"', self.page)
        assert time
        assert action
        self._sends(action[1], {"site": site, "starts_at": time[1]})

    def types(self, **typed: str) -> None:
        self._sends(self.here, typed)

    def _sends(self, address: str, typed: dict[str, str]) -> None:
        self._sees(self.browser.post(address, typed, follow=True))

    def _sees(self, answer: "Answer") -> None:
        assert answer.status_code == 200
        self.page, self.here = answer.content.decode(), answer.wsgi_request.get_full_path()
        title = re.search(r"<h1[^>]*>(.*?)</h1>", self.page, re.DOTALL)
        assert title
        self.titles.append(title[1].strip())


def test_who_is_known_books_from_the_first_page_in_four_screens(
    clinic: Clinic, rosa: Visitor
) -> None:
    rosa.books(clinic.visit_type, clinic.site, clinic.nine)
    walk = Walk(rosa)
    walk.opens(reverse("home"))
    walk.follows(reverse("portal:times", args=[clinic.visit_type.slug]))
    walk.presses_the_first_time(clinic.site.slug)
    walk.types()
    assert walk.titles == ["Hello, Rosa", "Choose a time", "Is this right?", "You are booked"]
    assert Appointment.objects.count() == 2


def test_who_is_new_adds_who_they_are_and_their_code(clinic: Clinic, rosa: Visitor) -> None:
    walk = Walk(rosa)
    walk.opens(reverse("home"))
    walk.follows(reverse("portal:times", args=[clinic.visit_type.slug]))
    walk.presses_the_first_time(clinic.site.slug)
    walk.types(**DETAILS)
    walk.types(code=newest_code())
    walk.types()
    assert walk.titles == [
        "Book your visit in a few minutes",
        "Choose a time",
        "Who is coming?",
        "Enter your code",
        "Is this right?",
        "You are booked",
    ]


def test_a_visit_is_moved_in_three_screens(clinic: Clinic, rosa: Visitor) -> None:
    rosa.books(clinic.visit_type, clinic.site, clinic.nine)
    visit = Appointment.objects.get()
    walk = Walk(rosa)
    walk.opens(reverse("portal:appointment", args=[visit.public_id]))
    walk.follows(reverse("portal:move", args=[visit.public_id]))
    walk.presses_the_first_time(clinic.site.slug)
    assert walk.titles == ["Rosa Alvarez", "Move your visit", "Rosa Alvarez"]
    assert "Your visit has a new time." in walk.page
    visit.refresh_from_db()
    assert visit.starts_at != clinic.nine
