"""Who works on a message: one worker at a time, and for a limited time."""

import threading
from collections import Counter
from datetime import datetime, timedelta
from itertools import chain

import pytest
from django.db import connections, transaction
from pytest_django import Settings

from messaging.models import Attempt, Message
from messaging.services.claiming import claim_due, promote_due, sweep_expired_leases
from messaging.services.delivery import deliver
from messaging.services.reconciling import reconcile
from messaging.transitions import State
from people.models import Person
from tests.messaging.world import leases_run_out, queue, seen, send_due
from tests.sandbox.world import Sandbox

MINUTE = timedelta(minutes=1)


def test_what_is_due_is_claimed_most_urgent_first(rosa: Person, now: datetime) -> None:
    ordinary = queue(rosa, now=now, kind="notice")
    urgent = queue(rosa, now=now, kind="broken_notice")
    older = queue(rosa, now=now - MINUTE, kind="notice")
    later = queue(rosa, now=now, kind="notice", due_at=now + MINUTE)
    assert claim_due(worker="w", now=now, limit=10) == [urgent.pk, older.pk, ordinary.pk]
    assert claim_due(worker="w", now=now, limit=10) == []
    assert seen(later).state == State.SCHEDULED
    assert promote_due(now=now) == 0
    assert promote_due(now=now + MINUTE) == 1
    assert claim_due(worker="w", now=now + MINUTE, limit=10) == [later.pk]


def test_a_batch_is_no_larger_than_asked(rosa: Person, now: datetime) -> None:
    for _ in range(5):
        queue(rosa, now=now)
    assert len(claim_due(worker="w", now=now, limit=2)) == 2


def claim_elsewhere(claimed: list[int], now: datetime) -> threading.Thread:
    """Another worker, with a connection of its own, claims all it can get."""

    def work() -> None:
        try:
            while batch := claim_due(worker="other", now=now, limit=3):
                claimed.extend(batch)
        finally:
            connections.close_all()

    thread = threading.Thread(target=work)
    thread.start()
    return thread


@pytest.mark.django_db(transaction=True)
def test_a_worker_passes_over_what_another_is_just_claiming(rosa: Person, now: datetime) -> None:
    messages = {queue(rosa, now=now).pk for _ in range(10)}
    theirs: list[int] = []
    with transaction.atomic():
        mine = claim_due(worker="first", now=now, limit=4)
        other = claim_elsewhere(theirs, now)
        other.join(timeout=20)
        assert not other.is_alive(), "it waited for the first"
    assert Counter(mine + theirs) == dict.fromkeys(messages, 1)


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_never_claim_the_same_message(rosa: Person, now: datetime) -> None:
    messages = {queue(rosa, now=now).pk for _ in range(100)}
    claimed: list[list[int]] = [[], [], []]
    for thread in [claim_elsewhere(own, now) for own in claimed]:
        thread.join(timeout=30)
    assert Counter(chain.from_iterable(claimed)) == dict.fromkeys(messages, 1)


def test_what_a_dead_worker_only_claimed_waits_again(rosa: Person, now: datetime) -> None:
    message = queue(rosa, now=now)
    claim_due(worker="dead", now=now, limit=1)
    assert sweep_expired_leases(now=now) == 0, "its lease is not over"
    leases_run_out()
    assert sweep_expired_leases(now=now) == 1
    assert (seen(message).state, message.claimed_by, message.tries) == (State.PENDING, "", 0)
    assert claim_due(worker="alive", now=now, limit=1) == [message.pk]


def test_what_a_dead_worker_was_sending_is_uncertain(
    rosa: Person, now: datetime, settings: Settings
) -> None:
    settings.RECONCILE_AFTER_SECONDS = 3600.0
    message = queue(rosa, now=now)
    claim_due(worker="dead", now=now, limit=1)
    Message.objects.update(state=State.SENDING, tries=1)
    Attempt.objects.create(message=message, number=1, started_at=now)
    leases_run_out()
    assert sweep_expired_leases(now=now) == 1
    assert seen(message).state == State.UNKNOWN
    assert message.attempts.get().outcome == Attempt.Outcome.UNKNOWN
    assert send_due(now) == [], "never sent again before somebody has looked"
    assert reconcile(now=now) == 0, "the provider is given time to know of it"
    assert seen(message).state == State.UNKNOWN


def test_a_worker_that_lost_its_lease_sends_nothing(
    rosa: Person, now: datetime, sandbox: Sandbox
) -> None:
    message = queue(rosa, now=now)
    claim_due(worker="slow", now=now, limit=1)
    leases_run_out()
    deliver(message_id=message.pk, worker="slow", now=now)
    assert seen(message).state == State.CLAIMED
    sweep_expired_leases(now=now)
    claim_due(worker="quick", now=now, limit=1)
    deliver(message_id=message.pk, worker="slow", now=now)
    assert seen(message).claimed_by == "quick"
    assert not message.attempts.exists()
    assert sandbox.get("/control/messages") == []
    deliver(message_id=message.pk, worker="quick", now=now)
    deliver(message_id=message.pk, worker="quick", now=now)
    assert len(sandbox.get("/control/messages")) == 1
