"""Whose record it is: made for who proves a phone, never found by what somebody types."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from people.models import ActsFor, ContactPoint, Person, User
from people.selectors import (
    account_reached_at,
    addresses_of,
    people_acted_for,
    people_reached_at,
    roles_of,
    withdrew_consent,
)
from people.services.records import account_for_proven_phone, add_contact_point, record_person
from tests.builders import make_patient, make_person, make_staff

pytestmark = pytest.mark.django_db
PHONE = "+12125550142"
ROSA: dict[str, Any] = {
    "given_name": "Rosa",
    "family_name": "Alvarez",
    "born_on": date(1957, 3, 28),
    "phone": PHONE,
    "email": "Rosa@Example.com",
    "language": "es",
    "time_zone": "America/Chicago",
    "preferred_channel": "email",
}


def test_a_proven_phone_is_one_account() -> None:
    assert account_for_proven_phone(phone=PHONE) == account_for_proven_phone(phone=PHONE)
    assert not User.objects.get().has_usable_password()


def test_a_record_is_made_with_its_wishes_and_addresses(now: datetime) -> None:
    user = account_for_proven_phone(phone=PHONE)
    person = record_person(user=user, **ROSA, now=now)
    assert (person.language, person.time_zone, person.preferred_channel) == (
        "es",
        "America/Chicago",
        "email",
    )
    proven = dict(person.contact_points.values_list("value", "verified_at"))
    assert proven == {PHONE: now, "rosa@example.com": None}
    assert user.acts_for.get().relationship == ActsFor.Relationship.SELF
    assert not withdrew_consent(person.pk, purpose="care")


def test_the_same_person_of_one_account_is_one_record(now: datetime) -> None:
    user = account_for_proven_phone(phone=PHONE)
    first = record_person(user=user, **ROSA, now=now)
    again = record_person(
        user=user, **ROSA | {"given_name": "ROSA", "language": "en", "email": ""}, now=now
    )
    assert first == again
    assert Person.objects.get().language == "en"
    assert Person.objects.get().given_name == "Rosa"
    assert person_values(first) == {PHONE, "rosa@example.com"}


def person_values(person: Person) -> set[str]:
    return set(person.contact_points.values_list("value", flat=True))


def test_another_accounts_person_is_never_found_by_name_and_birth(now: datetime) -> None:
    theirs = make_patient(given_name="Rosa", family_name="Alvarez")[1]
    thief = account_for_proven_phone(phone="+12125550199")
    made = record_person(user=thief, **ROSA | {"phone": "+12125550199"}, now=now)
    assert made != theirs
    assert list(people_acted_for(thief, now=now)) == [made]
    assert "+12125550199" not in person_values(theirs)


def test_a_person_without_an_account_is_not_found_either(now: datetime) -> None:
    on_file = make_person()
    user = account_for_proven_phone(phone=PHONE)
    assert record_person(user=user, **ROSA, now=now) != on_file


def test_a_second_person_is_somebody_one_cares_for(now: datetime) -> None:
    user = account_for_proven_phone(phone=PHONE)
    record_person(user=user, **ROSA, now=now)
    child = record_person(
        user=user, **ROSA | {"given_name": "Mateo", "born_on": date(2019, 5, 1)}, now=now
    )
    assert user.acts_for.get(person=child).relationship == ActsFor.Relationship.RELATIVE
    assert User.objects.get().name == "Rosa Alvarez"


def test_a_phone_that_was_only_typed_is_not_proven(now: datetime) -> None:
    user = account_for_proven_phone(phone=PHONE)
    person = record_person(user=user, **ROSA | {"phone": "+12125550143"}, now=now)
    assert person.contact_points.get(kind="phone").verified_at is None


def test_a_proof_once_given_stays(now: datetime) -> None:
    person = make_person(phone=None, email=None)
    for verified_at in (None, now, None, now + timedelta(days=1)):
        add_contact_point(person=person, kind="phone", value=PHONE, verified_at=verified_at)
    assert ContactPoint.objects.get().verified_at == now


@pytest.mark.parametrize(
    ("since", "until", "may"),
    [(0, None, True), (-9, 1, True), (-9, 0, False), (-9, -1, False), (1, None, False)],
)
def test_a_carer_acts_from_the_first_day_to_the_last(
    now: datetime, since: int, until: int | None, may: bool
) -> None:
    person, carer = make_person(), make_patient()[0]
    ActsFor.objects.create(
        user=carer,
        person=person,
        relationship=ActsFor.Relationship.CLIENT,
        since=now + timedelta(days=since),
        until=None if until is None else now + timedelta(days=until),
    )
    assert (person in people_acted_for(carer, now=now)) is may


def test_a_former_carer_who_books_makes_a_record_of_their_own(now: datetime) -> None:
    person = make_person()
    carer = account_for_proven_phone(phone="+12125550199")
    ActsFor.objects.create(
        user=carer,
        person=person,
        relationship=ActsFor.Relationship.RELATIVE,
        since=now - timedelta(days=9),
        until=now - timedelta(days=1),
    )
    assert record_person(user=carer, **ROSA, now=now) != person


def test_a_proven_address_is_preferred_to_a_newer_one(now: datetime) -> None:
    person = make_person(phone=PHONE)
    add_contact_point(person=person, kind="phone", value="+12125550143", verified_at=None)
    assert addresses_of(person)["phone"] == PHONE
    assert addresses_of(make_person(email=None)).get("email") is None


def test_a_number_may_be_several_peoples() -> None:
    mother, child = make_person(), make_person(given_name="Mateo", born_on=date(2019, 5, 1))
    assert list(people_reached_at(PHONE)) == [mother, child]


def test_staff_and_closed_accounts_are_not_reached_by_an_address() -> None:
    staff = make_staff("manager")
    closed = make_patient(phone="+12125550111")[0]
    User.objects.filter(pk=closed.pk).update(is_active=False)
    assert account_reached_at(staff.email or "") is None
    assert account_reached_at("+12125550111") is None


def test_a_patient_has_no_role_even_with_a_row() -> None:
    patient = make_patient()[0]
    patient.roles.create(role="administrator")
    assert roles_of(patient) == frozenset()


def test_a_proven_phone_never_signs_in_to_a_staff_account() -> None:
    staff = make_staff("manager")
    with pytest.raises(IntegrityError, match="staff_sign_in_by_email"), transaction.atomic():
        User.objects.filter(pk=staff.pk).update(phone=PHONE)
    patient = account_for_proven_phone(phone=PHONE)
    with pytest.raises(IntegrityError, match="staff_sign_in_by_email"), transaction.atomic():
        User.objects.filter(pk=patient.pk).update(is_staff=True)
