"""Creating and finding the records of people, once they have proven who they are."""

from datetime import date, datetime
from typing import Any

from django.db import transaction

from people.exceptions import AddressTaken
from people.models import ActsFor, Consent, ContactPoint, Person, User
from people.selectors import REGISTERED, TAKEN_ON, people_acted_for, registered_by
from people.services import audit

# What somebody who is cared for begins with.
LIKE_THE_CARER = ("language", "time_zone", "preferred_channel")


def account_for_proven_phone(*, phone: str) -> User:
    """The account that this proven number signs in to; made when there is none yet."""
    user, created = User.objects.get_or_create(phone=phone)
    if created:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    return user


@transaction.atomic
def record_person(
    *,
    user: User,
    given_name: str,
    family_name: str,
    born_on: date,
    phone: str,
    email: str,
    language: str,
    time_zone: str,
    preferred_channel: str,
    now: datetime,
) -> Person:
    """The person this account books for: one it already acts for, or a new record.

    A person is the same when name and date of birth are, among those the account acts for.
    Records of others are never matched by what a visitor types: a name and a date of birth
    prove nothing. Contact preferences and addresses are brought up to date.
    """
    # Two windows of one account must not make two records of one person.
    User.objects.select_for_update().get(pk=user.pk)
    person = (
        people_acted_for(user, now=now)
        .filter(
            given_name__iexact=given_name,
            family_name__iexact=family_name,
            born_on=born_on,
        )
        .order_by("pk")
        .first()
    )
    if person is None:
        person = Person.objects.create(
            given_name=given_name, family_name=family_name, born_on=born_on
        )
        first = not user.acts_for.exists()
        ActsFor.objects.create(
            user=user,
            person=person,
            relationship=(ActsFor.Relationship.SELF if first else ActsFor.Relationship.RELATIVE),
            since=now,
        )
        Consent.objects.create(
            person=person, purpose=Consent.Purpose.CARE, granted=True, said_at=now, how="booking"
        )
        if first:
            user.name = person.full_name
            user.save(update_fields=["name"])
    person.language = language
    person.time_zone = time_zone
    person.preferred_channel = preferred_channel
    person.save(update_fields=["language", "time_zone", "preferred_channel"])
    proven = phone if user.phone and str(user.phone) == phone else None
    add_contact_point(person=person, kind="phone", value=phone, verified_at=now if proven else None)
    if email:
        add_contact_point(person=person, kind="email", value=email.lower(), verified_at=None)
    return person


@transaction.atomic
def add_person(
    *,
    user: User,
    given_name: str,
    family_name: str,
    born_on: date,
    relationship: str,
    now: datetime,
) -> Person:
    """Somebody this account acts for from now on: a new record, never one that is there already.

    A name and a date of birth prove nothing: who has a record here is joined to an account at the
    desk. Only among those the account acts for the same person is found again. They are reached
    by the phone that the account has proven.
    """
    User.objects.select_for_update().get(pk=user.pk)
    known = people_acted_for(user, now=now).filter(
        given_name__iexact=given_name, family_name__iexact=family_name, born_on=born_on
    )
    if (found := known.order_by("pk").first()) is not None:
        return found
    carer = people_acted_for(user, now=now).order_by("pk").first()
    preferences = {name: getattr(carer, name) for name in LIKE_THE_CARER} if carer else {}
    person = Person.objects.create(
        given_name=given_name, family_name=family_name, born_on=born_on, **preferences
    )
    ActsFor.objects.create(user=user, person=person, relationship=relationship, since=now)
    Consent.objects.create(
        person=person, purpose=Consent.Purpose.CARE, granted=True, said_at=now, how="added by carer"
    )
    if user.phone:
        add_contact_point(person=person, kind="phone", value=str(user.phone), verified_at=now)
    if user.email:
        add_contact_point(person=person, kind="email", value=user.email, verified_at=now)
    audit.note(
        actor=user,
        person_ids=[person.pk],
        action="person.add",
        subject=f"person:{person.pk}",
        now=now,
    )
    return person


@transaction.atomic
def register_patient(
    *,
    user: User,
    where: str,
    given_name: str,
    family_name: str,
    born_on: date,
    phone: str,
    email: str,
    language: str,
    time_zone: str,
    preferred_channel: str,
    read_back: bool,
    now: datetime,
) -> Person:
    """Staff write down somebody new, by what they say of themselves.

    ``where`` is what the trail calls the place that takes them on (``site:3``). Staff vouch for
    what they have ``read_back`` to them: it counts as proven, and who proves it themselves has the
    record from then on (``external_patients.claim_records``). Writing the same person down twice
    is one record: same name, date of birth, phone and e-mail, by one account.
    """
    User.objects.select_for_update().get(pk=user.pk)
    who: dict[str, Any] = {"given_name": given_name, "family_name": family_name, "born_on": born_on}
    addresses: dict[str, Any] = {"phone": phone, "email": email.lower()}
    if (known := registered_by(user, **who, **addresses)) is not None:
        return known
    person = Person.objects.create(
        **who, language=language, time_zone=time_zone, preferred_channel=preferred_channel
    )
    Consent.objects.create(
        person=person, purpose=Consent.Purpose.CARE, granted=True, said_at=now, how="told staff"
    )
    proven = now if read_back else None
    for kind, value in addresses.items():
        if value:
            add_contact_point(person=person, kind=kind, value=value, verified_at=proven)
    audit.note(actor=user, person_ids=[person.pk], action=REGISTERED, subject=where, now=now)
    return person


@transaction.atomic
def take_on_patient(*, user: User, where: str, person: Person, now: datetime) -> None:
    """Who has a record here already is a patient at ``where`` too from now on (``site:3``).

    The caller has made sure that it is they: by name, date of birth and phone.
    """
    audit.note(actor=user, person_ids=[person.pk], action=TAKEN_ON, subject=where, now=now)


@transaction.atomic
def choose_name(*, person: Person, name: str, user: User, now: datetime) -> None:
    """Call the person by ``name`` from now on; by their first name when it is empty.

    The first and last name of the record stay: they say who somebody is.
    """
    person.chosen_name = name
    person.save(update_fields=["chosen_name"])
    audit.note(
        actor=user,
        person_ids=[person.pk],
        action="person.choose_name",
        subject=f"person:{person.pk}",
        now=now,
    )


@transaction.atomic
def record_proven_email(*, user: User, email: str, now: datetime) -> None:
    """This account has proven an e-mail: it signs in with it from now on.

    Raises AddressTaken when another account signs in with it.
    """
    if User.objects.filter(email=email).exclude(pk=user.pk).exists():
        raise AddressTaken
    user.email = email
    user.save(update_fields=["email"])
    ContactPoint.objects.filter(
        person__acted_for_by__user=user, kind="email", value=email, verified_at=None
    ).update(verified_at=now)


def add_contact_point(
    *, person: Person, kind: str, value: str, verified_at: datetime | None
) -> ContactPoint:
    """An address of the person, once; a proof, once given, stays."""
    point, _ = ContactPoint.objects.get_or_create(person=person, kind=kind, value=value)
    if verified_at and not point.verified_at:
        point.verified_at = verified_at
        point.save(update_fields=["verified_at"])
    return point
