"""Finding a time on the pages: what is asked, what fits and why, and what helps otherwise."""

import re
from datetime import datetime, time, timedelta
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from scheduling.models import Appointment, AvailabilityRule, Clinician, Hold, Place, Site, VisitType
from tests.builders import at, days_after, make_clinician, make_site
from tests.portal.conftest import Clinic
from tests.portal.visitor import Visitor

TIMES = "/book/blood-test/"


def html(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined,no-any-return]


def words(answer: object) -> str:
    """What the page says, on one line, without its tags."""
    page = re.sub(r"<(template|script|svg).*?</\1>", " ", html(answer), flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def times_on(answer: object) -> list[str]:
    return re.findall(r'<button class="slot"[^>]* value="([^"]+)"', html(answer))


@pytest.fixture
def far(clinic: Clinic) -> Site:
    """Another clinic in Chicago, where Ana works: a woman who speaks Spanish, until eight."""
    site = make_site(slug="loop", name="Loop Clinic", zone="America/Chicago")
    Site.objects.filter(pk=site.pk).update(
        latitude=41.88, longitude=-87.63, city="Chicago", step_free=False
    )
    ana = make_clinician(
        site=site, visit_types=[clinic.visit_type], name="Ana Ruiz", starts=time(12), ends=time(20)
    )
    Clinician.objects.filter(pk=ana.pk).update(gender="female", languages=["en", "es"])
    Clinician.objects.filter(pk=clinic.clinician.pk).update(gender="male", languages=["en"])
    for name, point in {"14201": (42.9, -78.9), "Chicago": (41.88, -87.63)}.items():
        Place.objects.create(name=name, latitude=point[0], longitude=point[1])
    return site


# --- What is asked


def test_the_page_begins_with_the_soonest_anywhere(
    clinic: Clinic, far: Site, client: Client
) -> None:
    page = client.get(TIMES)
    said = words(page)
    assert "Soonest at any clinic Monday, November 23 at 11:00 AM Lakeside Clinic" in said
    assert "Loop Clinic" in said
    assert "Your choices" not in said


def test_a_place_brings_the_clinics_near_it_and_says_how_near(
    clinic: Clinic, far: Site, client: Client
) -> None:
    near = client.get(TIMES, {"near": "14201-1234"})
    assert "Less than a mile from 14201" in words(near)
    assert 'id="at-loop"' not in html(near)
    anywhere = client.get(TIMES, {"near": "14201-1234", "within": "12500"})
    assert 'id="at-loop"' in html(anywhere)
    assert "Any distance" in words(anywhere)


def test_a_place_we_do_not_know_loses_nothing_and_offers_those_like_it(
    clinic: Clinic, far: Site, client: Client
) -> None:
    page = client.get(TIMES, {"near": "Chicgo", "gender": "female", "find": "1"})
    assert "We do not know that place. Did you mean: Chicago" in words(page)
    assert 'value="Chicgo"' in html(page)
    assert "near=Chicago&amp;gender=female&amp;find=1" in html(page)
    assert times_on(page)
    nowhere = client.get(TIMES, {"near": "Atlantis"})
    assert "Our clinics are in: Buffalo, Chicago." in words(nowhere)


def test_each_choice_can_be_taken_back_by_itself(clinic: Clinic, far: Site, client: Client) -> None:
    page = html(client.get(TIMES, {"language": "es", "gender": "female", "weekday": ["0", "2"]}))
    taken_back = {
        unescape(url) for url in re.findall(r'class="chip chip--made" href="([^"]+)"', page)
    }
    assert taken_back == {
        "?gender=female&weekday=0&weekday=2&find=1",
        "?language=es&weekday=0&weekday=2&find=1",
        "?language=es&gender=female&weekday=2&find=1",
        "?language=es&gender=female&weekday=0&find=1",
    }


def test_answers_fit_and_say_why(clinic: Clinic, far: Site, client: Client) -> None:
    page = client.get(TIMES, {"language": "es", "gender": "female", "part": "evening"})
    said = words(page)
    assert "With Ana Ruiz Speaks Spanish With a woman After 5 PM" in said
    assert len(times_on(page)) == 7 * 6
    assert {datetime.fromisoformat(each).hour for each in times_on(page)} <= {23, 0, 1}


def test_what_makes_no_difference_is_not_asked(clinic: Clinic, client: Client) -> None:
    page = words(client.get(TIMES))
    for asked in ("How do you want to meet?", "Have you been here before?", "Which clinic?",
                  "Seen by", "Who speaks", "With whom?", "How far may it be?"):  # fmt: skip
        assert asked not in page


def test_whether_one_was_here_before_is_asked_where_it_matters(
    clinic: Clinic, client: Client
) -> None:
    AvailabilityRule.objects.filter(starts=time(9)).update(kept_for="new")
    page = client.get(TIMES)
    assert "Have you been here before?" in words(page)
    assert not times_on(page)
    new = client.get(TIMES, {"standing": "new", "find": "1"})
    assert times_on(new)
    assert "I am new here" in words(new)


@pytest.mark.parametrize(
    "query",
    [
        "near=%00&site=%00&language=%00",
        "clinician=-1&within=7&gender=any&standing=old&mode=letter&weekday=9&part=night",
        "clinician=99999999999999999999&after=x.y.z&before=1.2&day=2026-02-31",
        "after=999999999999.1.1",
        "before=999999999999.1.1&find=1",
        "near=" + "x" * 5000,
        "site=no-such-clinic",
    ],
)
def test_nonsense_in_an_address_is_forgiven(clinic: Clinic, client: Client, query: str) -> None:
    assert client.get(f"{TIMES}?{query}").status_code == 200


def test_who_goes_back_beyond_the_first_page_is_on_the_first(
    clinic: Clinic, client: Client
) -> None:
    answer = client.get(TIMES, {"before": "1.1.1", "gender": "male", "find": "1"})
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"{TIMES}?gender=male&find=1"


# --- Pages


def link(page: object, rel: str) -> str:
    found = re.search(rf'rel="{rel}"\s+href="([^"]+)"', html(page))
    return unescape(found[1]) if found else ""


def test_pages_go_forward_and_back_with_the_choices(
    clinic: Clinic, far: Site, client: Client
) -> None:
    first = client.get(TIMES, {"near": "14201", "part": "morning", "find": "1"})
    second = client.get(TIMES + link(first, "next"))
    assert min(times_on(second)) > max(times_on(first))
    assert "Near 14201" in words(second)
    again = client.get(TIMES + link(second, "prev"))
    assert times_on(again) == times_on(first)
    assert link(first, "prev") == link(again, "prev") == ""


# --- Nothing fits


def test_where_nothing_fits_each_way_out_says_what_it_gives(
    clinic: Clinic, far: Site, client: Client
) -> None:
    page = client.get(TIMES, {"near": "14201", "language": "es", "find": "1"})
    said = words(page)
    assert "Nothing fits all of your choices" in said
    assert "Any clinic Soonest: Monday, November 23 at 12:00 PM" in said
    assert "Any language Soonest: Monday, November 23 at 11:00 AM" in said
    (where,) = re.findall(r'href="(\?[^"]*within=12500[^"]*)"', html(page))
    assert "Loop Clinic" in words(client.get(TIMES + unescape(where)))
    assert reverse("portal:join_waitlist", args=["blood-test"]) in html(page)


def test_where_nothing_is_free_at_all_one_can_wait_or_call(clinic: Clinic, client: Client) -> None:
    AvailabilityRule.objects.update(valid_until=days_after(clinic.nine, -3))
    page = words(client.get(TIMES))
    assert "No free times online right now" in page
    assert "Tell me when a time opens" in page
    assert "Or call us at" in page


# --- Taking a time


def test_the_press_that_takes_a_time_takes_it_as_was_wished(
    clinic: Clinic, far: Site, rosa: Visitor
) -> None:
    sam = make_clinician(site=far, visit_types=[clinic.visit_type], name="Sam Osei")
    at_two = at(far, days_after(clinic.nine, 0), 14)
    wished = {"site": "loop", "starts_at": f"{at_two:%Y-%m-%dT%H:%M:%SZ}", "language": "es"}
    for number in range(2):
        answer = Visitor().browser.post(f"{TIMES}hold/", wished)
        assert answer.status_code == (302, 409)[number]
    assert Hold.objects.get().clinician.name == "Ana Ruiz"
    assert f'value="{at_two + timedelta(minutes=30):%Y-%m-%dT%H:%M:%SZ}"' in html(answer)
    assert '<input type="hidden" name="language" value="es">' in html(answer)
    assert not Hold.objects.filter(clinician=sam)


def test_by_video_from_the_choice_to_the_booked_visit(clinic: Clinic, rosa: Visitor) -> None:
    VisitType.objects.filter(pk=clinic.visit_type.pk).update(modes=["in_person", "video"])
    page = rosa.browser.get(TIMES, {"mode": "video", "find": "1"})
    assert "By video, with Lakeside Clinic" in words(page)
    assert "12 Lake Street" not in words(page)
    assert '<input type="hidden" name="mode" value="video">' in html(page)
    press = {"site": "lake", "starts_at": times_on(page)[0], "mode": "video"}
    rosa.hold = rosa.browser.post(f"{TIMES}hold/", press).headers["Location"].split("/")[2]
    details = rosa.browser.get(rosa.page("details"))
    assert "By video · Dr. Chen" in words(details)
    rosa.gives_details()
    rosa.types_code()
    review = words(rosa.browser.get(rosa.page("review")))
    assert "Where By video" in review
    assert "12 Lake Street" not in review
    rosa.presses_book()
    assert Appointment.objects.get().mode == "video"


def test_a_time_kept_for_new_patients_is_held_and_booked_by_one(
    clinic: Clinic, rosa: Visitor
) -> None:
    AvailabilityRule.objects.update(kept_for="new")
    at_nine = f"{clinic.nine:%Y-%m-%dT%H:%M:%SZ}"
    refused = rosa.browser.post(f"{TIMES}hold/", {"site": "lake", "starts_at": at_nine})
    assert refused.status_code == 409
    press = {"site": "lake", "starts_at": at_nine, "standing": "new"}
    rosa.hold = rosa.browser.post(f"{TIMES}hold/", press).headers["Location"].split("/")[2]
    assert Hold.objects.get().standing == "new"
    rosa.gives_details()
    rosa.types_code()
    assert rosa.presses_book().status_code == 302
    assert Appointment.objects.get().starts_at == clinic.nine


def test_who_gives_a_time_back_finds_their_choices_again_but_not_where_they_are(
    clinic: Clinic, rosa: Visitor
) -> None:
    press = {
        "site": "lake",
        "starts_at": f"{clinic.nine:%Y-%m-%dT%H:%M:%SZ}",
        "part": "morning",
        "step_free": "1",
        "near": "14201",
    }
    rosa.hold = rosa.browser.post(f"{TIMES}hold/", press).headers["Location"].split("/")[2]
    answer = rosa.browser.post(rosa.page("release"))
    assert answer.headers["Location"] == f"{TIMES}?site=lake&step_free=1&part=morning"


# --- Moving


def test_moving_begins_at_ones_own_clinic_and_may_look_further(
    clinic: Clinic, far: Site, rosa: Visitor
) -> None:
    rosa.books(clinic.visit_type, clinic.site, clinic.nine)
    move = reverse("portal:move", args=[Appointment.objects.get().public_id])
    page = rosa.browser.get(move)
    assert "Take back: Lakeside Clinic" in words(page)
    assert f"{clinic.nine:%Y-%m-%dT%H:%M:%SZ}" not in times_on(page)
    assert 'id="at-loop"' not in html(page)
    further = rosa.browser.get(move, {"find": "1", "language": "es"})
    assert "With Ana Ruiz Speaks Spanish" in words(further)
    press = {"site": "loop", "starts_at": times_on(further)[0], "language": "es"}
    assert rosa.browser.post(move, press).status_code == 302
    assert Appointment.objects.get().clinician.name == "Ana Ruiz"


def test_a_video_visit_stays_one_unless_something_else_is_chosen(
    clinic: Clinic, rosa: Visitor
) -> None:
    VisitType.objects.filter(pk=clinic.visit_type.pk).update(modes=["in_person", "video"])
    rosa.books(clinic.visit_type, clinic.site, clinic.nine)
    Appointment.objects.update(mode="video")
    visit = Appointment.objects.get()
    move = reverse("portal:move", args=[visit.public_id])
    page = rosa.browser.get(move)
    assert "By video, with Lakeside Clinic" in words(page)
    rosa.browser.post(move, {"site": "lake", "starts_at": times_on(page)[-1]})
    visit.refresh_from_db()
    assert (visit.version, visit.mode) == (2, "video")
    back = rosa.browser.get(move, {"mode": "in_person", "find": "1"})
    assert "12 Lake Street" in words(back)
    press = {"site": "lake", "starts_at": times_on(back)[0], "mode": "in_person"}
    rosa.browser.post(move, press)
    visit.refresh_from_db()
    assert (visit.version, visit.mode) == (3, "in_person")


# --- The first page


def test_the_first_page_understands_a_place_as_the_search_does(
    clinic: Clinic, far: Site, client: Client
) -> None:
    assert "Nearest to you: Lakeside Clinic" in words(client.get("/", {"near": "14201-9999"}))
    unknown = client.get("/", {"near": "Chikago"})
    assert "Did you mean: Chicago" in words(unknown)
    assert 'href="?near=Chicago"' in html(unknown)
