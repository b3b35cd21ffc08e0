"""Every route that can be read, and one world in which each of them has something to show."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.test import Client
from django.urls import reverse

from config.access import Audience, rule_for
from feedback.models import SurveyInvitation
from feedback.services.surveys import plan_surveys
from messaging.models import Message, Task
from people.models import StaffRole, User
from scheduling.booking.services.holds import hold_slot, holder_of_staff
from scheduling.booking.services.lifecycle import cancel_appointment
from scheduling.feeds.services import make_feed
from scheduling.models import Appointment, Series, WaitlistOffer
from scheduling.prices.services import request_estimate
from scheduling.transitions import SETTLED_AFTER
from scheduling.waitlist.services.backfill import offer_freed_times
from scheduling.waitlist.services.waitlist import SuitableTimes, join_waitlist
from tests.architecture.test_routes import ALL, UNREACHABLE
from tests.builders import (
    ask_questions,
    at,
    days_after,
    make_appointment,
    make_clinician,
    make_group,
    make_site,
    make_staff,
    make_visit_type,
    see,
)
from tests.portal.visitor import DETAILS, PHONE, Visitor

# These take a POST or nothing.
POST_ONLY = {
    "portal:hold",
    "portal:call_me",
    "portal:release",
    "portal:extend",
    "portal:undo",
    "portal:add_to_series",
    "portal:undo_series",
    "portal:call_about",
    "portal:sign_out",
    "portal:switch",
    "portal:leave_waitlist",
    "checkin:check_in",
    "checkin:no_show",
    "checkin:call_in",
    "calendar:unblock",
    "calendar:back_again",
    "calendar:cancel",
    "calendar:priority",
    "calendar:take_off",
    "messaging:status",
    "messaging:voice",
    "messaging:voice_key",
    "inbound_sms",
    "api:holds",
    "api:call-me",
    "api:hold-extend",
    "api:appointment-move",
    "api:appointment-switch",
    "api:appointment-confirm",
    "api:appointment-cancel",
    "api:appointment-undo",
    "api:appointment-call-me",
    "api:series-list",
    "api:series-plan",
    "api:series-cancel-rest",
    "api:series-move-rest",
    "api:series-plan-move",
    "api:series-undo",
    "api:together",
    "api:together-plan",
    "api:waitlist-accept",
    "api:waitlist-decline",
}
# Django's administration of accounts, by pages that take no row: the same code for every table.
ADMIN_WITH_A_ROW = re.compile(r"^admin:$|^admin:view_on_site$|_(history|delete|change)$")
# Where the visit type that is booked has nothing to show.
OTHER_KEYS = {"portal:questions": {"visit_type": "check-up"}}
KEY = re.compile(r"<(?:\w+:)?(\w+)>")


def readable() -> dict[str, list[str]]:
    """Every route that may be read, with the names of the keys in its address."""
    return {
        name: KEY.findall(pattern)
        for name, pattern in ALL
        if name not in UNREACHABLE
        and not (name.startswith("admin:") and ADMIN_WITH_A_ROW.search(name))
    }


def is_for_staff(name: str) -> bool:
    rule = rule_for(name)
    return isinstance(rule, frozenset) or rule is Audience.SIGNED_IN


@dataclass(frozen=True, slots=True)
class World:
    """Somebody about to book, with one visit to come and one that is over; and the staff."""

    rosa: Client
    staff: Client
    keys: dict[str, Any]
    over: Appointment
    query: dict[str, Any]

    def address(self, name: str, keys: list[str], **others: Any) -> str:
        """The path of a route, about Rosa's visit to come unless ``others`` say otherwise."""
        known = self.keys | OTHER_KEYS.get(name, {}) | others
        return reverse(name, kwargs={key: known[key] for key in keys})


def make_world(now: datetime) -> World:
    """All of it, two days before the visit to come and three after the one that is over."""
    make_group()
    site, visit_type = make_site(), make_visit_type(slug="blood-test", series_most=12)
    ask_questions(make_visit_type(slug="check-up"))
    staff = make_staff(*StaffRole.Role, sites=[site])
    User.objects.filter(pk=staff.pk).update(is_superuser=True)  # for the tables of Django admin
    clinician = make_clinician(site=site, visit_types=[visit_type], user=staff)
    day = days_after(now, 2)
    rosa = Visitor()
    rosa.books(visit_type, site, at(site, day, 9))
    to_come = Appointment.objects.get()
    over = make_appointment(
        now=now - timedelta(days=4),
        starts_at=at(site, days_after(now, -3), 9),
        site=site,
        visit_type=visit_type,
        clinician=clinician,
        patient=(User.objects.get(phone=PHONE), to_come.person),
    )
    see(over, by=staff, now=over.ends_at)
    plan_surveys(now=over.ends_at + timedelta(hours=3))
    rosa.reaches_review(visit_type, site, at(site, day, 11))
    rosa.browser.post(reverse("portal:sign_in"), {"address": PHONE})
    rosa.browser.post(reverse("portal:newcomer"), DETAILS)
    at_phone = User.objects.get(phone=PHONE)
    offer = _offer_something_sooner(to_come, now)
    series = Series.objects.create(person=to_come.person, visit_type=visit_type, created_at=now)
    Appointment.objects.filter(pk=to_come.pk).update(series=series)
    account = User.objects.get(phone=PHONE)
    request_estimate(appointment=to_come, user=account, now=now)
    task = Task.objects.create(key="call", kind="call_back", due_at=now, created_at=now)
    feed = make_feed(owner=at_phone, of="patient", language="en", now=now)
    kept = hold_slot(
        visit_type=visit_type,
        site=site,
        starts_at=at(site, day, 13),
        holder=holder_of_staff(staff),
        now=now,
    )
    at_desk = Client()
    at_desk.force_login(staff)
    return World(
        rosa=rosa.browser,
        staff=at_desk,
        keys={
            "visit_type": visit_type.slug,
            "hold_id": rosa.hold,
            "appointment_id": to_come.public_id,
            "person_id": to_come.person.public_id,
            "token": SurveyInvitation.objects.get().token,
            "offer_token": offer.token,
            "entry_id": offer.entry.public_id,
            "feed_token": feed.rpartition("/")[2].removesuffix(".ics"),
            "kept_id": kept.public_id,
            "series_id": series.public_id,
            "task_id": task.pk,
            "message_id": Message.objects.all()[0].public_id,
            "app_label": "account",
        },
        over=over,
        query={
            "visit_type": visit_type.slug,
            "site": site.pk,
            "first_day": day.isoformat(),
            "last_day": day.isoformat(),
        },
    )


def _offer_something_sooner(visit: Appointment, now: datetime) -> WaitlistOffer:
    """Somebody gives up three o'clock the day before, and it is kept for Rosa."""
    gone = make_appointment(
        now=now,
        starts_at=at(visit.site, days_after(now, 1), 15),
        site=visit.site,
        visit_type=visit.visit_type,
        clinician=visit.clinician,
    )
    assert gone.booked_by is not None
    assert visit.booked_by is not None
    join_waitlist(
        person=visit.person,
        user=visit.booked_by,
        visit_type=visit.visit_type,
        suits=SuitableTimes(sites=[visit.site], earliest=now.date(), latest=visit.local_date),
        replaces=visit,
        now=now,
    )
    cancel_appointment(appointment=gone, user=gone.booked_by, reason="", now=now - SETTLED_AFTER)
    offer_freed_times(now=now)
    return WaitlistOffer.objects.get()
