"""Two children in one press, on the pages and through the API; and adding a child."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from people.models import ActsFor, Person
from portal.account.sessions import BACKEND
from scheduling.models import Appointment
from tests.builders import make_appointment, make_patient, make_person
from tests.portal.conftest import Clinic

CHILD = {
    "relationship": "child",
    "given_name": "Ana",
    "family_name": "Alvarez",
    "born_on_month": "5",
    "born_on_day": "4",
    "born_on_year": "2019",
}


@pytest.fixture
def parent(clinic: Clinic) -> Client:
    client = Client()
    client.force_login(make_patient()[0], backend=BACKEND)
    return client


def add(client: Client, **changed: str) -> Any:
    return client.post(reverse("portal:add_person"), CHILD | changed)


def has_two(client: Client) -> list[Person]:
    add(client)
    add(client, given_name="Ben", born_on_year="2021")
    return list(Person.objects.filter(given_name__in=["Ana", "Ben"]).order_by("given_name"))


def address(clinic: Clinic, people: list[Person]) -> str:
    asked = "&".join(f"people={each.public_id}" for each in people)
    return f"{reverse('portal:together', args=[clinic.visit_type.slug])}?{asked}&site=lake"


# --- Adding


def test_a_child_is_added_and_reached_by_the_parents_phone(parent: Client) -> None:
    answer = add(parent)
    assert answer.headers["Location"] == reverse("portal:you")
    child = Person.objects.get(given_name="Ana")
    link = ActsFor.objects.get(person=child)
    assert link.relationship == "child"
    assert str(link.user.phone) in child.contact_points.values_list("value", flat=True)
    assert "Ana Alvarez" in parent.get(reverse("portal:you")).content.decode()


def test_adding_twice_is_one_record(parent: Client) -> None:
    add(parent)
    add(parent)
    assert Person.objects.filter(given_name="Ana").count() == 1


def test_another_familys_record_is_never_joined(parent: Client) -> None:
    """Whoever knows a child's name and birthday has a new record, not that child's."""
    make_person(given_name="Ana", family_name="Alvarez", born_on=date(2019, 5, 4))
    add(parent)
    assert Person.objects.filter(given_name="Ana").count() == 2
    assert ActsFor.objects.filter(person__given_name="Ana").count() == 1


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"given_name": ""}, "Enter the first name."),
        ({"born_on_year": "1850"}, "Check the year"),
        ({"born_on_month": "13"}, "Enter the date of birth as month"),
        ({"relationship": "self"}, "Select a valid choice"),
    ],
)
def test_what_is_missing_is_said(parent: Client, wrong: dict[str, str], words: str) -> None:
    assert words in add(parent, **wrong).content.decode()
    assert not Person.objects.filter(family_name="Alvarez", given_name="Ana").exists()


def test_one_comes_back_to_where_one_was_and_nowhere_else(parent: Client, clinic: Clinic) -> None:
    here = address(clinic, [])
    to = reverse("portal:add_person")
    assert parent.post(f"{to}?next={here}", CHILD).headers["Location"] == here.partition("&")[0]
    away = parent.post(f"{to}?next=https://elsewhere.example/", CHILD)
    assert away.headers["Location"] == reverse("portal:you")


# --- Coming together


def test_who_is_alone_is_asked_to_add_somebody(parent: Client, clinic: Clinic) -> None:
    page = parent.get(address(clinic, [])).content.decode()
    assert "Who comes with you?" in page
    assert reverse("portal:add_person") in page


def test_two_children_are_booked_back_to_back_in_one_press(parent: Client, clinic: Clinic) -> None:
    children = has_two(parent)
    page = parent.get(address(clinic, children))
    row = page.context["days"][0][0]
    assert [seat["person"] for seat in row["seats"]] == ["Ana", "Ben"]
    posted = {"row": row["value"], "key": page.context["key"]}
    for _ in range(2):  # pressed twice
        answer = parent.post(address(clinic, children), posted, follow=True)
    assert "2 visits are booked." in answer.content.decode()
    first, second = Appointment.objects.order_by("starts_at")
    assert [first.person, second.person] == children
    assert first.ends_at == second.starts_at


def test_when_one_time_is_gone_nothing_is_booked_and_others_are_shown(
    parent: Client, clinic: Clinic, now: Any
) -> None:
    children = has_two(parent)
    page = parent.get(address(clinic, children))
    row = page.context["days"][0][0]
    make_appointment(
        now=now,
        starts_at=row["seats"][1]["starts_at"],
        site=clinic.site,
        visit_type=clinic.visit_type,
        clinician=clinic.clinician,
    )
    answer = parent.post(
        address(clinic, children), {"row": row["value"], "key": page.context["key"]}
    )
    assert answer.status_code == 409
    assert "Nothing is booked yet." in answer.content.decode()
    assert answer.context["days"][0][0]["starts_at"] > row["starts_at"]
    assert not Appointment.objects.filter(person__in=children).exists()


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2026-02-31", "soon"])
def test_no_day_in_the_address_is_too_far(parent: Client, clinic: Clinic, day: str) -> None:
    page = parent.get(f"{address(clinic, has_two(parent))}&day={day}")
    assert page.status_code == 200
    assert "Come together" in page.content.decode()


def test_one_person_is_not_together(parent: Client, clinic: Clinic) -> None:
    children = has_two(parent)
    page = parent.get(address(clinic, children[:1])).content.decode()
    assert "Choose two to four people." in page


def test_other_peoples_children_cannot_be_named(parent: Client, clinic: Clinic) -> None:
    children = has_two(parent)
    stranger = make_person(given_name="Zoe")
    page = parent.get(address(clinic, [children[0], stranger]))
    assert "days" not in page.context


@pytest.mark.parametrize("forged", ["", "tea", "2026-11-24T15:00:00Z|1"])
def test_a_forged_row_does_not_exist(parent: Client, clinic: Clinic, forged: str) -> None:
    children = has_two(parent)
    assert parent.post(address(clinic, children), {"row": forged}).status_code == 404


# --- Through the API


def post(client: Client, name: str, body: Any, key: str = "") -> Any:
    return client.post(
        reverse(f"api:{name}"),
        body,
        content_type="application/json",
        headers={"Idempotency-Key": key} if key else {},
    )


def test_programs_add_a_child_and_book_for_two(parent: Client, clinic: Clinic) -> None:
    people = [
        post(
            parent,
            "people",
            {
                "given_name": name,
                "family_name": "Alvarez",
                "born_on": "2019-05-04",
                "relationship": "child",
            },
        ).json()["id"]
        for name in ("Ana", "Ben")
    ]
    guests = [{"person": each, "visit_type": clinic.visit_type.slug} for each in people]
    asked = {"site": clinic.site.pk, "guests": guests}
    day = clinic.nine.date().isoformat()
    plan = post(parent, "together-plan", asked | {"first_day": day, "last_day": day}).json()
    row = plan["times"][0]
    seats = [
        guest | {"starts_at": slot["starts_at"], "clinician": slot["clinician"]}
        for guest, slot in zip(guests, row, strict=True)
    ]
    booked = asked | {"guests": seats}
    answers = [post(parent, "together", booked, key="one") for _ in range(2)]
    assert [each.status_code for each in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert [each["person"] for each in answers[0].json()] == people
    taken = post(parent, "together", booked, key="two")
    assert (taken.status_code, taken.json()["code"]) == (409, "has_visit_then")
    assert Appointment.objects.count() == 2


def test_programs_name_each_person_once_and_only_their_own(parent: Client, clinic: Clinic) -> None:
    child = has_two(parent)[0]
    stranger = make_person(given_name="Zoe")
    day = clinic.nine.date().isoformat()

    def asked(*people: Person) -> Any:
        guests = [
            {"person": str(each.public_id), "visit_type": clinic.visit_type.slug} for each in people
        ]
        body = {"site": clinic.site.pk, "guests": guests, "first_day": day, "last_day": day}
        return post(parent, "together-plan", body)

    assert asked(child, child).status_code == 400
    assert asked(child, stranger).status_code == 404
    assert asked(child).status_code == 400
    nobody = {"given_name": "A", "family_name": "B", "relationship": "child"}
    assert post(parent, "people", nobody | {"born_on": "1700-01-01"}).status_code == 400
