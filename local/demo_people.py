"""The demo's invented staff, with ready sign-ins, and its invented patients."""

import json
import os
import secrets
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

from people.models import Coverage, Person, StaffRole, User
from scheduling.models import Clinician, Plan, Site, SiteAssignment

DOMAIN = "northfield.example"
Role = StaffRole.Role
STAFF = [
    ("Dolores Whitaker", "desk", Role.FRONT_DESK),
    ("Jonah Adeyemi", "agent", Role.AGENT),
    ("Marguerite Chen", "manager", Role.MANAGER),
    ("Viktor Salas", "admin", Role.ADMINISTRATOR),
]
GIVEN = (
    "Alma Bruno Celia Dmitri Esther Farid Gloria Hector Ingrid Jamal Kavita Luis Miriam Nadia "
    "Oscar Paloma Quentin Rania Stefan Thuy Uma Vincent Wanda Xavier Yusuf Zofia"
).split()
FAMILY = (
    "Abbott Bianchi Castillo Dubois Eriksen Fofana Green Hassan Ivanova Jensen Kaplan Lindqvist "
    "Moreau Nakamura Oliveira Park Quispe Rossi Sato Tran Underwood Vargas Weber Xu Young Zamora"
).split()
WORDS = (
    "amber brook cedar dune ember fern grove harbor iris jade kite lark maple north olive pearl "
    "quartz river stone tide umber valley willow yarrow zephyr"
).split()
PATIENTS = 80


def load_staff(path: Path) -> None:
    """One account for each role, and one for each clinician, each with a second factor.

    The sign-ins are written to ``path``, readable by this account alone. Running again makes
    new passwords.
    """
    sites = list(Site.objects.filter(active=True))
    signs_in: list[dict[str, str]] = []
    for name, alias, role in STAFF:
        user = _account(f"{alias}@{DOMAIN}", name, role)
        _assign(user, sites)
        signs_in.append(_ready(user, role))
    for clinician in Clinician.objects.filter(active=True).order_by("pk"):
        alias = clinician.resource.slug.split("-")[0]
        user = _account(f"{alias}@{DOMAIN}", clinician.name, Role.CLINICIAN)
        _assign(
            user,
            list(Site.objects.filter(availability_rules__resource=clinician.resource).distinct()),
        )
        clinician.user = user
        clinician.save(update_fields=["user"])
        signs_in.append(_ready(user, Role.CLINICIAN))
    _write_private(path, json.dumps(signs_in, indent=1))


def _account(email: str, name: str, role: str) -> User:
    user, _ = User.objects.get_or_create(email=email, defaults={"name": name, "is_staff": True})
    EmailAddress.objects.get_or_create(
        user=user, email=email, defaults={"verified": True, "primary": True}
    )
    StaffRole.objects.get_or_create(user=user, role=role)
    if role == Role.ADMINISTRATOR:
        User.objects.filter(pk=user.pk).update(is_superuser=True)
    return user


def _assign(user: User, sites: list[Site]) -> None:
    SiteAssignment.objects.bulk_create(
        [SiteAssignment(user=user, site=site) for site in sites], ignore_conflicts=True
    )


def _ready(user: User, role: str) -> dict[str, str]:
    """A password and a second factor, made up now."""
    password = "-".join(
        [*(secrets.choice(WORDS) for _ in range(3)), f"{secrets.randbelow(90) + 10}"]
    )
    user.set_password(password)
    user.save(update_fields=["password"])
    user.authenticator_set.all().delete()  # type: ignore[attr-defined]  # allauth is untyped
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return {
        "name": user.name,
        "email": user.email or "",
        "role": str(Role(role).label),
        "password": password,
        "secret": secret,
    }


def _write_private(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)


def load_patients() -> list[Person]:
    """Invented people who are never written to: they are there to make the calendars real."""
    dice = Random(20)
    return Person.objects.bulk_create(
        Person(
            given_name=dice.choice(GIVEN),
            family_name=dice.choice(FAMILY),
            born_on=date(1940, 1, 1) + timedelta(days=dice.randrange(29_000)),
            language=dice.choice(["en", "en", "es"]),
            do_not_contact=True,
        )
        for _ in range(PATIENTS)
    )


def load_coverage(patients: list[Person], *, now: datetime) -> None:
    """How they pay: most are insured, some pay themselves, of some we do not know."""
    dice = Random(21)
    plans = [plan.slug for plan in Plan.objects.filter(active=True)]
    kinds = [Coverage.Kind.INSURANCE] * 8 + [Coverage.Kind.SELF_PAY]
    known = [(person, dice.choice(kinds)) for person in patients if dice.random() < 0.8]
    Coverage.objects.bulk_create(
        Coverage(
            person=person,
            kind=kind,
            plan=dice.choice(["", *plans]) if kind == Coverage.Kind.INSURANCE else "",
            since=now.date(),
            said_at=now,
        )
        for person, kind in known
    )
