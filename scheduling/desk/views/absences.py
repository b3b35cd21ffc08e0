"""A clinician is away: one screen, one press, and what became of every visit; and is back again."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from scheduling.booking.services.overrides import MayNotOverride
from scheduling.calendar.selectors.at_site import clinicians_of_staff
from scheduling.clinic.rules.working_hours import moment_of
from scheduling.closures.selectors.absences import LONGEST_ABSENCE_DAYS, coming_absences
from scheduling.closures.selectors.new_times import Suggestion, suggestions_for
from scheduling.closures.services.absences import NewTime, close_days
from scheduling.closures.services.reopening import reopen_days
from scheduling.closures.words import absence_words
from scheduling.desk.forms.absences import AbsenceForm, ReasonForm, ReturnForm
from scheduling.desk.requests import Desk, desk_of
from scheduling.models import Clinician, Site

PAGE = "scheduling/absence.html"


@require_http_methods(["GET", "HEAD", "POST"])
def absence(request: HttpRequest) -> HttpResponse:
    """Who is away and when; then the visits, each with a new time; then what came of it."""
    desk = desk_of(request)
    clinicians = _clinicians(desk)
    if request.method != "POST" and "who" not in request.GET:
        return _page(request, desk, _form(desk, clinicians))
    form = _form(desk, clinicians, request.POST if request.method == "POST" else request.GET)
    if not form.is_valid():
        return _page(request, desk, form, status=422)
    reasons = ReasonForm(request.POST if request.method == "POST" else None)
    if not reasons.is_valid():
        return _proposed(request, desk, form, reasons)
    return _closed(request, desk, form, reasons.cleaned_data["reason"].strip())


def _clinicians(desk: Desk) -> list[Clinician]:
    return list(clinicians_of_staff(desk.user, desk.today, desk.today))


def _form(
    desk: Desk, clinicians: Sequence[Clinician], asked: QueryDict | None = None
) -> AbsenceForm:
    initial = {"first_day": desk.today, "last_day": desk.today}
    return AbsenceForm(asked, initial=initial, clinicians=clinicians, longest=LONGEST_ABSENCE_DAYS)


def _page(
    request: HttpRequest, desk: Desk, form: AbsenceForm, *, status: int = 200, **more: object
) -> HttpResponse:
    """The form, and who is away already: who was chosen, or everybody."""
    chosen = more.get("clinician")
    whose = [each for each in form.clinicians.values() if chosen in (None, each)]
    absences = [
        (each, absence_words(each.away), ReturnForm.of(each))
        for each in coming_absences(whose, today=desk.today)
    ]
    context = {"form": form, "absences": absences, **more}
    return render(request, PAGE, context, status=status)


def _proposed(
    request: HttpRequest, desk: Desk, form: AbsenceForm, reasons: ReasonForm
) -> HttpResponse:
    found, elsewhere = suggestions_for(form.clinician, form.away, user=desk.user, now=desk.now)
    desk.note([each.visit for each in found], "absence.read")
    return _page(
        request,
        desk,
        form,
        status=422 if reasons.is_bound else 200,
        reasons=reasons,
        clinician=form.clinician,
        suggestions=[(each, _value(each)) for each in found],
        elsewhere=elsewhere,
    )


def _value(each: Suggestion) -> str:
    """A new time as a form carries it: visit, site, clinician, seconds since 1970."""
    if each.slot is None:
        return ""
    slot = each.slot
    return f"{each.visit.pk}.{slot.site_id}.{slot.clinician_id}.{slot.start}"


def _chosen(values: Sequence[str]) -> dict[int, NewTime]:
    """What was ticked. Raises Http404 for what no page of ours sends."""
    sites = Site.objects.in_bulk()
    chosen: dict[int, NewTime] = {}
    for value in values:
        try:
            visit, site, clinician, start = (int(part) for part in value.split("."))
            chosen[visit] = NewTime(sites[site], clinician, moment_of(start))
        except (ValueError, KeyError, OverflowError) as broken:
            raise Http404 from broken
    return chosen


def _closed(request: HttpRequest, desk: Desk, form: AbsenceForm, reason: str) -> HttpResponse:
    try:
        outcomes = close_days(
            clinician=form.clinician,
            away=form.away,
            reason=reason,
            chosen=_chosen(request.POST.getlist("move")),
            user=desk.user,
            now=desk.now,
        )
    except MayNotOverride as fact:
        raise Http404 from fact
    context = {
        "clinician": form.clinician,
        "when": absence_words(form.away),
        "outcomes": outcomes,
    }
    return render(request, "scheduling/absence_done.html", context)


@require_POST
def back_again(request: HttpRequest) -> HttpResponse:
    """Take an absence back, or the rest of it."""
    desk, form = desk_of(request), ReturnForm(request.POST)
    who = {str(each.public_id): each for each in _clinicians(desk)}
    if not form.is_valid() or form.cleaned_data["who"] not in who:
        raise Http404
    clinician = who[form.cleaned_data["who"]]
    days = {name: form.cleaned_data[name] for name in ("closure_ids", "back_on")}
    try:
        standing = reopen_days(clinician=clinician, user=desk.user, now=desk.now, **days)
    except MayNotOverride as fact:
        raise Http404 from fact
    _say(request, clinician, len(standing))
    return redirect("calendar:absence")


def _say(request: HttpRequest, clinician: Clinician, standing: int) -> None:
    words = _("%(name)s is back. The time can be booked again.") % {"name": clinician.name}
    if standing:
        words += " " + ngettext(
            "%(number)s visit that was called off takes place after all. The patient is told.",
            "%(number)s visits that were called off take place after all. The patients are told.",
            standing,
        ) % {"number": standing}
    messages.success(request, words)
