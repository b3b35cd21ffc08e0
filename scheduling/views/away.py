"""A clinician is away: one screen, one press, and what became of every visit."""

from collections.abc import Sequence

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from scheduling.availability import moment_of
from scheduling.forms import AbsenceForm, ReasonForm
from scheduling.models import Site
from scheduling.selectors.absences import LONGEST_ABSENCE_DAYS, Suggestion, suggestions_for
from scheduling.selectors.day_calendar import clinicians_of_staff
from scheduling.services.absences import NewTime, close_days
from scheduling.services.deciding import MayNotOverride
from scheduling.views.staff import Desk, desk_of

PAGE = "scheduling/absence.html"


@require_http_methods(["GET", "HEAD", "POST"])
def absence(request: HttpRequest) -> HttpResponse:
    """Who is away and when; then the visits, each with a new time; then what came of it."""
    desk = desk_of(request)
    if request.method != "POST" and "who" not in request.GET:
        return render(request, PAGE, {"form": _form(desk)})
    form = _form(desk, request.POST if request.method == "POST" else request.GET)
    if not form.is_valid():
        return render(request, PAGE, {"form": form}, status=422)
    if request.method != "POST":
        return _proposed(request, desk, form, ReasonForm())
    reasons = ReasonForm(request.POST)
    if not reasons.is_valid():
        return _proposed(request, desk, form, reasons, status=422)
    return _closed(request, desk, form, reasons.cleaned_data["reason"].strip())


def _form(desk: Desk, asked: QueryDict | None = None) -> AbsenceForm:
    clinicians = list(clinicians_of_staff(desk.user, desk.today, desk.today))
    initial = {"first_day": desk.today, "last_day": desk.today}
    return AbsenceForm(asked, initial=initial, clinicians=clinicians, longest=LONGEST_ABSENCE_DAYS)


def _proposed(
    request: HttpRequest,
    desk: Desk,
    form: AbsenceForm,
    reasons: ReasonForm,
    *,
    status: int = 200,
) -> HttpResponse:
    found, elsewhere = suggestions_for(
        form.clinician,
        user=desk.user,
        first_day=form.cleaned_data["first_day"],
        last_day=form.cleaned_data["last_day"],
        now=desk.now,
    )
    desk.note([each.visit for each in found], "absence.read")
    context = {
        "form": form,
        "reasons": reasons,
        "clinician": form.clinician,
        "suggestions": [(each, _value(each)) for each in found],
        "elsewhere": elsewhere,
    }
    return render(request, PAGE, context, status=status)


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
            first_day=form.cleaned_data["first_day"],
            last_day=form.cleaned_data["last_day"],
            reason=reason,
            chosen=_chosen(request.POST.getlist("move")),
            user=desk.user,
            now=desk.now,
        )
    except MayNotOverride as fact:
        raise Http404 from fact
    context = {"form": form, "clinician": form.clinician, "outcomes": outcomes}
    return render(request, "scheduling/absence_done.html", context)
