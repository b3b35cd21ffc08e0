"""What an import says of a file's lines: what is wrong with them, and what they change."""

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from scheduling.imports.rules.csv_lines import LineProblem
from scheduling.imports.rules.merging import FiledVisit, ImportChange

# What is wrong with a line of an import, by ``moving_in.Problem.kind``.
IMPORT_PROBLEMS: dict[str, StrPromise] = {
    "missing": _("“%(about)s” is missing."),
    "too_long": _("“%(about)s” is too long, or holds something that is not text."),
    "born_on": _("“%(about)s” is not a date of birth. Write 1957-03-28."),
    "phone": _("“%(about)s” is not a phone number."),
    "email": _("“%(about)s” is not an e-mail address."),
    "language": _("“%(about)s” is not a language that is spoken here."),
    "channel": _("“%(about)s” is not sms, email or voice."),
    "status": _("“%(about)s” is not booked, confirmed or canceled."),
    "day": _("“%(about)s” is not a day. Write 2026-11-24."),
    "time": _("“%(about)s” is not a time. Write 14:30."),
    "offset": _("“%(about)s” is not an offset. Write -05:00."),
    "site": _("There is no site “%(about)s”."),
    "clinician": _("There is no clinician “%(about)s”."),
    "visit_type": _("There is no visit type “%(about)s”."),
    "mode": _("This visit cannot be had so: “%(about)s”."),
    "not_theirs": _("The clinician does not offer “%(about)s”."),
    "skipped": _("%(about)s does not exist: the clocks go forward then."),
    "ambiguous": _("%(about)s happens twice: the clocks go back then. Say which in “offset”."),
    "wrong_offset": _("%(about)s has another offset there."),
    "past": _("%(about)s is over."),
    "far": _("%(about)s is too far ahead."),
    "twice": _("This visit is on line %(about)s too."),
    "overlaps": _("%(about)s has something else then."),
    "overlaps_line": _("It overlaps with line %(about)s, with the time kept before and after."),
    "changed_here": _("It was changed here and in the file. Make both say the same."),
    "ended": _("It was canceled by an earlier file. Give it a new key to take it over again."),
    "other_patient": _("It is here for a patient with another date of birth."),
    "other_type": _("It is here as another kind of visit, not “%(about)s”."),
    "no_place": _("No room, device or place in a group is left for “%(about)s”."),
}


def import_problem_words(problem: LineProblem) -> str:
    """One problem of an import as a sentence, in the active language."""
    return str(IMPORT_PROBLEMS[problem.kind]) % {"about": problem.about}


# What becomes of a visit, by ``ImportChange.kind``.
IMPORT_CHANGES: dict[str, StrPromise] = {
    "new": _("New: %(after)s."),
    "moved": _("Moved from %(before)s to %(after)s."),
    "canceled": _("Canceled: %(before)s."),
    "confirmed": _("Confirmed: %(before)s."),
    "gone": _("Not in the file any more. Left as it is: %(before)s."),
    "kept": _("Changed here since it came, and not in the file. Left as it is: %(after)s."),
}
NOWHERE = _("canceled")


def import_change_words(change: ImportChange) -> str:
    """What becomes of one visit as a sentence, in the active language."""
    places = {"before": _visit_words(change.before), "after": _visit_words(change.after)}
    return str(IMPORT_CHANGES[change.kind]) % places


def _visit_words(filed: FiledVisit | None) -> str:
    """In the words of the file, which is what somebody compares it with."""
    if filed is None:
        return str(NOWHERE)
    return f"{filed.day} {filed.wall:%H:%M}, {filed.clinician}, {filed.site}, {filed.mode}"
