"""Links point downward too: the name of a route in a template or a view hides from import-linter.

An app may lead to its own pages and to those of the apps it may import. A page of an app above or
beside is led to by what it is, through ``settings.PAGES``: ``{% url pages.my_day %}``.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from local.embedded import CHECKOUT
from tests.architecture.test_relations import FLOORS

TEMPLATES = CHECKOUT / "templates"
# What is shown around the pages of every app: of config's floor, it may lead anywhere. The other
# folders are an app's, and stand on its floor.
SHELL = {"account", "allauth", "desk", "errors", "mfa", "patients", "styleguide"}
# What every app's pages are made of leads to no app at all.
FOR_ALL = {"charts", "components", "messages"}
NOWHERE = -1
TAKEN_IN = re.compile(r"""\{%\s*(?:include|extends)\s+["']([\w./-]+)["']""")
IN_A_TEMPLATE = re.compile(r"""\{%\s*url\s+["']([\w:-]+)["']""")
# The calls of Django that take a route's name first.
TAKES_A_ROUTE = {"redirect", "resolve_url", "reverse", "reverse_lazy"}
Link = tuple[str, str]  # the file, and the route's name


def owners(resolver: URLResolver, space: str = "") -> Iterator[tuple[str, str]]:
    """Each route's name with its namespaces, and the package that has its view."""
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            yield from owners(each, f"{space}{each.namespace}:" if each.namespace else space)
        elif isinstance(each, URLPattern) and each.name:
            yield f"{space}{each.name}", each.callback.__module__.partition(".")[0]


OWNERS = dict(owners(get_resolver()))


def links_in_templates() -> Iterator[Link]:
    for path in TEMPLATES.rglob("*.html"):
        for name in IN_A_TEMPLATE.findall(path.read_text()):
            yield path.relative_to(CHECKOUT).as_posix(), name


def links_in_python() -> Iterator[Link]:
    for app in FLOORS:
        for path in (CHECKOUT / app).rglob("*.py"):
            for name in routes_named(ast.parse(path.read_text())):
                yield path.relative_to(CHECKOUT).as_posix(), name


def routes_named(tree: ast.AST) -> Iterator[str]:
    """What is given to ``reverse`` and its like, and any other text that is a route's full name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and ":" in node.value:
            if node.value in OWNERS:
                yield node.value
        elif isinstance(node, ast.Call) and node.args and called(node) in TAKES_A_ROUTE:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value


def called(call: ast.Call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def floor_of(file: str) -> tuple[str, int]:
    """Whose a file is, and on which floor it stands."""
    first, second, *_ = [*Path(file).parts, ""]
    if first != "templates":
        return first, FLOORS[first]
    if second in FOR_ALL:
        return second, NOWHERE
    if second in FLOORS:
        return second, FLOORS[second]
    assert second in SHELL or second.endswith(".html"), f"say whose templates {second} has"
    return "config", FLOORS["config"]


def leads_astray(link: Link) -> bool:
    """Upward, or to a sibling."""
    file, name = link
    (here, floor), there = floor_of(file), OWNERS.get(name, "")
    return there in FLOORS and there != here and FLOORS[there] >= floor


def test_no_template_leads_to_a_page_above_or_beside_it() -> None:
    assert [link for link in links_in_templates() if leads_astray(link)] == []


def templates_taken_in() -> Iterator[tuple[str, str]]:
    """Each template with those that it includes or extends."""
    for path in TEMPLATES.rglob("*.html"):
        for name in TAKEN_IN.findall(path.read_text()):
            yield path.relative_to(CHECKOUT).as_posix(), f"templates/{name}"


def takes_astray(file: str, other: str) -> bool:
    """Whether a template is made of one above or beside it. Any page may stand in the shell."""
    (here, floor), (there, height) = floor_of(file), floor_of(other)
    return there != here and there != "config" and height >= floor


def test_no_template_is_made_of_one_above_or_beside_it() -> None:
    taken = set(templates_taken_in())
    assert ("templates/feedback/thanks.html", "templates/patients/base.html") in taken
    assert [each for each in sorted(taken) if takes_astray(*each)] == []
    assert takes_astray("templates/scheduling/held.html", "templates/checkin/board.html")
    assert not takes_astray("templates/contactcenter/person.html", "templates/checkin/board.html")


def test_no_view_leads_to_a_page_above_or_beside_it() -> None:
    assert [link for link in links_in_python() if leads_astray(link)] == []


def test_pages_by_what_they_are_are_pages_that_there_are() -> None:
    assert set(settings.PAGES.values()) <= set(OWNERS)


def test_every_page_by_what_it_is_is_led_to() -> None:
    told = "".join(path.read_text() for path in TEMPLATES.rglob("*.html"))
    told += "".join(path.read_text() for app in FLOORS for path in (CHECKOUT / app).rglob("*.py"))
    unused = {
        name
        for name in settings.PAGES
        if f"pages.{name} " not in told and f'PAGES["{name}"]' not in told
    }
    assert unused == set()


@pytest.mark.parametrize(
    ("link", "astray"),
    [
        (("templates/scheduling/wait.html", "contactcenter:person"), True),  # upward
        (("templates/checkin/my_day.html", "followups:write_summary"), True),  # to a sibling
        (("templates/checkin/my_day.html", "calendar:day"), False),
        (("templates/portal/booking/review.html", "api:appointments"), False),  # scheduling's
        (("templates/components/button.html", "calendar:day"), True),
        (("templates/desk/base.html", "contactcenter:find"), False),
        (("templates/500.html", "home"), False),
        (("scheduling/desk/views/booking.py", "home"), True),
        (("portal/home.py", "home"), False),
        (("config/context_processors.py", "checkin:arrivals"), False),
    ],
)
def test_the_walk_knows_up_from_down(link: Link, *, astray: bool) -> None:
    assert leads_astray(link) is astray


def test_the_walk_sees_what_is_there() -> None:
    """A walk that finds nothing would pass too."""
    assert ("templates/desk/base.html", "contactcenter:find") in set(links_in_templates())
    assert ("checkin/views.py", "checkin:arrivals") in set(links_in_python())
    assert ("config/context_processors.py", "contactcenter:worklist") in set(links_in_python())
    code = 'reverse("home"); shortcuts.redirect("feed", 1); PAGE = "checkin:my_day"; "a:b"'
    assert set(routes_named(ast.parse(code))) == {"home", "feed", "checkin:my_day"}
    assert reverse("home") == "/"
