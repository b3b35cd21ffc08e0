"""The style guide: one page that shows each component in every state.

New screens are made from what is on it. Its words are in English, for those who make screens; the
specimens in Spanish show how the components' own words translate.
"""

import re
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe

from config.styleguide.acting import ACTING
from config.styleguide.specimens import Specimen
from config.styleguide.telling import TELLING

COLORS = (
    "paper surface sunken line line-strong ink ink-soft primary primary-strong primary-soft "
    "accent accent-soft accent-ink danger danger-soft success success-soft info info-soft pine"
).split()
REFERS = re.compile(r'\b(id|for|aria-labelledby|aria-describedby)="([^"]+)"|\bhref="#([^"]+)"')
NAVIGATION = re.compile(r'(<nav[^>]* aria-label="[^"]*)(")')


@dataclass(frozen=True, slots=True)
class Shown:
    """A specimen as it stands on the page."""

    specimen: Specimen
    html: SafeString


@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    """Every component, by section."""
    sections = [
        (section, [shown(each, f"{section.slug}{n}") for n, each in enumerate(section.specimens)])
        for section in [*ACTING, *TELLING]
    ]
    return render(request, "styleguide/styleguide.html", {"sections": sections, "colors": COLORS})


def shown(specimen: Specimen, place: str) -> Shown:
    """The component's HTML, with ids and landmarks that are its own among so many."""
    with translation.override(specimen.language):
        context = specimen.context() if callable(specimen.context) else specimen.context
        made = render_to_string(f"components/{specimen.component}.html", context)
    html = NAVIGATION.sub(rf"\g<1>: {specimen.component}, {specimen.state}\2", made)
    html = REFERS.sub(lambda found: _own(found, place), html)
    return Shown(specimen, mark_safe(html))  # noqa: S308  # a template of ours made it


def _own(found: re.Match[str], place: str) -> str:
    attribute, ids, target = found.groups()
    if target:
        return f'href="#{place}-{target}"'
    return f'{attribute}="{" ".join(f"{place}-{each}" for each in ids.split())}"'
