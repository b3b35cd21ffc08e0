"""Writing down what a person says about paying for their care."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from people.models import Coverage, Person, User
from people.selectors import current_coverage
from people.services import audit


@dataclass(frozen=True, slots=True)
class Paying:
    """How somebody pays. Without ``kind`` we do not know; ``plan`` is empty for a plan that the
    clinic does not take. None leaves what is known of the same plan as it is.
    """

    kind: str = ""
    plan: str = ""
    plan_name: str | None = None
    subscriber_id: str | None = None


@transaction.atomic
def say_coverage(*, person: Person, paying: Paying, user: User, now: datetime) -> Coverage | None:
    """From today on the person pays like this. What was said before is kept, and ends today.

    The caller has checked that ``user`` may act for ``person``. Saying the same again changes
    nothing; more about the same plan, such as its number, does not make it new.
    """
    Person.objects.select_for_update().get(pk=person.pk)
    current = current_coverage(person)
    if current is not None and (current.kind, current.plan) == (paying.kind, paying.plan):
        changed = _add(current, paying)
    elif current is None and not paying.kind:
        return None
    else:
        current, changed = _replace(person, current, paying, now), True
    if changed:
        audit.note(
            actor=user,
            person_ids=[person.pk],
            action="coverage.say",
            subject=f"person:{person.pk}",
            now=now,
        )
    return current


def _add(current: Coverage, paying: Paying) -> bool:
    """Write down more about the same plan; whether anything is new."""
    more = {"plan_name": paying.plan_name, "subscriber_id": paying.subscriber_id}
    new = {
        name: value
        for name, value in more.items()
        if value is not None and value != getattr(current, name)
    }
    for name, value in new.items():
        setattr(current, name, value)
    if new:
        current.save(update_fields=list(new))
    return bool(new)


def _replace(
    person: Person, current: Coverage | None, paying: Paying, now: datetime
) -> Coverage | None:
    today = now.astimezone(ZoneInfo(person.time_zone)).date()
    if current is not None:
        current.until = max(today, current.since)
        current.save(update_fields=["until"])
    if not paying.kind:
        return None
    return Coverage.objects.create(
        person=person,
        kind=paying.kind,
        plan=paying.plan,
        plan_name=paying.plan_name or "",
        subscriber_id=paying.subscriber_id or "",
        since=today,
        said_at=now,
    )
