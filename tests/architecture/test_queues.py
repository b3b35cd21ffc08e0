"""Work that is put on a queue is taken from it."""

import shlex
from types import SimpleNamespace

import pytest
from celery import current_app
from django.conf import settings

from local.supervisor import COMMANDS, QUEUES
from messaging.services import nudges
from scheduling.booking.services.freed_times_nudge import FREED_TIMES

WORKER = shlex.split(COMMANDS["worker"])
CONSUMED = set(WORKER[WORKER.index("--queues") + 1].split(","))
NUDGES = [nudges.DELIVERY, FREED_TIMES]
SEND_NOW = nudges.Nudge.send_now  # as it is, before tests silence it


def our_tasks() -> list[str]:
    current_app.loader.import_default_modules()
    return sorted(name for name in current_app.tasks if not name.startswith("celery."))


def queue_of(task: str) -> str:
    """Where a task goes, by Celery's own router."""
    queue = current_app.amqp.router.route({}, task)["queue"]
    return str(getattr(queue, "name", queue))


def test_the_worker_takes_every_queue() -> None:
    assert set(QUEUES) == CONSUMED


def test_every_task_goes_to_a_queue_with_a_worker() -> None:
    lost = {task: queue_of(task) for task in our_tasks() if queue_of(task) not in CONSUMED}
    assert our_tasks()
    assert lost == {}


def test_every_queue_has_a_use() -> None:
    assert {queue_of(task) for task in our_tasks()} == set(QUEUES)


@pytest.mark.parametrize("name", settings.CELERY_BEAT_SCHEDULE)
def test_beat_names_a_task_that_exists(name: str) -> None:
    entry = settings.CELERY_BEAT_SCHEDULE[name]
    assert entry["task"] in our_tasks()
    # Ticks that nobody took in time are dropped: a long line of them would do the same again.
    assert entry["options"]["expires"] > entry["schedule"]


def test_every_task_is_a_tick_of_beat() -> None:
    """What runs only when somebody remembers to call it is forgotten one day."""
    assert {each["task"] for each in settings.CELERY_BEAT_SCHEDULE.values()} == set(our_tasks())


def test_nudges_go_to_the_queue_where_their_work_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[str, str]] = []
    broker = SimpleNamespace(send_task=lambda task, *, queue, retry: sent.append((task, queue)))
    monkeypatch.setattr(nudges, "current_app", broker)
    for each in (*NUDGES, *NUDGES):
        SEND_NOW(each)
    assert [task for task, _ in sent] == [each.task for each in NUDGES], "once until it is received"
    assert all(queue == queue_of(task) for task, queue in sent)
    nudges.DELIVERY.received()
    SEND_NOW(nudges.DELIVERY)
    assert sent[-1][0] == nudges.DELIVERY.task
