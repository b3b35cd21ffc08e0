"""Moving one visit: every conflict is told, and whoever may can decide against it."""

import uuid
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from people.services import audit
from scheduling.appointments.selectors.appointments import appointments_for_staff
from scheduling.appointments.selectors.called_off import with_called_off
from scheduling.booking.selectors.proposals import Conflict
from scheduling.booking.selectors.wanted import WantedVisit
from scheduling.booking.services.claims import InConflict
from scheduling.booking.services.overrides import MayNotOverride, ReasonMissing
from scheduling.booking.services.staff_booking import (
    conflicts_of_move,
    may_decide,
    move_for_patient,
)
from scheduling.desk.forms.canceling import StaffCancelForm
from scheduling.desk.forms.times import REASON_NEEDED, MoveForm
from scheduling.desk.requests import Desk, conflict_lines, decision, desk_of, named
from scheduling.exceptions import ChangedMeanwhile, IllegalTransition
from scheduling.models import Appointment, Mode
from scheduling.transitions import UPCOMING

# Both forms of the page ask for a reason.
CANCEL_IDS = "cancel-%s"


@require_http_methods(["GET", "HEAD", "POST"])
def move(request: HttpRequest, appointment_id: uuid.UUID) -> HttpResponse:
    """One visit and where it may go. A time in the address is looked at, and nothing is changed."""
    desk = desk_of(request)
    visit = own_visit(desk, appointment_id)
    asked = request.POST if request.method == "POST" else request.GET
    if visit.status not in UPCOMING or "time" not in asked:
        return visit_page(request, desk, visit)
    form = _form(desk, visit, asked)
    if not form.is_valid():
        return visit_page(request, desk, visit, form, status=422)
    wanted = _wanted_visit(form, visit)
    if request.method != "POST":
        found = conflicts_of_move(visit, wanted, now=desk.now)
        return visit_page(request, desk, visit, form, wanted=wanted, conflicts=found)
    return _moved(request, desk, visit, form, wanted)


def own_visit(desk: Desk, appointment_id: uuid.UUID) -> Appointment:
    """A visit at one of this member of staff's sites, audited; to others it does not exist."""
    visit = appointments_for_staff(desk.user).filter(public_id=appointment_id).first()
    if visit is None:
        raise Http404
    audit.note(
        actor=desk.user,
        person_ids=[visit.person_id],
        action="appointment.read",
        subject=f"appointment:{visit.pk}",
        now=desk.now,
    )
    return visit


def _form(desk: Desk, visit: Appointment, asked: QueryDict | None = None) -> MoveForm:
    """Who drags a visit says only where to: it stays as it is otherwise."""
    if asked is not None and "mode" not in asked:
        asked = asked.copy()
        asked["mode"] = visit.mode
    now_at = {
        "site": visit.site.slug,
        "who": visit.clinician.resource.slug,
        "day": visit.local_date,
        "time": visit.local_time,
        "mode": visit.mode,
    }
    who = {each.slug: each for each in [*desk.clinicians(), visit.clinician.resource]}
    modes = {*visit.visit_type.modes, visit.mode}
    return MoveForm(asked, initial=now_at, sites=desk.sites, who=list(who.values()), modes=modes)


def _wanted_visit(form: MoveForm, visit: Appointment) -> WantedVisit:
    starts_at: datetime = form.cleaned_data["starts_at"]
    clinician_id = form.chosen.clinician.pk
    mode = form.cleaned_data["mode"] or visit.mode
    return WantedVisit(visit.visit_type, form.chosen_site, starts_at, clinician_id, mode=mode)


def _moved(
    request: HttpRequest, desk: Desk, visit: Appointment, form: MoveForm, wanted: WantedVisit
) -> HttpResponse:
    reason = form.cleaned_data["reason"].strip()
    try:
        moved = move_for_patient(
            appointment=visit,
            wanted=wanted,
            user=desk.user,
            now=desk.now,
            override=decision(request, wanted, reason),
            reason=reason,
            version=form.cleaned_data["version"] or 0,
        )
    except ChangedMeanwhile:
        visit.refresh_from_db()
        return visit_page(request, desk, visit, form, changed=True, status=409)
    except InConflict as fact:
        return visit_page(
            request, desk, visit, form, wanted=wanted, conflicts=fact.conflicts, status=409
        )
    except ReasonMissing:
        form.add_error("reason", REASON_NEEDED)
        found = conflicts_of_move(visit, wanted, now=desk.now)
        return visit_page(request, desk, visit, form, wanted=wanted, conflicts=found, status=422)
    except MayNotOverride as fact:
        raise Http404 from fact
    except IllegalTransition:
        messages.error(request, _("This visit can no longer be moved. See its status."))
        return redirect("calendar:move", appointment_id=visit.public_id)
    messages.success(request, _done_words(visit, moved) % {"name": moved.person.full_name})
    return redirect(way_back(desk, moved))


def _done_words(visit: Appointment, moved: Appointment) -> str:
    if moved.mode == visit.mode:
        return _("%(name)s is moved, and will be told.")
    if moved.mode == Mode.VIDEO:
        return _("%(name)s now has this visit by video, and will be told.")
    return _("%(name)s now has this visit in person, and will be told.")


def way_back(desk: Desk, visit: Appointment) -> str:
    """The day in the calendar, or for who has none the patient's page."""
    if not desk.has_calendar:
        return reverse(settings.PAGES["patient"], args=[visit.person.public_id])
    day = visit.starts_at.astimezone(ZoneInfo(visit.time_zone)).date()
    return f"{reverse('calendar:day')}?site={visit.site.slug}&day={day.isoformat()}"


def visit_page(
    request: HttpRequest,
    desk: Desk,
    visit: Appointment,
    form: MoveForm | None = None,
    *,
    wanted: WantedVisit | None = None,
    conflicts: list[Conflict] | None = None,
    canceling: StaffCancelForm | None = None,
    changed: bool = False,
    status: int = 200,
) -> HttpResponse:
    """A visit with what was typed to move or to cancel it; ``changed`` where it was moved since."""
    form = form or _form(desk, visit)
    lines = conflict_lines(desk, conflicts or [], wanted.site) if wanted else []
    form.fields["reason"].required = bool(lines)
    with_called_off([visit])
    context = {
        "visit": visit,
        "form": form,
        "canceling": canceling or StaffCancelForm(auto_id=CANCEL_IDS),
        "back_url": way_back(desk, visit),
        "has_calendar": desk.has_calendar,
        "changed": changed,
        "can_move": visit.status in UPCOMING,
        "wanted": wanted,
        "accepted_for": named(wanted) if wanted else "",
        "conflicts": lines,
        "is_final": wanted is not None and not may_decide(desk.user, conflicts or [], wanted.site),
    }
    return render(request, "scheduling/move.html", context, status=status)
