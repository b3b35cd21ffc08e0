"""A message's states: a closed table that the database shares."""

from datetime import datetime

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from messaging.models import Message
from messaging.rules.delivery import PROGRESS, PROVIDER_STATUS, raised_by_receipt
from messaging.services.fallback import HOPEFUL
from messaging.transitions import LOST, OUT, TOLD, TRANSITIONS, State, allowed, sources_of
from people.models import Person
from tests.messaging.world import queue


def test_the_table_is_closed() -> None:
    assert set(TRANSITIONS) == set(State)
    assert frozenset().union(*TRANSITIONS.values()) <= set(State)
    for after in State:
        assert sources_of(after) == {before for before in State if allowed(before, after)}


def test_every_state_can_be_reached_and_every_way_ends() -> None:
    reached, ahead = set(), {State.SCHEDULED}
    while ahead:
        state = ahead.pop()
        reached.add(state)
        ahead |= {State(after) for after in TRANSITIONS[state]} - reached
    assert reached == set(State)
    ends = {state for state in State if not TRANSITIONS[state]}
    assert ends == {
        State.DELIVERED,
        State.UNDELIVERED,
        State.FAILED,
        State.SUPPRESSED,
        State.EXPIRED,
        State.DEAD,
    }
    assert ends >= LOST
    assert not LOST & (OUT | HOPEFUL)


def test_nothing_is_sent_twice_by_the_table() -> None:
    """What the provider has never goes back to waiting, and only a claimed message is sent."""
    for state in TOLD:
        assert not TRANSITIONS[state] & {State.PENDING, State.CLAIMED, State.SENDING}
    assert sources_of(State.SENDING) == {State.CLAIMED}
    assert sources_of(State.CLAIMED) == {State.PENDING}


@given(st.sampled_from(sorted(PROGRESS)), st.lists(st.sampled_from([*PROVIDER_STATUS, "new"])))
def test_receipts_only_ever_raise_whatever_their_order(state: str, reported: list[str]) -> None:
    seen = [state]
    for status in reported:
        after = raised_by_receipt(seen[-1], status)
        if after is not None:
            assert allowed(seen[-1], after)
            assert PROGRESS[after] > PROGRESS[seen[-1]]
            seen.append(after)
    best = max((PROGRESS[PROVIDER_STATUS[each]] for each in reported if each != "new"), default=0)
    assert PROGRESS[seen[-1]] == max(best, PROGRESS[state])


@pytest.mark.parametrize("state", [*TOLD, State.SUPPRESSED, State.EXPIRED, State.DEAD])
def test_what_is_settled_hears_no_older_news(state: str) -> None:
    assert raised_by_receipt(state, "queued") is None


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"state": "posted"}, "message_state_known"),
        ({"channel": "fax"}, "message_channel_known"),
        ({"state": "suppressed", "reason": ""}, "message_suppressed_why"),
    ],
)
def test_the_database_refuses_what_the_table_does_not_know(
    rosa: Person, now: datetime, change: dict[str, str], constraint: str
) -> None:
    message = queue(rosa, now=now)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Message.objects.filter(pk=message.pk).update(**change)


def test_two_messages_never_share_the_providers_name(rosa: Person, now: datetime) -> None:
    one, two = queue(rosa, now=now), queue(rosa, now=now)
    Message.objects.filter(pk=one.pk).update(provider_sid="SM1")
    with pytest.raises(IntegrityError, match="message_provider_sid_once"), transaction.atomic():
        Message.objects.filter(pk=two.pk).update(provider_sid="SM1")
