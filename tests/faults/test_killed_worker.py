"""A worker is killed at the worst moment, and Redis forgets everything."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from tests.stack import Stack, eventually, running_stack

pytestmark = [pytest.mark.stack, pytest.mark.complete]

MORNING = datetime(2026, 11, 30, 15, 0, tzinfo=UTC)
PATIENTS = 24
QUEUE = f"""
from datetime import date
import clock
from django.db import transaction
from messaging.services import outbox
from people.models import ContactPoint, Person
now = clock.now()
with transaction.atomic():
    for number in range({PATIENTS}):
        person = Person.objects.create(
            given_name="Pat", family_name=f"Number {{number}}", born_on=date(1960, 1, 1)
        )
        ContactPoint.objects.create(
            person=person, kind="phone", value=f"+1303555{{number:04d}}", verified_at=now
        )
        outbox.queue_messages(
            kind="staff_reply", person=person, channels=["sms"], key=f"kill:{{number}}",
            facts={{"text": f"Message {{number}}"}}, now=now,
        )
"""


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    """Short leases, so that what a dead worker held comes back within seconds."""
    with running_stack(
        tmp_path,
        redis_number=14,
        at=MORNING,
        TWILIO_TIMEOUT_SECONDS="6",
        MESSAGE_LEASE_SECONDS="7",
        RECONCILE_AFTER_SECONDS="1",
    ) as running:
        yield running


def outbound(stack: Stack) -> Counter[str]:
    """How many texts each phone was sent."""
    listed = stack.sandbox("messages?direction=outbound-api&limit=1000")
    texts = listed["messages"] if isinstance(listed, dict) else listed
    return Counter(text["to"] for text in texts)


def undecided(stack: Stack) -> int:
    (count,) = stack.query(
        "SELECT count(*) FROM messaging_message "
        "WHERE state NOT IN ('accepted', 'sent', 'delivered')"
    )[0]
    return int(count)


SILENT, TALKING = "+13035550000", "+13035550009"


def test_every_message_arrives_exactly_once_though_the_worker_is_killed_while_sending(
    stack: Stack,
) -> None:
    stack.kill("worker")
    stack.manage("shell", "-c", QUEUE)
    # The provider takes these texts at once and keeps the worker waiting for its answer. Of the
    # first it reports nothing either, so that only its list can tell.
    stack.sandbox("faults", channel="sms", to=SILENT, action="no_callbacks")
    for number in (SILENT, TALKING):
        stack.sandbox(
            "faults", channel="sms", to=number, action="delay_after_accept", seconds=5.5, times=1
        )
    stack.start("worker")

    for number in (SILENT, TALKING):
        eventually(partial(reached, stack, number), what="the provider has the text")
        if number == SILENT:
            assert state_of(stack, number) == ("sending", ""), "killed before its commit"
        stack.kill("worker")
        stack.flush_redis()
        stack.start("worker")

    eventually(lambda: undecided(stack) == 0, within=90, what="every message is settled")
    sent = outbound(stack)
    assert len(sent) == PATIENTS
    assert set(sent.values()) == {1}, f"sent more than once: {sent}"
    for number in (SILENT, TALKING):
        tries = stack.query(
            "SELECT attempt.number, attempt.outcome FROM messaging_attempt AS attempt "
            "JOIN messaging_message AS message ON message.id = attempt.message_id "
            "WHERE message.address = %s",
            number,
        )
        assert tries == [(1, "accepted")], "found at the provider, not sent again"
    stack.wait_until_ready()


def reached(stack: Stack, number: str) -> bool:
    return outbound(stack)[number] > 0


def state_of(stack: Stack, number: str) -> tuple[str, str]:
    (row,) = stack.query(
        "SELECT state, provider_sid FROM messaging_message WHERE address = %s", number
    )
    return row[0], row[1]
