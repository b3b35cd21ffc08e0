"""Staff say how urgent it is that somebody who waits is seen."""

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from scheduling.forms import PriorityForm
from scheduling.models import WaitlistEntry
from scheduling.selectors.appointments import with_visits_of_staff
from scheduling.selectors.waitlist import people_waiting
from scheduling.services.waitlist import set_priority
from scheduling.views.staff import desk_of


@require_POST
def priority(request: HttpRequest, entry_id: uuid.UUID) -> HttpResponse:
    """One of the people of these sites, and how urgent. Doing it twice is success."""
    desk = desk_of(request)
    entry = WaitlistEntry.objects.filter(public_id=entry_id, until=None).first()
    form = PriorityForm(request.POST)
    people = with_visits_of_staff(people_waiting(entry), desk.user)
    if entry is None or not people.exists() or not form.is_valid():
        raise Http404
    set_priority(entry=entry, priority=form.cleaned_data["priority"], actor=desk.user, now=desk.now)
    messages.success(request, _("Noted. Thank you."))
    return redirect("contactcenter:person", person_id=people[0].public_id)
