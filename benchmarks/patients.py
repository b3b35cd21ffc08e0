"""People who book for themselves, and the browsers in which they are signed in."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from people.models import ActsFor, ContactPoint, Person, User

CSRF = "b" * 32


@dataclass(frozen=True)
class Patient:
    """Somebody who books for themselves, and the cookies of their signed-in browser."""

    user_id: int
    person_id: int
    cookie: str


def patients(count: int) -> list[Patient]:
    """The first so many; those who are missing are made."""
    return [_patient(number) for number in range(count)]


def _patient(number: int) -> Patient:
    phone = f"+1212555{9000 + number}"
    user = User.objects.filter(phone=phone).first()
    if user is None:
        user = User.objects.create_user(phone=phone, name="Bench Patient")
        person = Person.objects.create(
            given_name="Bench", family_name=f"Patient {number}", born_on=date(1980, 1, 1)
        )
        for kind, value in (("phone", phone), ("email", f"bench{number}@example.com")):
            ContactPoint.objects.create(person=person, kind=kind, value=value)
        ActsFor.objects.create(
            user=user, person=person, relationship="self", since=datetime(2026, 1, 1, tzinfo=UTC)
        )
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "people.backends.OneTimeCodeBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    cookie = f"sessionid={session.session_key}; csrftoken={CSRF}"
    person_id = ActsFor.objects.get(user=user).person_id
    return Patient(user.pk, person_id, cookie)
