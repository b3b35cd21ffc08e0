"""Reads about people."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from infrastructure.rows import read_rows
from people.models import ActsFor, AuditEntry, Consent, ContactPoint, Coverage, Person, User
from people.models.searching import PlainNames
from people.rules.names import PersonQuery
from people.rules.patient_matching import ENOUGH, Traits, likeness

# How the trail calls it when staff write down somebody new, and take on who has a record already.
REGISTERED, TAKEN_ON = "person.register", "person.take_on"
# So many share a birthday in a clinic of millions; so many one can tell apart.
MOST_COMPARED, MOST_ALIKE = 500, 5


def people_acted_for(user: User | AnonymousUser, *, now: datetime) -> QuerySet[Person]:
    """Everyone this account may act for now; nobody for a visitor."""
    if not user.is_authenticated:
        return Person.objects.none()
    return Person.objects.filter(
        Q(acted_for_by__until=None) | Q(acted_for_by__until__gt=now),
        acted_for_by__user_id=user.pk,
        acted_for_by__since__lte=now,
    ).distinct()


# A part of a query: what ``people_acted_for`` gives, by ``(user, now, now)``.
ACTED_FOR = """(
    SELECT person_id FROM people_actsfor
    WHERE user_id = %s AND since <= %s AND (until IS NULL OR until > %s))"""
# Asked for with every booking. Two are enough to know that they must say for whom.
FIRST_ACTED_FOR = f"id IN {ACTED_FOR} ORDER BY id LIMIT 2"


def only_one_acted_for(user: User, *, now: datetime) -> Person | None:
    """The person this account may act for; None where there is nobody, or a choice."""
    found = read_rows(Person, FIRST_ACTED_FOR, [user.pk, now, now])
    return found[0] if len(found) == 1 else None


def current_coverage(person: Person) -> Coverage | None:
    """How the person pays, as they said last; None when we do not know."""
    return Coverage.objects.filter(person=person, until=None).first()


def is_own_record(person: Person, *, user: User) -> bool:
    """Whether the person is the account's owner, not somebody they act for."""
    relationship = ActsFor.Relationship.SELF
    return person.acted_for_by.filter(user=user, relationship=relationship).exists()


def roles_of(user: User | AnonymousUser) -> frozenset[str]:
    """The staff roles of an account; none for patients and visitors."""
    return user.held_roles if user.is_authenticated else frozenset()


# Asked for with every message: read a third as fast through a queryset. The last of a kind counts.
# A part of a query.
ADDRESSES = """ARRAY(
    SELECT ARRAY[kind, value] FROM people_contactpoint WHERE person_id = %(person)s
    ORDER BY verified_at IS NOT NULL, created_at, id)"""


def addresses_of(person: Person) -> dict[str, str]:
    """Where to reach a person, by kind: a proven address before others, then the newest."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {ADDRESSES}", {"person": person.pk})
        return dict(cursor.fetchone()[0])


def people_reached_at(value: str) -> QuerySet[Person]:
    """The people who have this number or e-mail among their contact points."""
    return Person.objects.filter(contact_points__value=value).distinct().order_by("pk")


def people_like(wanted: PersonQuery) -> QuerySet[Person]:
    """Whom all of the typed parts fit, by name; each part has its index. Nobody for too little."""
    if not wanted or wanted.impossible:
        return Person.objects.none()
    people = Person.objects.alias(names=PlainNames("given_name", "chosen_name", "family_name"))
    for name in wanted.names:
        people = people.filter(names__contains=f" {name}")
    if wanted.digits:
        people = people.filter(
            Exists(
                ContactPoint.objects.filter(
                    person=OuterRef("pk"),
                    kind=ContactPoint.Kind.PHONE,
                    value__contains=wanted.digits,
                )
            )
        )
    if wanted.born_on:
        people = people.filter(born_on=wanted.born_on)
    # Sorted as it reads without accents, which no index is: PostgreSQL walked the one by family
    # name through half the table to find twenty (12,500 of 200,000 fit: 930 ms, now 250).
    return people.order_by(PlainNames("family_name", "given_name"), "pk")


def possible_duplicates(traits: Traits) -> list[Person]:
    """Whose records agree in two of name, date of birth and phone, the most alike first; at most
    five. Two queries.
    """
    phones = ContactPoint.objects.filter(
        kind=ContactPoint.Kind.PHONE, value__in=traits.phones
    ).values("person_id")
    near = (
        Person.objects.filter(
            Q(born_on=traits.born_on) | Q(pk__in=phones), deceased_on__isnull=True
        )
        .prefetch_related("contact_points")
        .order_by("pk")[:MOST_COMPARED]
    )
    alike = [(likeness(traits, _traits(person)), person) for person in near]
    alike = [each for each in alike if each[0] >= ENOUGH]
    return [person for _, person in sorted(alike, key=lambda each: -each[0])][:MOST_ALIKE]


def _traits(person: Person) -> Traits:
    return Traits(
        f"{person.given_name} {person.chosen_name} {person.family_name}",
        person.born_on,
        [each.value for each in person.contact_points.all() if each.kind == "phone"],
    )


def registered_by(
    user: User, *, given_name: str, family_name: str, born_on: date, phone: str, email: str
) -> Person | None:
    """Whom this account has written down with exactly this, empty addresses left out."""
    trail = AuditEntry.objects.filter(actor=user, action=REGISTERED, person=OuterRef("pk"))
    people = Person.objects.filter(
        Exists(trail), given_name=given_name, family_name=family_name, born_on=born_on
    )
    for value in filter(None, (phone, email)):
        people = people.filter(contact_points__value=value)
    return people.order_by("pk").first()


def taken_on_at(places: QuerySet[Any]) -> Exists:
    """Whether somebody was taken on as a patient at one of these places, as the trail names them.

    For a queryset of people. It is the trail that says so: who is new has no visit anywhere yet.
    """
    return Exists(
        AuditEntry.objects.filter(
            person=OuterRef("pk"), action__in=[REGISTERED, TAKEN_ON], subject__in=places
        )
    )


def account_reached_at(value: str) -> User | None:
    """The active patient's account that has proven this number or e-mail."""
    field = "email" if "@" in value else "phone"
    return User.objects.filter(**{field: value}, is_active=True, is_staff=False).first()


def withdrew_consent(person_id: int, *, purpose: str) -> bool:
    """Whether the person's newest word on this purpose was no."""
    newest = (
        Consent.objects.filter(person_id=person_id, purpose=purpose)
        .order_by("-said_at", "-pk")
        .values_list("granted", flat=True)
        .first()
    )
    return newest is False


def contact_points_of(person: Person) -> QuerySet[ContactPoint]:
    return ContactPoint.objects.filter(person=person).order_by("kind", "pk")


def current_coverages(people: Sequence[Person]) -> dict[int, Coverage]:
    """How these people pay, as far as we know, by person."""
    rows = Coverage.objects.filter(person__in=people, until=None)
    return {coverage.person_id: coverage for coverage in rows}
