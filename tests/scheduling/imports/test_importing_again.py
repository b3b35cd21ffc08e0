"""A file that comes again brings the visits of an earlier one up to date: all of them, or none."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from messaging.models import Message
from messaging.transitions import State
from people.models import AuditEntry, Person, User
from people.services.external_patients import claim_records
from reminders.services.planning import plan_reminders
from scheduling.booking.services.lifecycle import cancel_for_patient, confirm
from scheduling.booking.services.rescheduling import reschedule_appointment
from scheduling.imports.rules.csv_lines import Line
from scheduling.imports.rules.merging import FiledVisit, ImportHistory, verdict
from scheduling.imports.selectors.incoming import Incoming, SortedLines
from scheduling.imports.services.importing import BATCH
from scheduling.models import Allocation, Appointment, AppointmentEvent, ImportedAppointment
from tests.builders import make_appointment, make_default_reminder_rules, make_staff
from tests.scheduling.booking.test_races import OVERLAPS, query
from tests.scheduling.imports.test_importing import (
    TODAY,
    kinds,
    line,
    read,
    run,
    seen_in,
    take,
    text_of,
    uploads,
)
from tests.scheduling.world import Clinic, make_clinic, rows_written

# --- Three tellings, without a database

HELD = st.none() | st.builds(
    FiledVisit,
    site=st.sampled_from(["lake", "hill"]),
    clinician=st.just("chen"),
    mode=st.just("in_person"),
    day=st.just(date(2026, 11, 24)),
    wall=st.sampled_from([time(10), time(11)]),
    offset=st.just(timedelta(hours=-5)),
)


def line_saying(told: FiledVisit | None) -> Line:
    cells = {} if told is None else {"site": told.site, "time": f"{told.wall:%H:%M}"}
    (found,) = read(line(status="canceled" if told is None else "booked", **cells))
    assert isinstance(found, Line)
    return found


@given(came=HELD, stands=HELD, says=HELD)
def test_whoever_alone_has_changed_a_visit_is_right(
    came: FiledVisit | None, stands: FiledVisit | None, says: FiledVisit | None
) -> None:
    found = verdict(line_saying(says), ImportHistory(came, stands, changed_here=came != stands))
    if says == stands:
        assert found == "same"
    elif came == stands:
        assert found == ("canceled" if says is None else "moved" if stands else "ended")
    else:
        assert found == ("kept" if says == came else "changed_here")


# --- What a later file changes


@pytest.fixture
def clinic(db: None, clock_at_now: datetime) -> Clinic:
    clinic = make_clinic()
    for row, slug in (
        (clinic.site, "lake"),
        (clinic.visit_type, "blood-test"),
        (clinic.clinician.resource, "chen"),
    ):
        row.slug = slug
        row.save()
    return clinic


def changes(done: Any) -> list[tuple[int, str, str]]:
    return [(each.line, each.kind, each.source_id) for each in done.changes]


def visit_of(source_id: str) -> Appointment:
    return ImportedAppointment.objects.get(source_id=source_id).appointment


def taken_by(visit: Appointment) -> list[datetime]:
    rows = Allocation.objects.filter(active=True, appointment=visit)
    return [row.during.lower for row in rows if row.during.lower]


def as_rosa(now: datetime) -> User:
    """The patient's account, once she has proven her phone."""
    user = User.objects.create_user(phone="+12125550142")
    claim_records(user=user, now=now)
    return user


def test_what_moved_and_what_was_canceled_there_is_so_here(clinic: Clinic, now: datetime) -> None:
    lines = [line(source_id=str(n), time=f"{9 + n}:00") for n in range(1, 5)]
    take(*lines, now=now)
    moved, before = visit_of("2"), rows_written()
    lines[1] = line(source_id="2", day="2026-11-25", time="15:00")
    lines[2] = line(source_id="3", time="12:00", status="canceled")
    lines[3] = line(source_id="4", time="13:00", status="confirmed")
    looked = take(*lines, line(source_id="5", time="14:00"), now=now, dry_run=True)
    assert changes(looked) == [
        (3, "moved", "2"),
        (4, "canceled", "3"),
        (5, "confirmed", "4"),
        (6, "new", "5"),
    ]
    assert rows_written() == before
    done = take(*lines, line(source_id="5", time="14:00"), now=now)
    assert (changes(done), done.known, done.written) == (changes(looked), 2, True)
    after = visit_of("2")
    assert (after.pk, after.version, after.status) == (moved.pk, 2, "booked")
    assert after.starts_at == clinic.at(15, day=date(2026, 11, 25))
    assert (after.local_date, after.local_time) == (date(2026, 11, 25), time(15))
    assert taken_by(after) == [after.starts_at]
    event = AppointmentEvent.objects.get(appointment=after, kind="moved")
    assert (event.from_starts_at, event.from_site, event.reason) == (
        moved.starts_at,
        clinic.site,
        "moved in",
    )
    assert (visit_of("3").status, taken_by(visit_of("3"))) == ("canceled", [])
    assert visit_of("4").status == "confirmed"
    again = take(*lines, line(source_id="5", time="14:00"), now=now)
    assert (changes(again), again.known) == ([], 5)
    assert Person.objects.count() == 1


def test_nothing_is_changed_when_anything_is_wrong(clinic: Clinic, now: datetime) -> None:
    take(line(), line(source_id="2", time="11:00"), now=now)
    before = rows_written()
    done = take(
        line(time="15:00"),
        line(source_id="2", time="11:00", status="canceled"),
        line(source_id="3", phone="x"),
        now=now,
    )
    assert (kinds(done), done.written) == ([(4, "phone")], False)
    assert rows_written() == before
    assert visit_of("1").starts_at == clinic.at(10)


@pytest.mark.parametrize("batch", [1, 2, 500])
def test_visits_may_change_places_and_take_what_others_give_up(
    clinic: Clinic, now: datetime, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scheduling.imports.services.importing.BATCH", batch)
    hours = {"1": 9, "2": 10, "3": 11, "4": 12, "5": 13}
    take(*[line(source_id=key, time=f"{hour:02d}:00") for key, hour in hours.items()], now=now)
    then = {"6": 13, "1": 10, "2": 9, "3": 12, "4": 14}  # two change places, the others make way
    done = take(
        *[line(source_id=key, time=f"{hour:02d}:00") for key, hour in then.items()],
        line(source_id="5", time="13:00", status="canceled"),
        now=now,
    )
    assert done.problems == ()
    assert {key: visit_of(key).starts_at for key in then} == {
        key: clinic.at(hour) for key, hour in then.items()
    }
    assert {key: taken_by(visit_of(key)) for key in then} == {
        key: [clinic.at(hour)] for key, hour in then.items()
    }
    assert query(OVERLAPS) == 0


def test_who_finds_no_place_keeps_theirs_when_the_wrong_lines_are_skipped(
    clinic: Clinic, now: datetime
) -> None:
    take(line(), line(source_id="2", time="11:00"), now=now)
    done = take(
        line(time="11:00"),  # where the second still is
        line(source_id="2", time="25:00"),
        line(source_id="3", time="10:00"),  # which the first did not leave
        now=now,
        skip_wrong=True,
    )
    assert kinds(done) == [(2, "overlaps"), (3, "time"), (4, "overlaps")]
    assert taken_by(visit_of("1")) == [clinic.at(10)]
    assert visit_of("1").version == 1


def test_another_clinician_or_site_is_a_move_too(clinic: Clinic, now: datetime) -> None:
    take(line(), now=now)
    colleague = clinic.add_clinician()
    done = take(line(clinician=colleague.resource.slug), now=now)
    assert changes(done) == [(2, "moved", "1")]
    visit = visit_of("1")
    assert (visit.clinician, visit.starts_at) == (colleague, clinic.at(10))
    assert Allocation.objects.get(active=True).resource == colleague.resource


def test_a_large_file_that_comes_again_takes_no_more_queries_a_line(
    clinic: Clinic, now: datetime
) -> None:
    def lines(hour: int) -> list[dict[str, str]]:
        days = [TODAY + timedelta(days=number + 1) for number in range(2 * BATCH)]
        return [
            line(source_id=str(number), day=day.isoformat(), time=f"{hour}:00")
            for number, day in enumerate(days)
        ]

    take(*lines(10), now=now)
    for hour, moved in ((10, 0), (11, 2 * BATCH)):
        with CaptureQueriesContext(connection) as queries:
            done = take(*lines(hour), now=now)
        assert (len(done.changes), done.known) == (moved, 2 * BATCH - moved)
        assert len(queries) < 60


# --- Whom we tell


def test_only_who_had_word_from_us_is_told(clinic: Clinic, now: datetime) -> None:
    make_default_reminder_rules()
    take(line(), line(source_id="2", time="11:00", given_name="Nadia"), now=now)
    rosa, two_hours_before = visit_of("1").person, clinic.at(8)
    plan_reminders(now=two_hours_before)
    Message.objects.filter(person=rosa).update(state=State.DELIVERED)
    lines = [line(time="15:00"), line(source_id="2", time="16:00", given_name="Nadia")]
    take(*lines, now=two_hours_before)
    (told,) = set(Message.objects.filter(kind="appointment_moved").values_list("person", flat=True))
    assert told == rosa.pk
    take(line(status="canceled"), line(source_id="2", status="canceled"), now=now)
    (told,) = set(
        Message.objects.filter(kind="appointment_canceled").values_list("person", flat=True)
    )
    assert told == rosa.pk


# --- What was changed here


def moved_here(visit: Appointment, to: datetime, now: datetime) -> None:
    user = User.objects.filter(phone="+12125550142").first() or as_rosa(now)
    reschedule_appointment(appointment=visit, site=visit.site, starts_at=to, user=user, now=now)


def test_what_was_moved_here_is_left_where_the_file_says_nothing_new(
    clinic: Clinic, now: datetime
) -> None:
    take(line(), now=now)
    moved_here(visit_of("1"), clinic.at(14), now)
    done = take(line(), now=now)
    assert (changes(done), done.problems, done.written) == ([(2, "kept", "1")], (), True)
    assert visit_of("1").starts_at == clinic.at(14)
    assert changes(take(line(time="14:00"), now=now)) == []


def test_what_was_changed_on_both_sides_is_for_somebody_to_decide(
    clinic: Clinic, now: datetime
) -> None:
    take(line(), line(source_id="2", time="11:00"), now=now)
    moved_here(visit_of("1"), clinic.at(14), now)
    desk = make_staff("front_desk", sites=[clinic.site])
    cancel_for_patient(appointment=visit_of("2"), user=desk, reason="", now=now)
    lines = [line(time="15:00"), line(source_id="2", time="16:00")]
    done = take(*lines, line(source_id="3", time="9:30"), now=now)
    assert (kinds(done), done.written) == ([(2, "changed_here"), (3, "changed_here")], False)
    take(*lines, line(source_id="3", time="9:30"), now=now, skip_wrong=True)
    assert (visit_of("1").starts_at, visit_of("2").status) == (clinic.at(14), "canceled")
    assert visit_of("3").starts_at == clinic.at(9, 30)


@pytest.mark.parametrize("cells", [{"time": "15:00"}, {"status": "canceled"}])
def test_what_a_patient_moves_while_the_file_is_read_is_not_overwritten(
    clinic: Clinic, now: datetime, monkeypatch: pytest.MonkeyPatch, cells: dict[str, str]
) -> None:
    take(line(), now=now)
    as_read = Incoming.sort

    def sort(incoming: Incoming, lines: list[Line]) -> SortedLines:
        found = as_read(incoming, lines)
        moved_here(visit_of("1"), clinic.at(14), now)
        return found

    monkeypatch.setattr(Incoming, "sort", sort)
    done = take(line(**cells), now=now, skip_wrong=True)
    assert (kinds(done), changes(done)) == ([(2, "changed_here")], [])
    visit = visit_of("1")
    assert (visit.starts_at, visit.status, visit.version) == (clinic.at(14), "booked", 2)
    assert taken_by(visit) == [clinic.at(14)]


def test_a_yes_to_the_old_time_holds_up_no_move(clinic: Clinic, now: datetime) -> None:
    take(line(), now=now)
    confirm(appointment=visit_of("1"), actor=None, now=now)
    assert changes(take(line(), now=now)) == []
    assert visit_of("1").status == "confirmed"
    take(line(time="15:00"), now=now)
    assert (visit_of("1").starts_at, visit_of("1").status) == (clinic.at(15), "booked")


def test_a_visit_that_begins_meanwhile_is_nobodys_mistake(clinic: Clinic, now: datetime) -> None:
    take(line(), now=now)
    later = clinic.at(12)
    done = take(line(), now=later)
    assert (done.known, done.problems) == (1, ())
    assert kinds(take(line(time="11:00"), now=later)) == [(2, "past")]


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        ({"born_on": "1960-01-01"}, "other_patient"),
        ({"visit_type": "haircut"}, "other_type"),
        ({"site": "moon"}, "site"),
        ({"day": "9999-12-31"}, "far"),
    ],
)
def test_a_change_that_makes_no_sense_is_said(
    clinic: Clinic, now: datetime, cells: dict[str, str], kind: str
) -> None:
    take(line(), now=now)
    assert kinds(take(line(**cells), now=now)) == [(2, kind)]


def test_a_visit_that_a_file_ended_is_not_begun_again(clinic: Clinic, now: datetime) -> None:
    take(line(), now=now)
    take(line(status="canceled"), now=now)
    assert kinds(take(line(), now=now)) == [(2, "ended")]
    assert changes(take(line(status="canceled"), now=now)) == []
    assert take(line(source_id="1b"), now=now).added == 1


def test_a_line_that_comes_canceled_is_nothing_to_take_over(clinic: Clinic, now: datetime) -> None:
    done = take(line(status="canceled", site="moon"), now=now)
    assert (done.added, done.changes, done.problems) == (0, (), ())


# --- What is not in the file any more


def test_what_is_gone_is_told_and_canceled_only_when_that_is_said(
    clinic: Clinic, now: datetime
) -> None:
    take(
        line(),
        line(source_id="2", time="11:00"),
        line(source_id="3", time="12:00"),
        line(source_id="other", source="elsewhere", time="13:00"),
        now=now,
    )
    moved_here(visit_of("3"), clinic.at(14), now)
    make_appointment(
        now=now,
        starts_at=clinic.at(16),
        site=clinic.site,
        visit_type=clinic.visit_type,
        clinician=clinic.clinician,
    )
    done = take(line(), now=now)
    assert changes(done) == [(0, "gone", "2")]
    assert visit_of("2").status == "booked"
    done = take(line(), now=now, cancel_gone=True, dry_run=True)
    assert changes(done) == [(0, "canceled", "2")]
    assert visit_of("2").status == "booked"
    take(line(), now=now, cancel_gone=True)
    assert visit_of("2").status == "canceled"
    assert Appointment.objects.filter(status="booked").count() == 4


def test_with_a_line_that_cannot_be_read_nobody_is_gone(clinic: Clinic, now: datetime) -> None:
    take(line(), line(source_id="2", time="11:00"), now=now)
    done = take(line(), line(source_id="2", phone="x"), now=now, skip_wrong=True, cancel_gone=True)
    assert (changes(done), done.written) == ([], True)
    assert visit_of("2").status == "booked"


# --- The commands, and the administrator's page


def test_the_command_tells_line_by_line(clinic: Clinic, now: datetime, tmp_path: Any) -> None:
    file = tmp_path / "visits.csv"
    lines = [line(), line(source_id="2", time="11:00"), line(source_id="3", time="12:00")]
    file.write_text(text_of(*lines))
    run("import_appointments", str(file), "--source", "old")
    file.write_text(text_of(line(time="15:00"), lines[1], line(source_id="4", time="9:00")))
    said = run("import_appointments", str(file), "--source", "old", "--dry-run")
    assert "1 moved; 1 gone; 1 were here already" in said
    assert (
        "  line 2 (1): Moved from 2026-11-24 10:00, chen, lake, in_person "
        "to 2026-11-24 15:00, chen, lake, in_person.\n" in said
    )
    assert "  line 4 (4): New: 2026-11-24 09:00, chen, lake, in_person.\n" in said
    assert "  3: Not in the file any more." in said
    said = run("import_appointments", str(file), "--source", "old", "--cancel-gone")
    assert "1 moved; 1 canceled" in said
    assert "line 2" not in said
    moved_here(visit_of("2"), clinic.at(13), now)
    file.write_text(text_of(line(source_id="2", time="16:30")))
    with pytest.raises(CommandError, match="line 2: It was changed here and in the file"):
        call_command("import_appointments", str(file), "--source", "old")


def test_an_administrator_sees_what_would_change_first(clinic: Clinic) -> None:
    browser = Client()
    browser.force_login(make_staff("administrator"))
    both = text_of(line(), line(source_id="2", time="11:00"))
    looked = uploads(browser, both).content.decode()
    assert "New: 2026-11-24 10:00, chen, lake, in_person." in looked
    uploads(browser, both, take="1", seen=seen_in(looked))
    later = text_of(line(time="15:00"))
    looked = uploads(browser, later).content.decode()
    assert "Moved from 2026-11-24 10:00" in looked
    assert "Not in the file any more" in looked
    other = uploads(browser, later, take="1", seen=seen_in(looked), cancel_gone="on")
    assert "Nothing was changed yet" in other.content.decode()
    seen = seen_in(other.content.decode())
    taken = uploads(browser, later, take="1", seen=seen, cancel_gone="on").content.decode()
    assert "They are taken over" in taken
    assert (visit_of("1").local_time, visit_of("2").status) == (time(15), "canceled")


def test_an_administrator_takes_the_visits_along_and_it_is_written_down(
    clinic: Clinic, now: datetime
) -> None:
    take(line(), line(source_id="2", time="11:00", given_name="Nadia"), now=now)
    user = make_staff("administrator")
    browser = Client()
    browser.force_login(user)
    answer = browser.get("/desk/calendar/moving-in/visits.csv")
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert text.count("\n") == 3
    assert "attachment" in answer["Content-Disposition"]
    read_by = AuditEntry.objects.filter(action="appointment.export", actor=user)
    assert read_by.count() == 2
    desk = Client()
    desk.force_login(make_staff("front_desk", sites=[clinic.site]))
    assert desk.get("/desk/calendar/moving-in/visits.csv").status_code == 404
