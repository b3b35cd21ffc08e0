"""Doors of the desk: the arrivals board, one patient, and a clinician's day."""

import uuid
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import reswap, retarget, trigger_client_event
from phonenumber_field.phonenumber import to_python

import clock
from checkin.forms import VerifyForm
from checkin.selectors import BoardRow, arrivals_for_day, day_of_clinician
from checkin.services import arrivals
from people.models import User
from people.selectors import contact_points_of
from people.services import audit
from scheduling.appointments.selectors.appointments import appointments_for_staff, sites_of_staff
from scheduling.appointments.selectors.called_off import with_called_off
from scheduling.booking.services import lifecycle
from scheduling.calendar.selectors.day_calendar import nearest_day
from scheduling.exceptions import IllegalTransition
from scheduling.models import Appointment, Clinician, Mode, Site
from scheduling.transitions import UPCOMING, Status

SITE = "desk_site"


@require_safe
def arrivals_board(request: HttpRequest) -> HttpResponse:
    """Everyone expected and present at a site on a day."""
    user, now = _staff(request), clock.now()
    sites = list(sites_of_staff(user))
    if not sites:
        raise Http404
    site = _chosen(request, sites)
    day = _day(request, site, now)
    lists = arrivals_for_day(user, site=site, day=day, now=now)
    _note_board(user, lists, now)
    return render(
        request,
        "checkin/arrivals.html",
        {
            "tabs": _tabs(sites, site),
            "site": site,
            "day": day,
            "is_today": day == now.astimezone(ZoneInfo(site.time_zone)).date(),
            "day_before": day - timedelta(days=1),
            "day_after": day + timedelta(days=1),
            "now": now,
            "lists": lists,
        },
    )


def _tabs(sites: list[Site], chosen: Site) -> list[dict[str, object]]:
    """A link to each site's board."""
    return [
        {"label": site.name, "url": f"?site={site.slug}", "current": site == chosen}
        for site in sites
    ]


def _chosen(request: HttpRequest, sites: list[Site]) -> Site:
    """The site named in the address, or the one looked at last."""
    slug = request.GET.get("site") or request.session.get(SITE)
    site = next((each for each in sites if each.slug == slug), sites[0])
    if request.session.get(SITE) != site.slug:
        request.session[SITE] = site.slug
    return site


def _day(request: HttpRequest, site: Site, now: datetime) -> date:
    """The day named in the address, or today at the site."""
    today = now.astimezone(ZoneInfo(site.time_zone)).date()
    try:
        return nearest_day(parse_date(request.GET.get("day", "")) or today)
    except ValueError:
        return today


def _note_board(user: User, lists: dict[str, list[BoardRow]], now: datetime) -> None:
    seen = {row.appointment.person_id for rows in lists.values() for row in rows}
    audit.note(actor=user, person_ids=sorted(seen), action="board.read", subject="", now=now)


@require_safe
def patient(request: HttpRequest, appointment_id: uuid.UUID) -> HttpResponse:
    """One patient at the desk: what to verify. The board shows it in a dialog."""
    visit = _visit(request, appointment_id)
    return _verify(request, visit, VerifyForm())


@require_POST
def check_in(request: HttpRequest, appointment_id: uuid.UUID) -> HttpResponse:
    """Verified and checked in. From the board, the answer is the board as it is then."""
    visit = _visit(request, appointment_id)
    form = VerifyForm(request.POST)
    if not form.is_valid():
        return _verify(request, visit, form, status=422)
    try:
        arrivals.verify_and_check_in(
            appointment=visit,
            identity_verified=form.cleaned_data["identity"],
            contact_verified=form.cleaned_data["contact"],
            actor=_staff(request),
            now=clock.now(),
        )
    except IllegalTransition:
        problem = _("This visit can no longer be checked in. See its status.")
        if _in_place(request):
            return _verify(request, visit, VerifyForm(), status=409, problem=problem)
        messages.error(request, problem)
        return redirect("checkin:patient", appointment_id=appointment_id)
    said = _("%(name)s is checked in.") % {"name": visit.person.full_name}
    if _in_place(request):
        return _board_again(request, visit, said)
    messages.success(request, said)
    return redirect("checkin:arrivals")


def _in_place(request: HttpRequest) -> bool:
    """Whether htmx asks, to show the answer inside the page that is open."""
    return "HX-Request" in request.headers


def _verify(
    request: HttpRequest, visit: Appointment, form: VerifyForm, *, status: int = 200, **more: str
) -> HttpResponse:
    page = "checkin/check_in_panel.html" if _in_place(request) else "checkin/patient.html"
    return render(request, page, _patient_context(visit, form) | more, status=status)


def _board_again(request: HttpRequest, visit: Appointment, said: str) -> HttpResponse:
    """The lists of the board that shows this visit, what to say, and which row to go to."""
    user, now = _staff(request), clock.now()
    lists = arrivals_for_day(user, site=visit.site, day=visit.local_date, now=now)
    _note_board(user, lists, now)
    response = render(request, "checkin/board.html", {"lists": lists})
    told = {"said": said, "row": f"visit-{visit.pk}", "waiting": len(lists["here"])}
    trigger_client_event(response, "board:changed", told, after="swap")
    return retarget(reswap(response, "innerHTML"), "[data-board]")


@require_POST
def no_show(request: HttpRequest, appointment_id: uuid.UUID) -> HttpResponse:
    """The patient did not come."""
    visit = _visit(request, appointment_id)
    try:
        lifecycle.mark_no_show(appointment=visit, actor=_staff(request), now=clock.now())
    except IllegalTransition:
        messages.error(request, _("This visit cannot be marked as missed now."))
        return redirect("checkin:patient", appointment_id=appointment_id)
    messages.success(request, _("Marked as missed."))
    return redirect("checkin:arrivals")


def _patient_context(visit: Appointment, form: VerifyForm) -> dict[str, object]:
    with_called_off([visit])
    return {
        "visit": visit,
        "form": form,
        "arrival": getattr(visit, "arrival", None),
        "contact_points": [
            (point, to_python(point.value) if point.kind == "phone" else None)
            for point in contact_points_of(visit.person)
        ],
        "now": clock.now(),
        "can_check_in": visit.status in {*UPCOMING, Status.ARRIVED, Status.NO_SHOW},
        "can_be_missed": clock.now() >= visit.starts_at,
    }


@require_safe
def my_day(request: HttpRequest) -> HttpResponse:
    """Who is waiting for this clinician, and since when."""
    user, now = _staff(request), clock.now()
    clinician = _clinician(user)
    zone = _zone(clinician)
    day = now.astimezone(zone).date()
    lists = day_of_clinician(clinician, day=day, now=now)
    _note_board(user, lists, now)
    return render(
        request,
        "checkin/my_day.html",
        {"clinician": clinician, "day": day, "now": now, "lists": lists},
    )


@require_POST
def call_in(request: HttpRequest, appointment_id: uuid.UUID) -> HttpResponse:
    """Ask the patient in."""
    user = _staff(request)
    visit = _visit(request, appointment_id)
    if visit.clinician_id != _clinician(user).pk:
        raise Http404
    begin = arrivals.start_video_visit if visit.mode == Mode.VIDEO else arrivals.call_in
    try:
        begin(appointment=visit, actor=user, now=clock.now())
    except IllegalTransition:
        messages.error(request, _("This patient is not waiting."))
    else:
        said = _("%(name)s is with you now.") % {"name": visit.person.full_name}
        messages.success(request, said)
    return redirect("checkin:my_day")


def _clinician(user: User) -> Clinician:
    clinician = Clinician.objects.filter(user=user, active=True).first()
    if clinician is None:
        raise Http404
    return clinician


def _zone(clinician: Clinician) -> ZoneInfo:
    """The zone of the clinician's first site. Someone who works in two has one day at a time."""
    rule = clinician.resource.availability_rules.select_related("site").order_by("pk").first()
    return ZoneInfo(rule.site.time_zone if rule else "UTC")


def _staff(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise Http404
    return request.user


def _visit(request: HttpRequest, appointment_id: uuid.UUID) -> Appointment:
    """A visit at one of this member of staff's sites, audited; to others it does not exist."""
    user = _staff(request)
    visit = (
        appointments_for_staff(user)
        .select_related("arrival", "person", "visit_type", "site", "clinician")
        .filter(public_id=appointment_id)
        .first()
    )
    if visit is None:
        raise Http404
    audit.note(
        actor=user,
        person_ids=[visit.person_id],
        action="appointment.read",
        subject=f"appointment:{visit.pk}",
        now=clock.now(),
    )
    return visit
