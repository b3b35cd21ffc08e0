"""Taking time away from a clinician, a room or a group session, and giving it back."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from scheduling.booking.selectors.proposals import Conflict
from scheduling.booking.services.claims import InConflict
from scheduling.booking.services.overrides import MayNotOverride
from scheduling.clinic.selectors.rosters import sessions_at
from scheduling.closures.services.blocks import block_time, unblock_time
from scheduling.desk.forms.times import BlockForm
from scheduling.desk.requests import Desk, conflict_lines, desk_of
from scheduling.models import Allocation, Resource


@require_http_methods(["GET", "HEAD", "POST"])
def block(request: HttpRequest) -> HttpResponse:
    """A stretch of time and why; the visits in it are told before anything is written."""
    desk = desk_of(request)
    who = [*desk.clinicians(), *desk.rooms(), *sessions_at(desk.sites, since=desk.today)]
    if request.method != "POST":
        initial = {
            "site": desk.site.slug,
            "who": request.GET.get("who", ""),
            "day": desk.day(request.GET.get("day", "")),
            "time": request.GET.get("time", ""),
        }
        return _page(request, desk, BlockForm(initial=initial, sites=desk.sites, who=who))
    form = BlockForm(request.POST, sites=desk.sites, who=who)
    if not form.is_valid():
        return _page(request, desk, form, status=422)
    try:
        made = block_time(
            resource=form.chosen,
            site=form.chosen_site,
            starts_at=form.cleaned_data["starts_at"],
            ends_at=form.cleaned_data["ends_at"],
            reason=form.cleaned_data["reason"].strip(),
            user=desk.user,
            now=desk.now,
            accepted=request.POST.getlist("accepted"),
        )
    except InConflict as fact:
        return _page(request, desk, form, conflicts=fact.conflicts, status=409)
    except MayNotOverride as fact:
        raise Http404 from fact
    _say(request, len(made.conflicts))
    address = f"{reverse('calendar:day')}?site={form.chosen_site.slug}"
    return redirect(f"{address}&day={form.cleaned_data['day'].isoformat()}{_side(form)}")


def _side(form: BlockForm) -> str:
    in_rooms = form.chosen.kind in (Resource.Kind.ROOM, Resource.Kind.DEVICE)
    return "&by=rooms" if in_rooms else ""


def _say(request: HttpRequest, left: int) -> None:
    if not left:
        messages.success(request, _("The time is blocked."))
        return
    messages.warning(
        request,
        ngettext(
            "The time is blocked. %(number)s visit is still in it: move it.",
            "The time is blocked. %(number)s visits are still in it: move them.",
            left,
        )
        % {"number": left},
    )


@require_POST
def unblock(request: HttpRequest) -> HttpResponse:
    """Give blocked time back."""
    desk = desk_of(request)
    number = request.POST.get("block", "")
    found = Allocation.objects.filter(
        kind=Allocation.Kind.BLOCK, site__in=desk.sites, pk=int(number) if number.isdecimal() else 0
    ).select_related("site", "resource")
    row = found.first()
    if row is None:
        raise Http404
    try:
        unblock_time(block=row, user=desk.user)
    except MayNotOverride as fact:
        raise Http404 from fact
    messages.success(request, _("The time is free again."))
    day = request.POST.get("day", "")
    return redirect(f"{reverse('calendar:day')}?day={desk.day(day).isoformat()}")


def _page(
    request: HttpRequest,
    desk: Desk,
    form: BlockForm,
    *,
    conflicts: list[Conflict] | None = None,
    status: int = 200,
) -> HttpResponse:
    lines = conflict_lines(desk, conflicts, form.chosen_site) if conflicts else []
    return render(
        request, "scheduling/block.html", {"form": form, "conflicts": lines}, status=status
    )
