"""How a person pays: said once, kept with its days, and changed when they say so."""

from datetime import date, datetime, timedelta

import pytest

from people.models import AuditEntry, Coverage
from people.selectors import current_coverage
from people.services.coverage import Paying, say_coverage
from tests.builders import make_patient

pytestmark = pytest.mark.django_db


def test_what_is_said_lasts_until_something_else_is(now: datetime) -> None:
    user, person = make_patient()
    say_coverage(person=person, paying=Paying("self_pay"), user=user, now=now)
    later = now + timedelta(days=30)
    say_coverage(person=person, paying=Paying("insurance", "lakeshore"), user=user, now=later)
    first, second = Coverage.objects.order_by("pk")
    assert (first.kind, first.since, first.until) == (
        "self_pay",
        date(2026, 11, 23),
        date(2026, 12, 23),
    )
    assert (second.plan, second.until) == ("lakeshore", None)
    assert current_coverage(person) == second


def test_saying_the_same_changes_nothing(now: datetime) -> None:
    user, person = make_patient()
    for minutes in range(2):
        say_coverage(
            person=person,
            paying=Paying("insurance", "lakeshore"),
            user=user,
            now=now + timedelta(minutes=minutes),
        )
    assert Coverage.objects.get().said_at == now
    assert AuditEntry.objects.filter(action="coverage.say").count() == 1


def test_a_number_is_kept_when_the_plan_is_said_again_without_it(now: datetime) -> None:
    user, person = make_patient()
    card = Paying("insurance", "lakeshore", subscriber_id="A1")
    say_coverage(person=person, paying=card, user=user, now=now)
    say_coverage(person=person, paying=Paying("insurance", "lakeshore"), user=user, now=now)
    assert Coverage.objects.get().subscriber_id == "A1"


def test_not_knowing_any_more_ends_what_was_known(now: datetime) -> None:
    user, person = make_patient()
    assert say_coverage(person=person, paying=Paying(), user=user, now=now) is None
    say_coverage(person=person, paying=Paying("self_pay"), user=user, now=now)
    assert say_coverage(person=person, paying=Paying(), user=user, now=now) is None
    assert current_coverage(person) is None
    assert Coverage.objects.get().until == date(2026, 11, 23)
