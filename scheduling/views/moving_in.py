"""Taking over the visits of a clinic that moves in: look at the file first, then take it."""

import csv
import hashlib
from io import TextIOWrapper
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

import clock
from people.models import User
from scheduling.forms import MovingInForm
from scheduling.moving_in import NoHeader, Readers, read_lines
from scheduling.services.importing import Imported, import_appointments
from scheduling.words import import_problem_words

PROBLEMS_SHOWN = 200


@require_http_methods(["GET", "HEAD", "POST"])
def moving_in(request: HttpRequest) -> HttpResponse:
    """A file is looked at, and nothing changes; the same file once more is taken over.

    It is not kept in between: it names patients.
    """
    if not isinstance(request.user, User):
        raise Http404
    if request.method != "POST":
        return _page(request, MovingInForm())
    form = MovingInForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, form, status=422)
    seen = _seen(form)
    take = "take" in request.POST and form.cleaned_data["seen"] == seen
    try:
        done = _read_in(form, request.user, dry_run=not take)
    except (UnicodeDecodeError, csv.Error):
        form.add_error("file", _("This is not a CSV file in UTF-8."))
        return _page(request, form, status=422)
    except NoHeader as fact:
        missing = ", ".join(fact.missing)
        form.add_error("file", _("These columns are missing: %(names)s.") % {"names": missing})
        return _page(request, form, status=422)
    if not done.written:
        form = MovingInForm(initial={"source": form.cleaned_data["source"], "seen": seen})
    status = 409 if done.problems else 200
    return _page(request, form, done=done, status=status)


def _seen(form: MovingInForm) -> str:
    """What tells a file, with what was said of it, from another."""
    digest = hashlib.sha256(form.cleaned_data["source"].encode())
    for chunk in form.cleaned_data["file"].chunks():
        digest.update(chunk)
    return digest.hexdigest()


def _read_in(form: MovingInForm, user: User, *, dry_run: bool) -> Imported:
    now = clock.now()
    languages = tuple(code for code, _ in settings.LANGUAGES)
    readers = Readers(
        form.cleaned_data["source"], languages, settings.PHONENUMBER_DEFAULT_REGION, now.date()
    )
    upload = form.cleaned_data["file"]
    upload.seek(0)
    text = TextIOWrapper(upload.file, encoding="utf-8-sig", newline="")
    lines = read_lines(text, readers)
    return import_appointments(lines=lines, actor=user, dry_run=dry_run, now=now)


def _page(
    request: HttpRequest, form: MovingInForm, *, done: Imported | None = None, status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "done": done}
    if done is not None:
        shown = done.problems[:PROBLEMS_SHOWN]
        context["problems"] = [(each.line, import_problem_words(each)) for each in shown]
        context["more"] = len(done.problems) - len(shown)
        context["can_take"] = not done.written and not done.problems and bool(done.added)
    return render(request, "scheduling/moving_in.html", context, status=status)
