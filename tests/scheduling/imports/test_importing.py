"""A clinic moves in: its visits come from a file, all or none, and go out as they came."""

import csv
import io
import tracemalloc
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from messaging.models import Message
from people.models import ActsFor, ContactPoint, Person, User
from people.services.external_patients import claim_records
from reminders.services.planning import plan_reminders
from scheduling.booking.services.lifecycle import confirm
from scheduling.imports.rules.csv_lines import COLUMNS, Line, NoHeader, Readers, read_lines
from scheduling.imports.services.importing import BATCH, import_appointments
from scheduling.models import (
    Allocation,
    Appointment,
    AppointmentEvent,
    AvailabilityRule,
    Hold,
    Mode,
    Resource,
)
from spreadsheets import cell_text, safe_cell
from tests.builders import (
    make_appointment,
    make_default_reminder_rules,
    make_patient,
    make_staff,
)
from tests.scheduling.world import Clinic, make_clinic

TODAY = date(2026, 11, 23)
READERS = Readers("old", ("en", "es"), "US", TODAY)

# --- Cells


@given(st.text(max_size=20))
def test_no_cell_is_a_formula_and_none_is_lost(text: str) -> None:
    cell = safe_cell(text)
    assert cell[:1] not in ("=", "+", "-", "@", "\t", "\r")
    assert cell_text(cell) == text


# --- Reading, without a database


def line(**cells: str) -> dict[str, str]:
    """A good line, but for what is said."""
    return {
        "source_id": "1",
        "given_name": "Rosa",
        "family_name": "Alvarez",
        "born_on": "1957-03-28",
        "phone": "(212) 555-0142",
        "email": "",
        "language": "es",
        "site": "lake",
        "clinician": "chen",
        "visit_type": "blood-test",
        "day": "2026-11-24",
        "time": "10:00",
        **cells,
    }


def text_of(*lines: dict[str, str]) -> str:
    columns = [name for name in COLUMNS if any(name in each for each in lines)]
    out = io.StringIO()
    table = csv.DictWriter(out, columns)
    table.writeheader()
    table.writerows(lines)
    return out.getvalue()


def read(*lines: dict[str, str]) -> list[Any]:
    return list(read_lines(io.StringIO(text_of(*lines)), READERS))


def test_a_line_is_read_as_it_is_meant() -> None:
    (found,) = read(line(email="Rosa@Example.com"))
    assert isinstance(found, Line)
    assert (found.number, found.source, found.source_id) == (2, "old", "1")
    assert (found.patient.phone, found.patient.email) == ("+12125550142", "rosa@example.com")
    assert (found.status, found.mode, found.patient.channel) == ("booked", "", "sms")


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        ({"source_id": ""}, "missing"),
        ({"family_name": ""}, "missing"),
        ({"given_name": "x" * 101}, "too_long"),
        ({"born_on": "28.3.1957"}, "born_on"),
        ({"born_on": "2026-11-24"}, "born_on"),
        ({"born_on": "1800-01-01"}, "born_on"),
        ({"phone": "call her"}, "phone"),
        ({"phone": "555"}, "phone"),
        ({"email": "rosa at home"}, "email"),
        ({"language": "xx"}, "language"),
        ({"channel": "fax"}, "channel"),
        ({"status": "done"}, "status"),
        ({"day": "2026-11-31"}, "day"),
        ({"time": "10 o'clock"}, "time"),
        ({"time": "25:00"}, "time"),
        ({"offset": "EST"}, "offset"),
    ],
)
def test_what_is_wrong_with_a_line_is_said(cells: dict[str, str], kind: str) -> None:
    (problems,) = read(line(**cells))
    assert [(each.line, each.kind) for each in problems] == [(2, kind)]


def test_everything_that_is_wrong_with_it_is_said() -> None:
    (problems,) = read(line(phone="x", day="x", time="x", family_name=""))
    assert {each.kind for each in problems} == {"phone", "day", "time", "missing"}


def test_a_file_without_its_columns_is_refused_whole() -> None:
    with pytest.raises(NoHeader) as fact:
        list(read_lines(io.StringIO("name,when\nRosa,soon\n"), READERS))
    assert "born_on" in fact.value.missing


def test_lines_are_numbered_as_an_editor_does() -> None:
    text = text_of(line(given_name="Ro\nsa"), line(source_id="2"), line(source_id="3", phone="x"))
    problems = [each for each in read_lines(io.StringIO(text), READERS) if isinstance(each, list)]
    assert problems[0][0].line == 5


# --- Taking over


@pytest.fixture
def clinic(db: None, clock_at_now: datetime) -> Clinic:
    clinic = make_clinic(buffer_after=10)
    type(clinic.site).objects.update(slug="lake")
    type(clinic.visit_type).objects.update(slug="blood-test")
    Resource.objects.update(slug="chen")
    for row in (clinic.site, clinic.visit_type, clinic.clinician.resource):
        row.refresh_from_db()
    return clinic


def take(*lines: dict[str, str], now: datetime, **how: Any) -> Any:
    source = read_lines(io.StringIO(text_of(*lines)), READERS)
    return import_appointments(lines=source, now=now, **how)


def kinds(done: Any) -> list[tuple[int, str]]:
    return [(each.line, each.kind) for each in done.problems]


def test_a_visit_is_taken_over_whole_and_nobody_is_told(clinic: Clinic, now: datetime) -> None:
    done = take(line(status="confirmed", email="rosa@example.com"), now=now)
    assert (done.added, done.people, done.problems, done.written) == (1, 1, (), True)
    visit = Appointment.objects.get()
    assert (visit.starts_at, visit.ends_at) == (clinic.at(10), clinic.at(10, 30))
    assert (visit.status, visit.person.language, visit.price_low) == ("confirmed", "es", 4500)
    row = Allocation.objects.get(active=True)
    assert (row.during.lower, row.during.upper) == (clinic.at(10), clinic.at(10, 40))
    assert AppointmentEvent.objects.get().reason == "moved in"
    assert not Message.objects.exists()
    make_default_reminder_rules()
    plan_reminders(now=visit.starts_at - timedelta(hours=2))
    assert Message.objects.filter(kind="appointment_reminder").exists()


def test_the_same_file_again_changes_nothing(clinic: Clinic, now: datetime) -> None:
    lines = [line(), line(source_id="2", time="11:00")]
    take(*lines, now=now)
    again = take(*lines, line(source_id="3", time="12:00"), now=now)
    assert (again.added, again.known, again.people) == (1, 2, 0)
    assert Appointment.objects.count() == 3
    assert Person.objects.count() == 1


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        ({"site": "moon"}, "site"),
        ({"clinician": "nobody"}, "clinician"),
        ({"visit_type": "haircut"}, "visit_type"),
        ({"mode": "video"}, "mode"),
        ({"day": "2026-11-20"}, "past"),
        ({"day": "0001-01-01"}, "past"),
        ({"day": "9999-12-31", "time": "23:30"}, "far"),
        ({"day": "2027-03-14", "time": "02:30"}, "skipped"),
        ({"day": "2027-11-07", "time": "01:30"}, "ambiguous"),
        ({"offset": "+03:00"}, "wrong_offset"),
    ],
)
def test_what_the_clinic_cannot_have_is_said_and_nothing_is_written(
    clinic: Clinic, now: datetime, cells: dict[str, str], kind: str
) -> None:
    done = take(line(source_id="good", time="15:00"), line(**cells), now=now)
    assert kinds(done) == [(3, kind)]
    assert not done.written
    assert not Appointment.objects.exists()
    assert not Person.objects.exists()


def test_everything_wrong_in_a_file_is_said_in_one_go(clinic: Clinic, now: datetime) -> None:
    make_appointment(
        now=now,
        starts_at=clinic.at(14),
        site=clinic.site,
        visit_type=clinic.visit_type,
        clinician=clinic.clinician,
    )
    done = take(
        line(source_id="1"),
        line(source_id="2", phone="x"),
        line(source_id="3", time="10:35"),  # in the ten minutes kept after the first
        line(source_id="4", time="14:10"),
        line(source_id="1", time="16:00"),
        line(source_id="6", site="moon", clinician="nobody"),
        now=now,
    )
    assert kinds(done) == [
        (3, "phone"),
        (4, "overlaps_line"),
        (5, "overlaps"),
        (6, "twice"),
        (7, "site"),
        (7, "clinician"),
    ]
    assert done.problems[1].about == "2"
    assert Appointment.objects.count() == 1


def test_lines_that_overlap_are_found_in_different_batches_too(
    clinic: Clinic, now: datetime
) -> None:
    days = [TODAY + timedelta(days=number + 1) for number in range(BATCH)]
    lines = [line(source_id=str(n), day=day.isoformat()) for n, day in enumerate(days)]
    done = take(*lines, line(source_id="late", day=days[0].isoformat()), now=now)
    assert [(each.kind, each.about) for each in done.problems] == [("overlaps_line", "2")]


def test_the_good_lines_can_be_taken_without_the_others(clinic: Clinic, now: datetime) -> None:
    done = take(line(), line(source_id="2", phone="x"), now=now, skip_wrong=True)
    assert (done.added, done.written, len(done.problems)) == (1, True, 1)
    assert Appointment.objects.count() == 1


def test_a_dry_run_says_what_would_happen_and_writes_nothing(clinic: Clinic, now: datetime) -> None:
    done = take(line(), now=now, dry_run=True)
    assert (done.added, done.people, done.written) == (1, 1, False)
    assert not Appointment.objects.exists()
    assert not Person.objects.exists()


def test_an_hour_that_happens_twice_is_told_apart(clinic: Clinic, now: datetime) -> None:
    night = {"day": "2027-11-07", "time": "01:30"}
    done = take(
        line(source_id="1", offset="-04:00", **night),
        line(source_id="2", offset="-05:00", **night),
        now=now,
    )
    assert done.problems == ()
    first, second = Appointment.objects.order_by("starts_at")
    assert second.starts_at - first.starts_at == timedelta(hours=1)


def test_an_hour_in_london_that_happens_twice_is_told_apart_too(db: None, now: datetime) -> None:
    """One of the two is exactly at Greenwich."""
    clinic = make_clinic(zone="Europe/London")
    cells = {
        "site": clinic.site.slug,
        "clinician": clinic.clinician.resource.slug,
        "visit_type": clinic.visit_type.slug,
        "day": "2027-10-31",
        "time": "01:30",
    }
    done = take(line(offset="+00:00", **cells), now=now)
    assert done.problems == ()
    assert Appointment.objects.get().starts_at == datetime(2027, 10, 31, 1, 30, tzinfo=UTC)


def test_rooms_and_places_in_groups_are_taken_too(clinic: Clinic, now: datetime) -> None:
    clinic.visit_type.needs = ["exam"]
    clinic.visit_type.save()
    Resource.objects.create(slug="r", kind="room", site=clinic.site, category="exam")
    colleague = clinic.add_clinician().resource.slug
    done = take(line(), line(source_id="2", clinician=colleague), now=now, skip_wrong=True)
    assert kinds(done) == [(3, "no_place")]
    assert set(Allocation.objects.filter(active=True).values_list("resource__kind", flat=True)) == {
        "clinician",
        "room",
    }
    clinic.visit_type.group, clinic.visit_type.needs = True, []
    clinic.visit_type.save()
    Resource.objects.create(slug="s", kind="session", capacity=2, leader=clinic.clinician)
    group = [line(source_id=f"g{n}", time="15:00") for n in range(3)]
    done = take(*group, now=now, skip_wrong=True)
    assert (done.added, kinds(done)) == (2, [(4, "no_place")])


def test_an_expired_hold_is_in_nobodys_way_and_a_standing_one_is(
    clinic: Clinic, now: datetime
) -> None:
    from scheduling.booking.services.holds import hold_slot

    hold_slot(
        visit_type=clinic.visit_type,
        site=clinic.site,
        starts_at=clinic.at(10),
        holder="x",
        now=now,
    )
    assert kinds(take(line(), now=now)) == [(2, "overlaps")]
    assert take(line(), now=now + timedelta(minutes=6)).added == 1
    assert Hold.objects.count() == 1


def test_one_patient_of_many_visits_is_one_person(clinic: Clinic, now: datetime) -> None:
    done = take(
        line(),
        line(source_id="2", time="11:00", phone="", email=""),
        line(source_id="3", time="12:00", phone="+1 212 555 0142"),
        line(source_id="4", time="13:00", given_name="Maya", born_on="2019-01-01"),
        line(source_id="5", time="14:00", phone="", email=""),
        now=now,
    )
    assert (done.added, done.people) == (5, 3)


# --- Who comes along


def test_a_patient_finds_their_visits_by_proving_their_phone(clinic: Clinic, now: datetime) -> None:
    take(line(), now=now)
    rosa = User.objects.create_user(phone="+12125550142")
    assert claim_records(user=rosa, now=now) == 1
    acts = ActsFor.objects.get()
    assert (acts.user, acts.relationship) == (rosa, "self")
    assert claim_records(user=rosa, now=now) == 0


def test_nobody_is_given_who_has_somebody_or_what_was_only_typed(
    clinic: Clinic, now: datetime
) -> None:
    omar, _ = make_patient(phone="+12125550142")  # another Rosa's
    take(line(given_name="Nadia", phone="212 555 0143"), now=now)
    other = User.objects.create_user(phone="+12125550199")
    ContactPoint.objects.create(
        person=Person.objects.get(given_name="Nadia"), kind="phone", value="+12125550199"
    )
    assert claim_records(user=other, now=now) == 0
    assert claim_records(user=omar, now=now) == 0
    assert ActsFor.objects.count() == 1


# --- The commands, and out again


def run(command: str, *words: str) -> str:
    out = io.StringIO()
    call_command(command, *words, stdout=out)
    return out.getvalue()


def test_the_command_takes_over_and_tells_mistakes_with_their_lines(
    clinic: Clinic, now: datetime, tmp_path: Path
) -> None:
    file, rest = tmp_path / "visits.csv", tmp_path / "rest.csv"
    file.write_text(text_of(line(), line(source_id="2", phone="call her")))
    with pytest.raises(CommandError, match="line 3: “call her” is not a phone number"):
        run("import_appointments", str(file), "--source", "old")
    assert not Appointment.objects.exists()
    said = run("import_appointments", str(file), "--source", "old", "--skip-wrong", str(rest))
    assert said.startswith("1 visits taken over (1 new patients)")
    kept = list(csv.DictReader(rest.open()))
    assert [(row["source_id"], row["phone"]) for row in kept] == [("2", "call her")]
    assert "phone number" in kept[0]["problem"]
    fixed = rest.read_text().replace("call her", "212 555 0143").replace("10:00", "11:00")
    rest.write_text(fixed)
    assert "1 visits taken over" in run("import_appointments", str(rest), "--source", "old")
    with pytest.raises(CommandError, match="lacks the columns source"):
        run("import_appointments", str(file))
    with pytest.raises(CommandError, match="cannot be read"):
        run("import_appointments", str(tmp_path / "none.csv"), "--source", "old")
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CommandError, match="UTF-8"):
        run("import_appointments", str(file), "--source", "old")


def empty_of_people() -> None:
    """And so of all that they have here."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SET CONSTRAINTS ALL IMMEDIATE; TRUNCATE people_person CASCADE;"
            "SET CONSTRAINTS ALL DEFERRED"
        )


def test_out_in_and_out_again_is_the_same_file(
    clinic: Clinic, now: datetime, tmp_path: Path
) -> None:
    clinic.visit_type.modes = [Mode.IN_PERSON, Mode.VIDEO]
    clinic.visit_type.save()
    AvailabilityRule.objects.update(starts="00:00")
    take(
        line(given_name="=cmd()", family_name='\'Ólafsdóttir, "Q"', chosen_name="-Z"),
        line(source_id="+2", phone="", email="q@example.com", time="11:00", mode="video"),
        line(source_id="3", day="2027-11-07", time="01:30", offset="-05:00", channel="voice"),
        now=now,
    )
    here = make_appointment(
        now=now,
        starts_at=clinic.at(15),
        site=clinic.site,
        visit_type=clinic.visit_type,
        clinician=clinic.clinician,
    )
    confirm(appointment=here, actor=None, now=now)
    first, second = tmp_path / "first.csv", tmp_path / "second.csv"
    assert "4 visits are in" in run("export_appointments", str(first))
    assert first.stat().st_mode & 0o077 == 0
    empty_of_people()
    assert not Appointment.objects.exists()
    assert "4 visits taken over" in run("import_appointments", str(first))
    run("export_appointments", str(second))
    assert first.read_text() == second.read_text()
    cells = [cell for row in csv.reader(first.open()) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]


def test_an_export_asks_no_more_the_more_visits_there_are(
    clinic: Clinic, now: datetime, tmp_path: Path
) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            run("export_appointments", str(tmp_path / "out.csv"))
        return len(queries)

    take(line(), now=now)
    before = asked()
    take(*[line(source_id=f"m{n}", time=f"{11 + n}:00") for n in range(5)], now=now)
    assert asked() == before


def test_a_large_file_takes_no_more_queries_a_line_and_little_memory(
    clinic: Clinic, now: datetime
) -> None:
    def lines(count: int) -> list[dict[str, str]]:
        start = TODAY + timedelta(days=30)
        return [
            line(
                source_id=str(n),
                given_name=f"P{n}",
                phone=f"+1212555{n % 10000:04d}",
                day=(start + timedelta(days=n // 20)).isoformat(),
                time=f"{n % 20 + 2:02d}:00",
            )
            for n in range(count)
        ]

    text = text_of(*lines(2 * BATCH))
    tracemalloc.start()
    with CaptureQueriesContext(connection) as queries:
        done = import_appointments(
            lines=read_lines(io.StringIO(text), READERS), now=now, dry_run=True
        )
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (done.added, done.problems) == (2 * BATCH, ())
    assert len(queries) < 60
    assert most < 60_000_000


# --- The administrator's page


def uploads(browser: Client, text: str, **more: str) -> Any:
    file = SimpleUploadedFile("visits.csv", text.encode())
    return browser.post("/desk/calendar/moving-in/", {"source": "old", "file": file, **more})


def seen_in(page: str) -> str:
    return page.split('name="seen" value="')[1].split('"')[0]


def test_an_administrator_looks_at_a_file_and_then_takes_it(clinic: Clinic) -> None:
    browser = Client()
    browser.force_login(make_staff("administrator"))
    wrong = uploads(browser, text_of(line(phone="call her")))
    assert wrong.status_code == 409
    assert "“call her” is not a phone number." in wrong.content.decode()
    good = text_of(line(), line(source_id="2", time="11:00"))
    looked = uploads(browser, good).content.decode()
    assert "Nothing was changed yet" in looked
    assert not Appointment.objects.exists()
    other = uploads(browser, text_of(line(time="12:00")), take="1", seen=seen_in(looked))
    assert "Nothing was changed yet" in other.content.decode()
    assert not Appointment.objects.exists()
    taken = uploads(browser, good, take="1", seen=seen_in(looked)).content.decode()
    assert "They are taken over" in taken
    assert Appointment.objects.count() == 2
    assert "nothing new" in uploads(browser, good).content.decode()


@pytest.mark.parametrize("text", ["name,when\n", "\x00\x00", ""])
def test_what_is_no_such_file_is_refused_kindly(clinic: Clinic, text: str) -> None:
    browser = Client()
    browser.force_login(make_staff("administrator"))
    assert uploads(browser, text).status_code == 422
    desk = Client()
    desk.force_login(make_staff("front_desk", sites=[clinic.site]))
    assert uploads(desk, text).status_code == 404
