"""Who waits at the sites of a member of staff; and taking somebody off the list."""

import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from people.services import audit
from scheduling.desk.forms.patients import TakeOffForm, WhoWaitsForm
from scheduling.desk.requests import Desk, desk_of, visit_types_offered
from scheduling.models import WaitlistEntry
from scheduling.waitlist.forms import PriorityForm
from scheduling.waitlist.selectors.entries import entries_at, waiting_at
from scheduling.waitlist.services.waitlist import leave_waitlist
from scheduling.waitlist.words import suitable_times_words

PER_PAGE = 25
# How the tag of each urgency looks.
TONES = ("neutral", "info", "warning")


@require_safe
def waitlist(request: HttpRequest) -> HttpResponse:
    """Who waits, the most urgent and then the longest first."""
    desk = desk_of(request)
    form = WhoWaitsForm(request.GET, sites=desk.sites, visit_types=visit_types_offered())
    form.is_valid()  # what is no choice of theirs chooses nothing
    pages = Paginator(waiting_at(form.chosen_sites, form.chosen_type), PER_PAGE)
    page = pages.get_page(request.GET.get("page"))
    entries = list(page.object_list)
    _note(desk, entries)
    context = {
        "form": form,
        "rows": [_row(entry) for entry in entries],
        "page": page,
        "base": _base(request),
        "reasons": TakeOffForm.REASONS,
    }
    return render(request, "scheduling/waitlist.html", context)


@require_POST
def take_off(request: HttpRequest, entry_id: uuid.UUID) -> HttpResponse:
    """Somebody waits no more, and why. Doing it twice is success."""
    desk = desk_of(request)
    entry = entries_at(desk.sites).filter(public_id=entry_id).select_related("person").first()
    form = TakeOffForm(request.POST)
    if entry is None or not form.is_valid():
        raise Http404
    reason = form.cleaned_data["reason"]
    leave_waitlist(entry=entry, user=desk.user, reason=reason, now=desk.now)
    words = _("%(name)s is not on the list any more.")
    messages.success(request, words % {"name": entry.person.full_name})
    return redirect(f"{reverse('calendar:waitlist')}?{request.GET.urlencode()}")


def _note(desk: Desk, entries: list[WaitlistEntry]) -> None:
    audit.note(
        actor=desk.user,
        person_ids=sorted({entry.person_id for entry in entries}),
        action="waitlist.read",
        subject="",
        now=desk.now,
    )


def _row(entry: WaitlistEntry) -> dict[str, object]:
    return {
        "entry": entry,
        "suits": suitable_times_words(entry),
        "urgency": dict(PriorityForm.URGENCY)[entry.priority],
        "tone": TONES[entry.priority],
    }


def _base(request: HttpRequest) -> str:
    """The address of a page of what is listed, up to its number."""
    asked = request.GET.copy()
    asked.pop("page", None)
    return f"?{asked.urlencode()}&page=" if asked else "?page="
