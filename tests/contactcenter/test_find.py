"""Staff find a patient by what they know of them, among those who come where they work."""

from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from contactcenter.selectors import MOST_FOUND, find_patients
from people.models import AuditEntry, ContactPoint, Person, StaffRole, User
from people.rules.names import PersonQuery, parse_person_query
from people.selectors import people_like
from scheduling.models import Appointment, Site
from tests.builders import at, days_after, make_appointment, make_person, make_site, make_staff

Role = StaffRole.Role


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        ("Rosa", PersonQuery(("rosa",))),
        ("  Núñez, José ", PersonQuery(("nunez", "jose"))),
        ("alv 3/28/1957", PersonQuery(("alv",), born_on=date(1957, 3, 28))),
        ("1957-03-28", PersonQuery(born_on=date(1957, 3, 28))),
        ("3.28.1957 rosa", PersonQuery(("rosa",), born_on=date(1957, 3, 28))),
        ("(716) 555-0142", PersonQuery(digits="7165550142")),
        ("+1 716 555 0142", PersonQuery(digits="17165550142")),
        ("rosa 0142", PersonQuery(("rosa",), digits="0142")),
        ("13/28/1957", PersonQuery(impossible=True)),
        ("", PersonQuery()),
    ],
)
def test_what_is_typed_is_understood(typed: str, wanted: PersonQuery) -> None:
    assert parse_person_query(typed) == wanted


@pytest.mark.parametrize(
    ("typed", "enough"),
    [("r", False), ("12", False), ("ro", True), ("0142", True), ("3/28/1957", True), (" ", False)],
)
def test_a_letter_is_too_little_to_look_for(typed: str, *, enough: bool) -> None:
    assert bool(parse_person_query(typed)) is enough


@pytest.fixture
def site(db: None) -> Site:
    return make_site(slug="lake", name="Lakeside Clinic")


@pytest.fixture
def rosa(site: Site, clock_at_now: datetime) -> Appointment:
    """Rosa Alvarez, who comes in two days."""
    return make_appointment(now=clock_at_now, site=site)


@pytest.fixture
def desk(site: Site) -> User:
    return make_staff(Role.FRONT_DESK, sites=[site])


def found_by(user: User, typed: str, now: datetime) -> list[Person]:
    rows, _more = find_patients(user, parse_person_query(typed), now=now)
    return [row.person for row in rows]


@pytest.mark.parametrize(
    "typed",
    ["rosa", "ALV", "álvarez", "ros alv", "alvarez, rosa", "3/28/1957", "alv 3/28/1957"],
)
def test_a_patient_is_found_by_parts_of_what_is_known(
    rosa: Appointment, desk: User, now: datetime, typed: str
) -> None:
    assert found_by(desk, typed, now) == [rosa.person]


@pytest.mark.parametrize(
    "typed", ["osa", "rosa vega", "3/29/1957", "rosa 3/29/1957", "r", "%", "_"]
)
def test_others_are_not(rosa: Appointment, desk: User, now: datetime, typed: str) -> None:
    assert found_by(desk, typed, now) == []


def test_a_patient_is_found_by_some_digits_of_the_phone(
    rosa: Appointment, desk: User, now: datetime
) -> None:
    point = rosa.person.contact_points.get(kind="phone")
    point.value = "+17165559876"
    point.save()
    for typed in ("9876", "555 9876", "(716) 555-9876", "+1 716 555 9876", "rosa 9876"):
        assert found_by(desk, typed, now) == [rosa.person], typed
    assert found_by(desk, "9877", now) == []


def test_accents_and_chosen_names_are_no_obstacle(
    rosa: Appointment, desk: User, now: datetime
) -> None:
    person = rosa.person
    person.given_name, person.chosen_name, person.family_name = "Ángela", "Ñico", "De la Peña"
    person.save()
    for typed in ("angela", "ÁNGELA", "nico", "pena", "peña", "la pen"):
        assert found_by(desk, typed, now) == [person], typed


def test_people_who_never_come_here_are_not_found(
    rosa: Appointment, desk: User, now: datetime
) -> None:
    make_person(family_name="Alvarado")
    make_appointment(now=now)  # another Rosa Alvarez, elsewhere
    assert found_by(desk, "alv", now) == [rosa.person]
    elsewhere = make_staff(Role.AGENT, sites=[make_site()])
    assert found_by(elsewhere, "alv", now) == []
    everywhere = make_staff(Role.ADMINISTRATOR)
    assert len(found_by(everywhere, "alv", now)) == 2


def test_the_visit_shown_is_the_next_one_or_else_the_last(
    rosa: Appointment, desk: User, now: datetime
) -> None:
    later = make_appointment(
        now=now,
        starts_at=at(rosa.site, days_after(now, 3), 9),
        site=rosa.site,
        visit_type=rosa.visit_type,
        patient=(rosa.booked_by, rosa.person),  # type: ignore[arg-type]
    )
    for moment, shown in [
        (now, rosa),
        (rosa.starts_at, rosa),
        (rosa.ends_at + timedelta(hours=3), later),
        (later.ends_at + timedelta(days=30), later),
    ]:
        ((row,), _more) = find_patients(desk, parse_person_query("rosa"), now=moment)
        assert row.visit == shown
        assert row.is_today == (moment == rosa.starts_at)


def test_twenty_are_shown_and_that_there_are_more(
    rosa: Appointment, desk: User, now: datetime
) -> None:
    visits = [
        Appointment(
            **{
                field.attname: getattr(rosa, field.attname)
                for field in Appointment._meta.concrete_fields
                if field.name not in {"id", "public_id", "person"}
            },
            person=make_person(given_name=f"Rosa {number:02}", phone=None, email=None),
        )
        for number in range(MOST_FOUND + 5)
    ]
    Appointment.objects.bulk_create(visits)
    with CaptureQueriesContext(connection) as asked:
        rows, more = find_patients(desk, parse_person_query("rosa"), now=now)
    assert (len(rows), more) == (MOST_FOUND, True)
    assert len(asked) <= 6  # and one more where anybody is away


@pytest.mark.parametrize(
    ("typed", "index"),
    [
        ("ros", "person_by_names"),
        ("716 555", "contact_point_by_part"),
        ("3/28/1957", "person_by_birth"),
    ],
)
def test_looking_uses_an_index(db: None, typed: str, index: str) -> None:
    people = Person.objects.bulk_create(
        Person(given_name="Rosa", family_name=f"Alvarez {number}", born_on=date(1957, 3, 28))
        for number in range(300)
    )
    ContactPoint.objects.bulk_create(
        ContactPoint(person=each, kind="phone", value=f"+1212555{number:04}")
        for number, each in enumerate(people)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE people_person, people_contactpoint")
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_indexscan = off")
        plan = people_like(parse_person_query(typed)).order_by().explain()
    assert index in plan, plan


# --- The page


@pytest.fixture
def at_the_desk(client: Client, desk: User) -> Client:
    client.force_login(desk)
    return client


FIND = "/desk/find/"


def test_the_page_finds_without_a_script(rosa: Appointment, at_the_desk: Client) -> None:
    assert "<form" in at_the_desk.get(FIND).content.decode()
    page = at_the_desk.post(FIND, {"wanted": "alv"}).content.decode()
    assert "1 patient" in page
    assert reverse("contactcenter:person", args=[rosa.person.public_id]) in page
    assert "<html" in page


def test_the_palette_takes_only_the_list(rosa: Appointment, at_the_desk: Client) -> None:
    answer = at_the_desk.post(FIND, {"wanted": "alv"}, headers={"HX-Request": "true"})
    part = answer.content.decode()
    assert "Rosa Alvarez" in part
    assert "<html" not in part
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("typed", ["", "r"])
def test_too_little_is_told_on_the_page_and_shows_nothing_in_the_palette(
    rosa: Appointment, at_the_desk: Client, typed: str
) -> None:
    page = at_the_desk.post(FIND, {"wanted": typed}).content.decode()
    assert "Type at least two letters or four digits." in page
    part = at_the_desk.post(FIND, {"wanted": typed}, headers={"HX-Request": "true"})
    assert part.content.decode().strip() == ""


def test_nothing_is_looked_for_by_an_address(rosa: Appointment, at_the_desk: Client) -> None:
    assert "Alvarez" not in at_the_desk.get(FIND, {"wanted": "alv"}).content.decode()


def test_on_the_day_the_desk_is_led_to_the_visit(
    rosa: Appointment, at_the_desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clock.now", lambda: rosa.starts_at)
    page = at_the_desk.post(FIND, {"wanted": "alv"}).content.decode()
    assert reverse("checkin:patient", args=[rosa.public_id]) in page


def test_a_date_that_does_not_exist_is_said(rosa: Appointment, at_the_desk: Client) -> None:
    page = at_the_desk.post(FIND, {"wanted": "13/40/1957"}).content.decode()
    assert "There is no such date" in page


def test_finding_and_reading_leave_a_trail(
    rosa: Appointment, at_the_desk: Client, desk: User
) -> None:
    at_the_desk.post(FIND, {"wanted": "alv"})
    at_the_desk.get(reverse("contactcenter:person", args=[rosa.person.public_id]))
    trail = AuditEntry.objects.filter(actor=desk, person=rosa.person).order_by("pk")
    assert [each.action for each in trail] == ["patient.find", "person.read"]
    assert "alv" not in trail[0].subject


def test_a_patients_page_shows_who_they_are_and_their_visits_here(
    rosa: Appointment, at_the_desk: Client, now: datetime
) -> None:
    elsewhere = make_appointment(
        now=now,
        starts_at=rosa.starts_at + timedelta(hours=1),
        patient=(rosa.booked_by, rosa.person),  # type: ignore[arg-type]
    )
    page = at_the_desk.get(
        reverse("contactcenter:person", args=[rosa.person.public_id])
    ).content.decode()
    assert "March 28, 1957" in page
    assert "Lakeside Clinic" in page
    assert elsewhere.site.name not in page


@pytest.mark.parametrize(
    ("role", "status"),
    [
        (Role.FRONT_DESK, 200),
        (Role.AGENT, 200),
        (Role.CLINICIAN, 200),
        (Role.ADMINISTRATOR, 200),
        (Role.MANAGER, 404),
    ],
)
def test_only_those_who_speak_with_patients_find_them(
    rosa: Appointment, client: Client, role: str, status: int
) -> None:
    client.force_login(make_staff(role, sites=[rosa.site]))
    assert client.post(FIND, {"wanted": "alv"}).status_code == status
    address = reverse("contactcenter:person", args=[rosa.person.public_id])
    assert client.get(address).status_code == status


def test_a_patient_of_another_site_does_not_exist(rosa: Appointment, client: Client) -> None:
    client.force_login(make_staff(Role.FRONT_DESK, sites=[make_site()]))
    address = reverse("contactcenter:person", args=[rosa.person.public_id])
    assert client.get(address).status_code == 404
