"""Loading a clinic file: all of it or nothing, and as often as one likes."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from importlib import import_module
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Model
from django.test.utils import CaptureQueriesContext

from people.models import Person, User
from reminders.models import ReminderRule
from scheduling.availability.selectors.search import Search, Slot
from scheduling.availability.selectors.slots import free_slots
from scheduling.clinic_file.rules import parse
from scheduling.clinic_file.services.loading import load_clinic
from scheduling.models import (
    Appointment,
    AvailabilityException,
    AvailabilityRule,
    ClinicGroup,
    Clinician,
    Department,
    Place,
    Resource,
    Site,
    VisitType,
)
from tests.builders import at
from tests.builders import make_appointment as book

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DEMO = Path(__file__).parents[3] / "demo" / "clinic.toml"
GROUP = """\
[group]
name = "Lakeside"
phone = "+1 212 555 0100"
currency = "USD"
public_holidays = false
"""
SITE = """\
[sites.{0}]
name = "{0} clinic"
street = "1 Heron Lane"
city = "Buffalo"
phone = "+1 716 555 0110"
time_zone = "America/New_York"
location = [42.9, -78.9]
departments.lab.names.en = "Lab"
"""
VISIT_TYPE = """\
[visit_types.{0}]
names.en = "{0}"
minutes = 15
price = 35.00
"""
CLINICIAN = """\
[clinicians.{0}]
name = "Dr. {0}"
sites = ["{1}"]
departments = ["{1}/lab"]
visit_types = ["{2}"]
hours = [{{ days = ["mon", "tue"], from = 08:00:00, to = 12:00:00, visit_types = ["{2}"] }}]
"""
ROOM = '[rooms.{0}]\nsite = "{1}"\ncategory = "x-ray"\n'
LAKE = GROUP + SITE.format("lake") + VISIT_TYPE.format("blood-test")
ADA = CLINICIAN.format("ada", "lake", "blood-test")
SMALL = LAKE + ADA
LARGER = SMALL + (
    SITE.format("hill")
    + VISIT_TYPE.format("x-ray")
    + CLINICIAN.format("bo", "hill", "x-ray")
    + ROOM.format("x-ray-room", "hill")
    + "[places]\nBuffalo = [42.9, -78.9]\n"
)

Load = Callable[..., str]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Write a clinic file and load it; gives what the command said."""

    def loaded(text: str, *options: str) -> str:
        path = tmp_path / "clinic.toml"
        path.write_text(text)
        said = StringIO()
        call_command("load_clinic", str(path), *options, stdout=said)
        return said.getvalue().replace(str(path), "clinic.toml")

    return loaded


def everything() -> list[object]:
    """Every row that a clinic file makes."""
    models: list[type[Model]] = [
        ClinicGroup, Place, Site, Department, VisitType, Resource, Clinician, AvailabilityRule,
        AvailabilityException, Clinician.departments.through, Clinician.visit_types.through,
        AvailabilityRule.visit_types.through,
    ]  # fmt: skip
    return [list(model._default_manager.order_by("pk").values()) for model in models]


def make_appointment(*, starts_at: datetime, status: str = "booked") -> Appointment:
    """A visit with the only clinician of the small file."""
    clinician = Clinician.objects.get(resource__slug="ada")
    person = Person.objects.create(given_name="Ana", family_name="Ruiz", born_on=date(1990, 1, 1))
    return Appointment.objects.create(
        person=person,
        visit_type=VisitType.objects.get(slug="blood-test"),
        site=Site.objects.get(slug="lake"),
        clinician=clinician,
        status=status,
        local_date=starts_at.date(),
        local_time=starts_at.time(),
        time_zone="America/New_York",
        starts_at=starts_at,
        ends_at=starts_at.replace(minute=15),
        price_low=3500,
        price_high=3500,
        created_at=NOW,
        status_since=NOW,
    )


def test_a_file_becomes_a_clinic_group(load: Load) -> None:
    said = load(SMALL)
    clinician = Clinician.objects.get()
    assert (clinician.resource.slug, clinician.resource.kind) == ("ada", "clinician")
    assert [str(one) for one in clinician.visit_types.all()] == ["blood-test"]
    assert [one.site.slug for one in clinician.departments.all()] == ["lake"]
    rules = AvailabilityRule.objects.order_by("weekday")
    assert [(rule.weekday, rule.starts, rule.site.slug) for rule in rules] == [
        (0, time(8), "lake"),
        (1, time(8), "lake"),
    ]
    assert [one.slug for one in rules[0].visit_types.all()] == ["blood-test"]
    assert ClinicGroup.objects.get().name == "Lakeside"
    assert said == (
        "clinic.toml is loaded; it changed:\n"
        "  clinic group: 1 added\n"
        "  sites: 1 added (lake)\n"
        "  departments: 1 added (lake/lab)\n"
        "  visit types: 1 added (blood-test)\n"
        "  calendars: 1 added (ada)\n"
        "  clinicians: 1 added (ada)\n"
        "  clinicians' departments: 1 added (ada)\n"
        "  clinicians' visit types: 1 added (ada)\n"
        "  weekly hours: 2 added (ada)\n"
    )


def test_the_demo_group_loads(load: Load) -> None:
    load(DEMO.read_text())
    assert Clinician.objects.filter(active=True).count() == 14
    assert Site.objects.count() == 4
    early_close = AvailabilityException.objects.filter(on_date="2026-12-24", site__isnull=False)
    assert {(row.starts, row.ends) for row in early_close} == {(time(13), time(20))}
    assert AvailabilityException.objects.filter(
        effect="extra", resource__slug="keisha-turner"
    ).exists()
    nurse = Clinician.objects.get(resource__slug="mei-chang")
    assert nurse.titles == {"en": "Nurse", "es": "Enfermería"}
    family = Department.objects.get(site__slug="buffalo", slug="family")
    assert family.doors["es"] == "Puerta 1, planta baja"


@pytest.mark.parametrize("text", [SMALL, LARGER, DEMO.read_text()], ids=["small", "larger", "demo"])
def test_loading_an_unchanged_file_writes_nothing(load: Load, text: str) -> None:
    load(text)
    before = everything()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        said = load(text)
    assert said == "clinic.toml is loaded; it changed:\n  nothing\n"
    assert everything() == before
    written = [one["sql"] for one in queries if one["sql"].startswith(("INS", "UPD", "DEL"))]
    assert written == []


def test_a_check_says_what_would_change_and_changes_nothing(load: Load) -> None:
    load(SMALL)
    before = everything()
    said = load(SMALL.replace("minutes = 15", "minutes = 20"), "--check")
    assert said == (
        "clinic.toml is sound; loading it would change:\n  visit types: 1 changed (blood-test)\n"
    )
    assert everything() == before


def test_nothing_changes_when_anything_is_wrong(load: Load) -> None:
    load(SMALL)
    before = everything()
    wrong = SMALL.replace("minutes = 15", "minutes = 20").replace("New_York", "New_Yrok")
    with pytest.raises(CommandError) as refused:
        load(wrong)
    assert everything() == before
    heading, *problems = str(refused.value).splitlines()
    assert heading.endswith("clinic.toml has 1 thing to put right; nothing was changed.")
    assert problems == [
        "  line 11: 'America/New_Yrok' is not a time zone; did you mean 'America/New_York'?"
    ]


def test_what_the_file_no_longer_names_becomes_inactive_and_comes_back(load: Load) -> None:
    load(LARGER)
    said = load(SMALL)
    assert "sites: 1 made inactive (hill)" in said
    assert "departments: 1 made inactive (hill/lab)" in said
    assert "clinicians: 1 made inactive (bo)" in said
    assert "calendars: 2 made inactive (bo, x-ray-room)" in said
    assert "places: 1 removed (Buffalo)" in said
    assert not Resource.objects.get(slug="x-ray-room").active
    hill = Site.objects.get(slug="hill")
    assert not hill.active
    assert not AvailabilityRule.objects.filter(site=hill).exists()
    assert load(SMALL).endswith("  nothing\n")
    load(LARGER)
    assert Site.objects.get(slug="hill").active
    assert Clinician.objects.get(resource__slug="bo").active


def test_a_person_who_signs_in_stays_with_their_clinician(load: Load) -> None:
    load(SMALL)
    user = User.objects.create_user(email="ada@example.org")
    Clinician.objects.update(user=user)
    load(SMALL.replace("Dr. ada", "Dr. Ada Park"))
    clinician = Clinician.objects.get()
    assert (clinician.name, clinician.user) == ("Dr. Ada Park", user)


def test_weekly_hours_follow_the_file(load: Load) -> None:
    load(SMALL)
    said = load(SMALL.replace('["mon", "tue"]', '["tue", "wed"]'))
    assert "  weekly hours: 1 added (ada), 1 removed (ada)\n" in said
    assert sorted(AvailabilityRule.objects.values_list("weekday", flat=True)) == [1, 2]


def test_hours_that_open_to_other_visit_types_are_replaced(load: Load) -> None:
    load(SMALL)
    load(SMALL.replace(', visit_types = ["blood-test"] }', " }"))
    assert AvailabilityRule.objects.count() == 2
    assert not AvailabilityRule.objects.filter(visit_types__isnull=False).exists()


def test_days_from_the_file_are_replaced_and_those_from_staff_stay(load: Load) -> None:
    load(SMALL + "time_off = [{ on = 2030-12-01 }]\n")
    ada = Resource.objects.get(slug="ada")
    sick = AvailabilityException.objects.create(
        resource=ada, on_date=date(2030, 12, 9), effect="closed", reason="Sick"
    )
    load(SMALL + "time_off = [{ on = 2030-12-02 }]\n")
    days = AvailabilityException.objects.filter(resource=ada).order_by("on_date")
    assert [day.on_date.day for day in days] == [2, 9]
    assert days[1] == sick


def test_days_of_earlier_years_stay_when_the_file_forgets_them() -> None:
    def load_at(now: datetime, text: str) -> None:
        clinic = parse(text, today=now.date(), languages=["en"])
        load_clinic(clinic=clinic, now=now)

    load_at(NOW, SMALL + "time_off = [{ on = 2026-12-01 }]\n")
    load_at(NOW.replace(year=2027), SMALL)
    assert AvailabilityException.objects.get().on_date == date(2026, 12, 1)


def test_upcoming_visits_with_somebody_who_left_are_counted() -> None:
    def loaded(text: str) -> int:
        clinic = parse(text, today=NOW.date(), languages=["en"])
        return load_clinic(clinic=clinic, now=NOW).stranded_visits

    assert loaded(SMALL) == 0
    make_appointment(starts_at=datetime(2026, 12, 1, 14, tzinfo=UTC))
    make_appointment(starts_at=datetime(2026, 12, 1, 15, tzinfo=UTC), status="canceled")
    make_appointment(starts_at=datetime(2026, 11, 1, 14, tzinfo=UTC))
    assert loaded(LAKE + CLINICIAN.format("bo", "lake", "blood-test")) == 1
    assert Appointment.objects.count() == 3


def visit_with_ada(hour: int, *, day: int = 1) -> Appointment:
    """In December, on a Tuesday unless said otherwise, with Ada at the lake."""
    site = Site.objects.get(slug="lake")
    return book(
        now=NOW,
        starts_at=at(site, date(2026, 12, day), hour),
        site=site,
        visit_type=VisitType.objects.get(slug="blood-test"),
        clinician=Clinician.objects.get(resource__slug="ada"),
    )


@pytest.fixture
def two_visits(load: Load, monkeypatch: pytest.MonkeyPatch) -> list[Appointment]:
    monkeypatch.setattr("clock.now", lambda: NOW)  # or the first would be over one day
    load(SMALL)
    return [visit_with_ada(9), visit_with_ada(11, day=7)]


@pytest.mark.parametrize(
    ("text", "stranded"),
    [
        (SMALL, []),
        (SMALL + "time_off = [{ on = 2026-12-01 }]\n", [0]),
        (SMALL + "time_off = [{ on = 2026-12-01, from = 10:00:00, to = 12:00:00 }]\n", []),
        (SMALL + "time_off = [{ on = 2026-12-01, from = 08:00:00, to = 09:10:00 }]\n", [0]),
        (SMALL.replace("to = 12:00:00", "to = 11:00:00"), [1]),
        (SMALL.replace('["mon", "tue"]', '["wed"]'), [0, 1]),
        (SMALL + '[[closures]]\non = 2026-12-07\nreason = "Painters"\n', [1]),
    ],
)
def test_visits_that_a_file_puts_outside_hours_are_told_beforehand_too(
    load: Load, two_visits: list[Appointment], text: str, stranded: list[int]
) -> None:
    whens = ["  2026-12-01 09:00, Dr. ada, lake clinic", "  2026-12-07 11:00, Dr. ada, lake clinic"]
    for options in (["--check"], []):
        said = load(text, *options).splitlines()
        assert [when for when in whens if when in said] == [whens[each] for each in stranded]
        told = f"outside their clinician's hours: {len(stranded)}."
        assert any(told in line for line in said) == bool(stranded)
    assert "outside" not in load(text)


def test_a_visit_that_lay_outside_hours_before_is_not_the_files_doing(
    load: Load, two_visits: list[Appointment]
) -> None:
    AvailabilityException.objects.create(
        resource=Resource.objects.get(slug="ada"),
        on_date=date(2026, 12, 1),
        effect="closed",
        reason="Sick",
    )
    said = load(SMALL + "time_off = [{ first = 2026-12-01, last = 2026-12-07 }]\n", "--check")
    assert "outside their clinician's hours: 1." in said
    assert "2026-12-07 11:00" in said


def test_a_place_in_a_group_goes_by_the_hours_of_the_session(load: Load) -> None:
    hours = '{ site = "lake", days = ["thu"], from = 10:00:00, to = 11:00:00, visit_types = ["x"] }'
    session = f'[sessions.s]\nleader = "ada"\ncapacity = 3\nhours = [{hours}]\n'
    group = VISIT_TYPE.format("x").replace("minutes", "group = true\nminutes")
    ada = ADA.replace('visit_types = ["blood-test"]\n', 'visit_types = ["blood-test", "x"]\n')
    load(LAKE + group + ada + session)
    site = Site.objects.get(slug="lake")
    book(
        now=NOW,
        starts_at=at(site, date(2026, 12, 3), 10),
        site=site,
        visit_type=VisitType.objects.get(slug="x"),
        clinician=Clinician.objects.get(resource__slug="ada"),
    )
    assert "outside" not in load(LAKE + group + ada + session)
    assert "2026-12-03 10:00" in load(LAKE + group + ada + session.replace("thu", "fri"))


def test_a_short_name_may_pass_from_a_room_to_a_clinician(load: Load) -> None:
    load(SMALL + ROOM.format("bo", "lake"))
    load(SMALL + CLINICIAN.format("bo", "lake", "blood-test"))
    assert Resource.objects.get(slug="bo").kind == "clinician"
    load(SMALL + ROOM.format("bo", "lake"))
    assert Resource.objects.get(slug="bo").kind == "room"
    assert not Clinician.objects.get(resource__slug="bo").active


def test_the_number_of_queries_does_not_grow_with_the_group(load: Load) -> None:
    def queries(text: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            load(text)
        return len(captured)

    people = [CLINICIAN.format(f"dr-{number}", "hill", "x-ray") for number in range(40)]
    first = queries(LARGER + "".join(people[:1]))
    for_more = queries(LARGER + "".join(people))
    assert for_more <= first


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (None, "cannot be read: No such file or directory."),
        (b'[group]\nname = "Caf\xe9"\n', "line 2: this is not UTF-8 text."),
        (b"[group\n", "line 1: this is not TOML that can be read:"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_clear_sentence(
    tmp_path: Path, content: bytes | None, expected: str
) -> None:
    path = tmp_path / "clinic.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CommandError, match=expected):
        call_command("load_clinic", str(path))


def test_reminders_go_out_by_default_a_week_two_days_and_two_hours_before() -> None:
    migration = import_module("reminders.migrations.0002_default_rules")
    ReminderRule.objects.all().delete()
    with connection.schema_editor() as editor:
        for _ in range(2):
            migration.add_rules(apps, editor)
        rules = list(ReminderRule.objects.filter(active=True, visit_type=None).order_by("pk"))
        migration.remove_rules(apps, editor)
    assert [(rule.name, rule.minutes_before, rule.asks_to_confirm) for rule in rules] == [
        ("week-before", 10080, False),
        ("two-days-before", 2880, True),
        ("two-hours-before", 120, False),
    ]
    assert not ReminderRule.objects.exists()


def test_what_the_demo_says_of_rooms_groups_and_video_can_be_booked(load: Load) -> None:
    load(DEMO.read_text())
    site = Site.objects.get(slug="buffalo")
    chicago = Site.objects.get(slug="chicago")

    def found(slug: str, where: Site, **terms: str) -> list[Slot]:
        return free_slots(
            Search(
                visit_type=VisitType.objects.get(slug=slug),
                site_ids=[where.pk],
                first_day=date(2026, 12, 1),
                last_day=date(2026, 12, 9),
                now=NOW,
                **terms,  # type: ignore[arg-type]
            )
        )

    assert found("x-ray", site)
    Resource.objects.filter(slug="buffalo-x-ray").update(active=False)
    assert not found("x-ray", site)
    lessons = found("diabetes-class", site)
    assert {slot.local.weekday() for slot in lessons} == {2}
    assert {slot.schedule.capacity for slot in lessons} == {8}
    evenings = {slot.local.hour for slot in found("follow-up", chicago, mode="video")}
    assert {18, 19} <= evenings
    kept = {slot.local.hour for slot in found("physiotherapy", chicago)}
    open_to_known = found("physiotherapy", chicago, standing="returning")
    assert kept < {slot.local.hour for slot in open_to_known}
