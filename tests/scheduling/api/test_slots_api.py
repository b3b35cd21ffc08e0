"""Looking for a time through the API, and holding it: open to visitors."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from scheduling.booking.selectors.wanted import WantedVisit
from scheduling.booking.services.booking import book_appointment
from scheduling.models import AvailabilityRule, Clinician, Hold, Place, VisitType
from tests.builders import make_patient, make_site
from tests.scheduling.world import TOMORROW, Clinic, make_clinic

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock_at_now")]

BACKEND = "people.backends.OneTimeCodeBackend"


def search(client: Client, clinic: Clinic, **changed: Any) -> Any:
    query: dict[str, Any] = {
        "visit_type": clinic.visit_type.slug,
        "site": clinic.site.pk,
        "first_day": TOMORROW.isoformat(),
        "last_day": TOMORROW.isoformat(),
    } | changed
    given = {name: value for name, value in query.items() if value is not None}
    return client.get(reverse("api:slots"), given)


def hold(client: Client, clinic: Clinic, starts_at: datetime | str, **preferences: str) -> Any:
    wish = {
        "visit_type": clinic.visit_type.slug,
        "site": clinic.site.pk,
        "starts_at": starts_at if isinstance(starts_at, str) else starts_at.isoformat(),
    }
    return client.post(reverse("api:holds"), wish | preferences, content_type="application/json")


def test_slots_say_the_instant_and_the_wall_time(client: Client) -> None:
    clinic = make_clinic(zone="America/Denver")
    answer = search(client, clinic)
    assert answer.status_code == 200
    slots = answer.json()["slots"]
    assert len(slots) == 16
    assert slots[0] == {
        "starts_at": "2026-11-24T16:00:00+00:00",
        "ends_at": "2026-11-24T16:30:00+00:00",
        "local": "2026-11-24T09:00:00-07:00",
        "time_zone": "America/Denver",
        "site": clinic.site.pk,
        "clinician": clinic.clinician.pk,
        "reasons": [],
    }


def test_one_search_covers_several_sites_and_may_name_a_clinician(client: Client) -> None:
    clinic, other = make_clinic(), make_clinic(zone="America/Chicago")
    other.clinician.visit_types.add(clinic.visit_type)
    both = search(client, clinic, site=[clinic.site.pk, other.site.pk]).json()["slots"]
    assert {slot["site"] for slot in both} == {clinic.site.pk, other.site.pk}
    assert [slot["starts_at"] for slot in both] == sorted(slot["starts_at"] for slot in both)
    colleague = clinic.add_clinician()
    hers = search(client, clinic, clinician=colleague.pk).json()["slots"]
    assert {slot["clinician"] for slot in hers} == {colleague.pk}


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"visit_type": None}, "visit_type"),
        ({"visit_type": "no-such-visit"}, "visit_type"),
        ({"visit_type": "nul\x00"}, "visit_type"),
        ({"site": "somewhere"}, "site"),
        ({"site": 10**30}, "site"),
        ({"clinician": 0}, "clinician"),
        ({"first_day": None}, "first_day"),
        ({"near": "x" * 101}, "near"),
        ({"within": 0}, "within"),
        ({"gender": "any"}, "gender"),
        ({"weekdays": 7}, "weekdays"),
        ({"parts": "night"}, "parts"),
        ({"mode": "letter"}, "mode"),
        ({"standing": "old"}, "standing"),
        ({"after": "yesterday"}, "after"),
        ({"before": "1.2"}, "before"),
        ({"days": 63}, "days"),
        ({"first_day": "tomorrow"}, "first_day"),
        ({"last_day": "2026-11-31"}, "last_day"),
        ({"last_day": (TOMORROW - timedelta(days=1)).isoformat()}, "last_day"),
        ({"last_day": (TOMORROW + timedelta(days=62)).isoformat()}, "last_day"),
    ],
)
def test_a_search_that_makes_no_sense_is_a_problem_naming_the_field(
    client: Client, changed: dict[str, Any], field: str
) -> None:
    answer = search(client, make_clinic(), **changed)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["code"], problem["status"]) == ("invalid", 400)
    assert list(problem["errors"]) == [field]


def test_sixty_two_days_are_answered(client: Client) -> None:
    clinic = make_clinic()
    last = TOMORROW + timedelta(days=61)
    assert len(search(client, clinic, last_day=last.isoformat()).json()["slots"]) > 600


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_days_far_away_are_empty(client: Client, day: str) -> None:
    answer = search(client, make_clinic(), first_day=day, last_day=day)
    assert (answer.status_code, answer.json()["slots"]) == (200, [])


def test_the_soonest_anywhere_is_asked_without_a_site_or_days(client: Client) -> None:
    clinic, other = make_clinic(), make_clinic()
    other.clinician.visit_types.add(clinic.visit_type)
    today = {"site": None, "first_day": None, "last_day": None, "same_day": True}
    found = search(client, clinic, **today).json()
    assert {slot["site"] for slot in found["slots"]} == {clinic.site.pk, other.site.pk}
    assert {slot["local"][:10] for slot in found["slots"]} == {"2026-11-23"}
    assert [each["id"] for each in found["sites"]] == [clinic.site.pk, other.site.pk]
    assert {each["id"] for each in found["clinicians"]} == {
        clinic.clinician.pk,
        other.clinician.pk,
    }


def test_answers_say_in_the_readers_language_why_they_fit(client: Client) -> None:
    clinic = make_clinic()
    Clinician.objects.update(languages=["es"], gender="female")
    clinic.add_clinician()
    Place.objects.create(name="14201", latitude=42.9, longitude=-78.9)
    wished = {"near": "14201-1234", "language": "es", "gender": "female", "step_free": True}
    found = search(client, clinic, parts="morning", **wished).json()
    assert found["place"] == {"name": "14201", "like": []}
    assert {slot["clinician"] for slot in found["slots"]} == {clinic.clinician.pk}
    kinds = ["miles", "language", "gender", "step_free", "part"]
    assert [reason["kind"] for reason in found["slots"][1]["reasons"]] == kinds
    client.cookies["django_language"] = "es"
    spanish = search(client, clinic, parts="morning", **wished).json()["slots"][1]["reasons"]
    assert [reason["text"] for reason in spanish] == [
        "A menos de una milla de 14201",
        "Habla español",
        "Le atiende una mujer",
        "Sin escalones",
        "Antes del mediodía",
    ]


def test_a_place_that_nobody_knows_is_told_with_those_like_it(client: Client) -> None:
    clinic = make_clinic()
    Place.objects.create(name="Buffalo", latitude=42.9, longitude=-78.9)
    found = search(client, clinic, near="Bufalo").json()
    assert found["place"] == {"name": None, "like": ["Buffalo"]}
    assert len(found["slots"]) == 16, "nothing is lost"


def test_pages_follow_one_another_by_what_the_answer_said(client: Client) -> None:
    clinic = make_clinic()
    paged = {"first_day": None, "last_day": None, "days": 5}
    first = search(client, clinic, **paged | {"same_day": None, "after": "0.0.0"}).json()
    second = search(client, clinic, **paged, after=first["next"]).json()
    again = search(client, clinic, **paged, before=second["previous"]).json()
    for page in (first, second):
        assert len({slot["local"][:10] for slot in page["slots"]}) == 5
    assert first["slots"][-1]["starts_at"] < second["slots"][0]["starts_at"]
    assert again["slots"] == first["slots"]


def test_a_hold_keeps_the_way_of_meeting_and_what_was_said_of_oneself(client: Client) -> None:
    clinic = make_clinic()
    VisitType.objects.update(modes=["in_person", "video"])
    AvailabilityRule.objects.filter(weekday=1).update(kept_for="new", mode="video")
    refused = hold(client, clinic, clinic.at(10), mode="video")
    assert refused.status_code == 422
    answer = hold(client, clinic, clinic.at(10), mode="video", standing="new")
    assert answer.status_code == 201
    assert (answer.json()["mode"], answer.json()["standing"]) == ("video", "new")
    held = Hold.objects.get()
    assert (held.mode, held.standing) == ("video", "new")


def test_anyone_is_anyone_who_is_as_was_wished(client: Client) -> None:
    clinic = make_clinic()
    clinic.add_clinician()
    Clinician.objects.filter(pk=clinic.clinician.pk).update(languages=["es"])
    assert hold(client, clinic, clinic.at(10), language="es").status_code == 201
    assert Hold.objects.get().clinician == clinic.clinician
    taken = hold(Client(), clinic, clinic.at(10), language="es")
    assert taken.status_code == 409
    nearest = taken.json()["alternatives"]
    assert {slot["clinician"] for slot in nearest} == {clinic.clinician.pk}
    assert hold(Client(), clinic, clinic.at(10), language="pl").status_code == 422


def test_a_hold_is_the_browsers_own(client: Client) -> None:
    clinic = make_clinic()
    answer = hold(client, clinic, clinic.at(10))
    assert answer.status_code == 201
    held = answer.json()
    assert held["expires_at"] == "2026-11-23T15:05:00+00:00"
    address = reverse("api:hold", args=[held["id"]])
    assert client.get(address).json() == held
    extended = client.post(reverse("api:hold-extend", args=[held["id"]]))
    assert extended.status_code == 200

    another = Client()
    for refused in (
        another.get(address),
        another.delete(address),
        another.post(reverse("api:hold-extend", args=[held["id"]])),
        client.get(reverse("api:hold", args=[uuid.uuid4()])),
    ):
        assert (refused.status_code, refused.json()["code"]) == (410, "hold_expired")

    assert client.delete(address).status_code == 204
    assert client.delete(address).status_code == 204, "given back twice"
    assert client.get(address).status_code == 410
    assert hold(another, clinic, clinic.at(10)).status_code == 201


def test_a_time_somebody_holds_is_a_problem_with_alternatives(client: Client) -> None:
    clinic = make_clinic()
    hold(Client(), clinic, clinic.at(10))
    answer = hold(client, clinic, clinic.at(10))
    assert answer.status_code == 409
    problem = answer.json()
    assert (problem["code"], problem["type"]) == ("slot_taken", "/problems/slot-taken")
    assert problem["request_id"] == answer["X-Request-ID"]
    free = [slot["starts_at"] for slot in search(client, clinic).json()["slots"]]
    assert len(problem["alternatives"]) == 5
    assert {slot["starts_at"] for slot in problem["alternatives"]} <= set(free)


@pytest.mark.parametrize(
    ("starts_at", "status"),
    [
        ("2026-11-24T15:10:00Z", 422),
        ("2020-01-01T00:00:00Z", 422),
        ("0001-01-01T00:00:00Z", 422),
        ("9999-12-31T23:59:59Z", 422),
        ("9999-12-31T23:59:59-11:00", 400),
        ("soon", 400),
        ("", 400),
    ],
)
def test_a_time_that_is_not_offered_is_refused_and_never_an_error(
    client: Client, starts_at: str, status: int
) -> None:
    answer = hold(client, make_clinic(), starts_at)
    assert answer.status_code == status
    assert answer.json()["code"] == {422: "slot_not_offered", 400: "invalid"}[status]


def test_sites_come_nearest_first(client: Client) -> None:
    clinic = make_clinic()
    Place.objects.create(name="Chicago", latitude=41.9, longitude=-87.6)
    near = make_site(zone="America/Chicago")
    near.latitude, near.longitude = 41.8, -87.6
    near.save()
    here = Clinic(near, clinic.visit_type, clinic.clinician)
    here.add_clinician()

    def listed(**query: str) -> Any:
        return client.get(reverse("api:sites"), query)

    found = listed(visit_type=clinic.visit_type.slug, near="chic").json()
    assert [each["id"] for each in found] == [near.pk, clinic.site.pk]
    assert found[0]["miles"] == 6.9
    unknown = listed(visit_type=clinic.visit_type.slug, near="Atlantis").json()
    assert {each["miles"] for each in unknown} == {None}
    for query in ({}, {"visit_type": "none"}, {"visit_type": "nul\x00"}):
        assert listed(**query).status_code == 400


def test_visit_types_speak_the_readers_language(client: Client) -> None:
    make_clinic()
    url = reverse("api:visit-types")
    assert client.get(url).json()[0]["name"] == "Blood test"
    spanish = client.get(url, headers={"accept-language": "es"}).json()
    assert spanish[0]["name"] == "Análisis de sangre"


@pytest.mark.parametrize("body", ["{", "[]", '"text"', ""])
def test_what_is_not_json_is_a_problem(client: Client, body: str) -> None:
    answer = client.post(reverse("api:holds"), body, content_type="application/json")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


def test_a_visit_that_is_moved_is_not_in_its_own_way(client: Client, now: datetime) -> None:
    """An hour's visit at ten may begin at half past ten; and only its patient may ask so."""
    clinic = make_clinic(minutes=60)
    user, person = make_patient()
    visit = book_appointment(
        wanted=WantedVisit(clinic.visit_type, clinic.site, clinic.at(10)),
        person=person,
        user=user,
        idempotency_key="k",
        now=now,
    )
    half_past = clinic.at(10, 30).isoformat()

    def listed(**moving: Any) -> list[str]:
        return [slot["starts_at"] for slot in search(client, clinic, **moving).json()["slots"]]

    assert search(client, clinic, moving=visit.public_id).status_code == 404
    client.force_login(make_patient(phone="+12125550177")[0], backend=BACKEND)
    assert search(client, clinic, moving=visit.public_id).status_code == 404
    client.force_login(user, backend=BACKEND)
    assert half_past not in listed()
    own = listed(moving=visit.public_id)
    assert half_past in own
    assert clinic.at(10).isoformat() not in own
