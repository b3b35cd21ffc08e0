"""Taking over the visits of a clinic that moves in: look at the file first, then take it."""

import csv
import hashlib
from collections import Counter
from io import TextIOWrapper
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

import clock
from people.models import User
from scheduling.desk.forms.times import ImportForm
from scheduling.imports.rules.csv_lines import NoHeader, Readers, read_lines
from scheduling.imports.rules.merging import writes_anything
from scheduling.imports.services.exporting import export_appointments
from scheduling.imports.services.importing import Imported, import_appointments
from scheduling.imports.words import import_change_words, import_problem_words

SHOWN = 200


@require_http_methods(["GET", "HEAD", "POST"])
def moving_in(request: HttpRequest) -> HttpResponse:
    """A file is looked at, and nothing changes; the same file once more is taken over.

    It is not kept in between: it names patients.
    """
    if not isinstance(request.user, User):
        raise Http404
    if request.method != "POST":
        return _page(request, ImportForm())
    form = ImportForm(request.POST, request.FILES)
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
        form = ImportForm(initial=form.cleaned_data | {"seen": seen})
    status = 409 if done.problems else 200
    return _page(request, form, done=done, status=status)


def _seen(form: ImportForm) -> str:
    """What tells a file, with what was said of it, from another."""
    said = form.cleaned_data["source"], form.cleaned_data["cancel_gone"]
    digest = hashlib.sha256(repr(said).encode())
    for chunk in form.cleaned_data["file"].chunks():
        digest.update(chunk)
    return digest.hexdigest()


def _read_in(form: ImportForm, user: User, *, dry_run: bool) -> Imported:
    now = clock.now()
    languages = tuple(code for code, _ in settings.LANGUAGES)
    readers = Readers(
        form.cleaned_data["source"], languages, settings.PHONENUMBER_DEFAULT_REGION, now.date()
    )
    upload = form.cleaned_data["file"]
    upload.seek(0)
    text = TextIOWrapper(upload.file, encoding="utf-8-sig", newline="")
    lines = read_lines(text, readers)
    gone = form.cleaned_data["cancel_gone"]
    return import_appointments(lines=lines, actor=user, cancel_gone=gone, dry_run=dry_run, now=now)


def _page(
    request: HttpRequest, form: ImportForm, *, done: Imported | None = None, status: int = 200
) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "done": done}
    if done is not None:
        context |= _told(done)
        context["can_take"] = (
            not done.written and not done.problems and writes_anything(done.changes)
        )
    return render(request, "scheduling/moving_in.html", context, status=status)


def _told(done: Imported) -> dict[str, Any]:
    """What is wrong and what changes, each with its line; new visits after the others."""
    problems = done.problems[:SHOWN]
    changes = sorted(done.changes, key=lambda each: each.kind == "new")[:SHOWN]
    kinds = Counter(change.kind for change in done.changes)
    return {
        "problems": [(each.line, import_problem_words(each)) for each in problems],
        "more_problems": len(done.problems) - len(problems),
        "changes": [(each.line, each.source_id, import_change_words(each)) for each in changes],
        "more_changes": len(done.changes) - len(changes),
        "moved": kinds["moved"],
        "canceled": kinds["canceled"],
    }


@require_safe
def visits_file(request: HttpRequest) -> StreamingHttpResponse:
    """The visits to come, for another system or another Visitwell. It names patients."""
    if not isinstance(request.user, User):
        raise Http404
    now = clock.now()
    response = StreamingHttpResponse(
        export_appointments(actor=request.user, now=now), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="visits-{now:%Y-%m-%d}.csv"'
    return response
