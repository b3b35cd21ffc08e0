"""Recording patients whom another system knew, many at once; and giving them to who proves to be
them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from people.models import ActsFor, Consent, ContactPoint, Person, User
from people.rules.external_patients import ExternalPatient
from people.services import audit

Key = tuple[str, str, date]


@dataclass(slots=True)
class _Known:
    """Who is recorded already, by name and date of birth, each with their addresses."""

    by_key: dict[Key, list[tuple[Person, frozenset[str]]]] = field(default_factory=dict)

    def add(self, key: Key, person: Person, addresses: frozenset[str]) -> None:
        self.by_key.setdefault(key, []).append((person, addresses))

    def find(self, described: ExternalPatient) -> Person | None:
        """The same name and day of birth, and an address in common; or no address at all."""
        for person, addresses in self.by_key.get(described.key, ()):
            if described.addresses & addresses or not (described.addresses or addresses):
                return person
        return None


@transaction.atomic
def record_external_patients(
    described: Sequence[ExternalPatient], *, now: datetime
) -> tuple[list[Person], list[Person]]:
    """The person of each description, in order, and those of them who are new.

    The clinic vouches for the addresses: they count as proven. The number of queries does not
    grow with the number of people.
    """
    known = _read(described)
    people: list[Person] = []
    new: list[tuple[Person, ExternalPatient]] = []
    for each in described:
        person = known.find(each)
        if person is None:
            person = _person(each)
            known.add(each.key, person, each.addresses)
            new.append((person, each))
        people.append(person)
    Person.objects.bulk_create([person for person, _ in new])
    ContactPoint.objects.bulk_create(_points(new, now))
    Consent.objects.bulk_create(
        Consent(
            person=person, purpose=Consent.Purpose.CARE, granted=True, said_at=now, how="moved in"
        )
        for person, _ in new
    )
    return people, [person for person, _ in new]


def _read(described: Sequence[ExternalPatient]) -> _Known:
    known = _Known()
    rows = Person.objects.filter(
        given_name__in={each.given_name for each in described},
        family_name__in={each.family_name for each in described},
        born_on__in={each.born_on for each in described},
    )
    for person in rows.order_by("pk").prefetch_related("contact_points"):
        key = (person.given_name.lower(), person.family_name.lower(), person.born_on)
        known.add(key, person, frozenset(point.value for point in person.contact_points.all()))
    return known


def _person(each: ExternalPatient) -> Person:
    return Person(
        given_name=each.given_name,
        family_name=each.family_name,
        chosen_name=each.chosen_name,
        born_on=each.born_on,
        language=each.language,
        preferred_channel=each.channel,
        time_zone=each.time_zone,
    )


def _points(new: Iterable[tuple[Person, ExternalPatient]], now: datetime) -> Iterable[ContactPoint]:
    for person, each in new:
        for kind, value in (("phone", each.phone), ("email", each.email)):
            if value:
                yield ContactPoint(person=person, kind=kind, value=value, verified_at=now)


@transaction.atomic
def claim_records(*, user: User, now: datetime) -> int:
    """Let an account act for those whose proven address it has just proven too; for how many.

    Only for people for whom nobody has ever acted: a clinic that moved in brought them.
    """
    proven = [str(value) for value in (user.phone, user.email) if value]
    if user.is_staff or not proven:
        return 0
    own = ContactPoint.objects.filter(
        person=OuterRef("pk"), value__in=proven, verified_at__isnull=False
    )
    people = list(
        Person.objects.select_for_update(of=("self",))
        .filter(Exists(own), ~Q(Exists(ActsFor.objects.filter(person=OuterRef("pk")))))
        .order_by("pk")
    )
    alone = len(people) == 1 and not user.acts_for.exists()
    kind = ActsFor.Relationship.SELF if alone else ActsFor.Relationship.RELATIVE
    ActsFor.objects.bulk_create(
        ActsFor(user=user, person=person, relationship=kind, since=now) for person in people
    )
    if alone and not user.name:
        user.name = people[0].full_name
        user.save(update_fields=["name"])
    audit.note(
        actor=user,
        person_ids=[person.pk for person in people],
        action="person.claim",
        subject="",
        now=now,
    )
    return len(people)
