"""Somebody who is new here calls, or stands at the desk: write them down, then choose a time."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods

from people.models import Person
from people.selectors import possible_duplicates, registered_by
from people.services import audit
from people.services.records import register_patient, take_on_patient
from scheduling.appointments.selectors.patients import place_of
from scheduling.desk.forms.patients import NewPatientForm
from scheduling.desk.requests import Desk, desk_of
from scheduling.models import Site

# The free time of the calendar that led here.
TIME = ("who", "day", "time")


@require_http_methods(["GET", "HEAD", "POST"])
def new_patient(request: HttpRequest) -> HttpResponse:
    """Who they are; first those are shown who may be the same. Nothing of it is in an address."""
    desk = desk_of(request)
    if request.method != "POST":
        return _page(request, _form(desk, request))
    form = _form(desk, request)
    if not form.is_valid():
        return _page(request, form, status=422)
    if (person := registered_by(desk.user, **form.identity)) is not None:  # pressed twice
        return redirect(_on_to_a_time(request, desk, person, form.chosen_site))
    alike = _alike(desk, form)
    same = next((each for each in alike if str(each.public_id) == request.POST.get("same")), None)
    if same is None and alike and not _is_none_of(request, alike):
        return _page(request, form, alike=alike)
    person = _taken_on(desk, form, same) if same else _registered(desk, form)
    return redirect(_on_to_a_time(request, desk, person, form.chosen_site))


def _form(desk: Desk, request: HttpRequest) -> NewPatientForm:
    initial = {"site": desk.site.slug, "language": get_language()}
    posted = request.POST if request.method == "POST" else None
    return NewPatientForm(posted, initial=initial, sites=desk.sites, today=desk.today)


def _alike(desk: Desk, form: NewPatientForm) -> list[Person]:
    """Who may be the same, at whatever site they are patients; audited."""
    alike = possible_duplicates(form.traits)
    audit.note(
        actor=desk.user,
        person_ids=[person.pk for person in alike],
        action="patient.match",
        subject=place_of(form.chosen_site),
        now=desk.now,
    )
    return alike


def _is_none_of(request: HttpRequest, alike: list[Person]) -> bool:
    """Whether all of them were shown, and it was said that it is none of them."""
    shown = set(request.POST.getlist("seen"))
    return request.POST.get("same") == "new" and {str(each.public_id) for each in alike} <= shown


def _taken_on(desk: Desk, form: NewPatientForm, same: Person) -> Person:
    take_on_patient(user=desk.user, where=place_of(form.chosen_site), person=same, now=desk.now)
    return same


def _registered(desk: Desk, form: NewPatientForm) -> Person:
    said = {name: value for name, value in form.cleaned_data.items() if name != "site"}
    site = form.chosen_site
    return register_patient(
        user=desk.user, where=place_of(site), time_zone=site.time_zone, now=desk.now, **said
    )


def _on_to_a_time(request: HttpRequest, desk: Desk, person: Person, site: Site) -> str:
    """The time in the calendar that led here, or the free times of a week."""
    if not (desk.has_calendar and request.GET.get("time")):
        address = reverse("calendar:find_time", args=[person.public_id])
        return f"{address}?{urlencode({'site': site.slug})}"
    where = {name: request.GET.get(name, "") for name in TIME}
    asked = {"person": person.public_id, "site": site.slug, **where}
    return f"{reverse('calendar:book')}?{urlencode(asked)}"


def _page(
    request: HttpRequest,
    form: NewPatientForm,
    *,
    alike: list[Person] | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {"form": form, "alike": [(each, _ending(each)) for each in alike or []]}
    return render(request, "scheduling/new_patient.html", context, status=status)


def _ending(person: Person) -> str:
    """The last digits of a phone: enough to ask for, too little to call."""
    phones = [each.value for each in person.contact_points.all() if each.kind == "phone"]
    return phones[0][-2:] if phones else ""
