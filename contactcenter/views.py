"""Doors of the contact center: what people have to say or do, and who they are."""

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from phonenumber_field.phonenumber import to_python

import clock
from contactcenter.forms import AttemptForm, FindForm
from contactcenter.selectors import (
    MOST_FOUND,
    find_patients,
    patient_of_staff,
    visit_of_task,
    visits_of_patient,
)
from contactcenter.words import task_words
from messaging.models import Task
from messaging.selectors import open_tasks
from messaging.services.worklist import record_attempt
from people.models import StaffRole, User
from people.rules.names import parse_person_query
from people.selectors import addresses_of, contact_points_of, roles_of
from people.services import audit
from scheduling.waitlist.forms import PriorityForm
from scheduling.waitlist.selectors.entries import entries_of_person

LONGEST_LIST = 200
BOOKS = frozenset({StaffRole.Role.FRONT_DESK, StaffRole.Role.AGENT, StaffRole.Role.ADMINISTRATOR})
CHECKS_IN = frozenset({StaffRole.Role.FRONT_DESK, StaffRole.Role.ADMINISTRATOR})


def find(request: HttpRequest) -> HttpResponse:
    """Find a patient. The palette posts the same form and takes only the list."""
    form = FindForm(request.POST or None)
    user = _staff(request)
    context: dict[str, object] = {"form": form, "books": bool(BOOKS & roles_of(user))}
    if request.method == "POST" and form.is_valid():
        context |= _found(user, form.cleaned_data["wanted"])
    in_place = "HX-Request" in request.headers
    page = "contactcenter/found.html" if in_place else "contactcenter/find.html"
    return render(request, page, context)


def _found(user: User, typed: str) -> dict[str, object]:
    wanted, now = parse_person_query(typed), clock.now()
    rows, more = find_patients(user, wanted, now=now)
    audit.note(
        actor=user,
        person_ids=[row.person.pk for row in rows],
        action="patient.find",
        subject="",
        now=now,
    )
    return {
        "asked": bool(wanted) or wanted.impossible,
        "impossible": wanted.impossible,
        "rows": rows,
        "more": more,
        "most": MOST_FOUND,
        "checks_in": bool(CHECKS_IN & roles_of(user)),
    }


@require_safe
def person(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    """One patient across the stages: who they are, how to reach them, their visits."""
    user = _staff(request)
    found = patient_of_staff(user, person_id)
    if found is None:
        raise Http404
    audit.note(
        actor=user,
        person_ids=[found.pk],
        action="person.read",
        subject=f"person:{found.pk}",
        now=clock.now(),
    )
    return render(
        request,
        "contactcenter/person.html",
        {
            "person": found,
            "contact_points": [
                (point, to_python(point.value) if point.kind == "phone" else None)
                for point in contact_points_of(found)
            ],
            "visits": visits_of_patient(user, found),
            "checks_in": bool(CHECKS_IN & roles_of(user)),
            "waiting": [
                (
                    entry,
                    PriorityForm(initial={"priority": entry.priority}, auto_id=f"{entry.pk}_%s"),
                )
                for entry in entries_of_person(found)
            ],
            "books": bool(BOOKS & roles_of(user)),
        },
    )


@require_safe
def worklist(request: HttpRequest) -> HttpResponse:
    """Open tasks of this account's roles, most urgent first."""
    user = _staff(request)
    tasks = list(open_tasks(roles=_worklist_roles(user))[:LONGEST_LIST])
    audit.note(
        actor=user,
        person_ids=sorted({task.person_id for task in tasks if task.person_id}),
        action="worklist.read",
        subject="",
        now=clock.now(),
    )
    context = {"tasks": [(task, task_words(task.kind)) for task in tasks], "now": clock.now()}
    return render(request, "contactcenter/worklist.html", context)


def task(request: HttpRequest, task_id: int) -> HttpResponse:
    """One task: whom to reach, and what came of it."""
    user = _staff(request)
    found = open_tasks(roles=_worklist_roles(user)).filter(pk=task_id).first()
    if found is None:
        raise Http404
    form = AttemptForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        record_attempt(task=found, by=user, now=clock.now(), **form.cleaned_data)
        messages.success(request, _("Noted. Thank you."))
        return redirect("contactcenter:worklist")
    _note(user, found)
    return render(
        request,
        "contactcenter/task.html",
        {
            "task": found,
            "to_do": task_words(found.kind),
            "form": form,
            "now": clock.now(),
            "phone": to_python(addresses_of(found.person).get("phone")) if found.person else None,
            "visit": visit_of_task(user, found) if BOOKS & roles_of(user) else None,
            "attempts": found.attempts.select_related("by").order_by("-at"),
        },
    )


def _note(user: User, found: Task) -> None:
    audit.note(
        actor=user,
        person_ids=[found.person_id] if found.person_id else [],
        action="task.read",
        subject=f"task:{found.pk}",
        now=clock.now(),
    )


def _worklist_roles(user: User) -> frozenset[str]:
    """Whose work this account sees: its own roles' and, for an administrator, everyone's."""
    held = roles_of(user)
    return frozenset(StaffRole.Role.values) if StaffRole.Role.ADMINISTRATOR in held else held


def _staff(request: HttpRequest) -> User:
    if not isinstance(request.user, User):
        raise Http404
    return request.user
