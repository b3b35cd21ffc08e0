"""The worklist: what people have to say or do, and what came of it."""

from datetime import datetime, timedelta

import pytest
from django.test import Client

from contactcenter.words import TASKS
from messaging.kinds import registry
from messaging.models import Task
from people.models import AuditEntry, Person, User
from tests.architecture.flows import say_everything
from tests.builders import make_person, make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock_at_now")]


def make_task(now: datetime, *, role: str = "agent", hours_ago: int = 1, person: Person) -> Task:
    return Task.objects.create(
        key=f"{role}:{hours_ago}",
        kind="inbox",
        detail="Can I bring my dog?",
        role=role,
        person=person,
        due_at=now - timedelta(hours=hours_ago),
        created_at=now,
    )


@pytest.fixture
def person() -> Person:
    return make_person()


@pytest.fixture
def agent() -> User:
    return make_staff("agent")


@pytest.fixture
def desk(agent: User) -> Client:
    browser = Client()
    browser.force_login(agent)
    return browser


def test_it_lists_the_open_tasks_of_ones_role_the_most_urgent_first(
    desk: Client, person: Person, now: datetime
) -> None:
    later, sooner = (make_task(now, hours_ago=hours, person=person) for hours in (1, 5))
    make_task(now, role="manager", person=person)
    done = make_task(now, hours_ago=9, person=person)
    Task.objects.filter(pk=done.pk).update(status="done")
    answer = desk.get("/desk/worklist/")
    assert [task for task, _ in answer.context["tasks"]] == [sooner, later]


def test_staff_read_what_to_do_in_their_own_language(
    desk: Client, person: Person, now: datetime
) -> None:
    task = make_task(now, person=person)
    for address in ("/desk/worklist/", f"/desk/worklist/{task.pk}/"):
        assert "A patient wrote to us" in desk.get(address).content.decode()
        spanish = desk.get(address, headers={"accept-language": "es"}).content.decode()
        assert "Un paciente nos escribió" in spanish


def test_everything_that_may_be_handed_to_a_person_has_words(now: datetime) -> None:
    say_everything(now)
    handed = set(Task.objects.values_list("kind", flat=True))
    assert {"inbox", "call_back"} <= handed
    may_be = {kind.name for kind in registry().values() if kind.fallback}
    assert (handed | may_be) - set(TASKS) == set()


def test_an_administrator_sees_everyones(person: Person, now: datetime) -> None:
    for role in ("agent", "manager"):
        make_task(now, role=role, person=person)
    browser = Client()
    browser.force_login(make_staff("administrator"))
    assert len(browser.get("/desk/worklist/").context["tasks"]) == 2


def test_another_roles_task_does_not_exist(desk: Client, person: Person, now: datetime) -> None:
    task = make_task(now, role="manager", person=person)
    assert desk.get(f"/desk/worklist/{task.pk}/").status_code == 404
    assert desk.post(f"/desk/worklist/{task.pk}/", {"outcome": "reached"}).status_code == 404


def test_a_task_shows_the_words_and_the_number_and_leaves_a_trail(
    desk: Client, agent: User, person: Person, now: datetime
) -> None:
    task = make_task(now, person=person)
    page = desk.get(f"/desk/worklist/{task.pk}/").content.decode()
    assert "Can I bring my dog?" in page
    assert "0142" in page
    entry = AuditEntry.objects.latest("pk")
    assert (entry.actor, entry.person, entry.subject) == (agent, person, f"task:{task.pk}")


def test_reaching_the_patient_closes_the_task(
    desk: Client, agent: User, person: Person, now: datetime
) -> None:
    task = make_task(now, person=person)
    posted = {"outcome": "reached", "note": "Dogs may wait outside."}
    assert desk.post(f"/desk/worklist/{task.pk}/", posted).headers["Location"] == "/desk/worklist/"
    task.refresh_from_db()
    assert (task.status, task.closed_at) == ("done", now)
    attempt = task.attempts.get()
    assert (attempt.by, attempt.outcome, attempt.note) == (agent, "reached", posted["note"])


@pytest.mark.parametrize("outcome", ["no_answer", "left_word"])
def test_not_reaching_them_leaves_it_open_and_counted(
    desk: Client, person: Person, now: datetime, outcome: str
) -> None:
    task = make_task(now, person=person)
    desk.post(f"/desk/worklist/{task.pk}/", {"outcome": outcome})
    desk.post(f"/desk/worklist/{task.pk}/", {"outcome": outcome})
    task.refresh_from_db()
    assert (task.status, task.attempts.count()) == ("open", 2)


def test_what_happened_must_be_chosen(desk: Client, person: Person, now: datetime) -> None:
    task = make_task(now, person=person)
    answer = desk.post(f"/desk/worklist/{task.pk}/", {"outcome": "", "note": "called"})
    assert "Choose what happened." in answer.content.decode()
    assert not task.attempts.exists()
