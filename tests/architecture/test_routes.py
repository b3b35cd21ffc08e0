"""Every route is named in ``config.access``, or cannot be reached."""

from collections.abc import Iterable, Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from config.access import NAMESPACES, ROUTES, rule_for
from people.models import StaffRole
from tests.builders import make_staff

# django-allauth brings them; we have no use for them, and so they do not exist here.
UNREACHABLE = {
    # An administrator gives staff their address; they cannot change or confirm it themselves.
    "account_email": [],
    "account_email_verification_sent": [],
    "account_confirm_email": ["any-key"],
    # A lost password is an administrator's matter: a mailbox alone must not open a chart.
    "account_reset_password": [],
    "account_reset_password_done": [],
    "account_reset_password_from_key": ["1", "any-key"],
    "account_reset_password_from_key_done": [],
    # Staff sign in with a password and a second factor, not with a code by e-mail.
    "account_confirm_login_code": [],
}


def routes(
    patterns: Iterable[URLPattern | URLResolver], spaces: tuple[str, ...] = ()
) -> Iterator[tuple[str, str]]:
    """Each route's name with its namespaces, and its pattern."""
    for each in patterns:
        if isinstance(each, URLResolver):
            inner = (*spaces, each.namespace) if each.namespace else spaces
            yield from routes(each.url_patterns, inner)
        else:
            yield ":".join([*spaces, each.name or ""]), str(each.pattern)


ALL = list(routes(get_resolver().url_patterns))


def test_every_route_is_named_in_the_access_table() -> None:
    nameless = {name or pattern for name, pattern in ALL if rule_for(name) is None}
    assert nameless == set(UNREACHABLE)


def test_no_entry_is_left_of_a_route_that_is_gone() -> None:
    names = {name for name, _ in ALL}
    assert set(ROUTES) - names == set()
    assert set(NAMESPACES) - {name.partition(":")[0] for name in names} == set()


@pytest.mark.django_db
@pytest.mark.parametrize("name", UNREACHABLE)
def test_what_no_table_names_does_not_exist_even_for_an_administrator(
    client: Client, name: str
) -> None:
    client.force_login(make_staff(StaffRole.Role.ADMINISTRATOR))
    address = reverse(name, args=UNREACHABLE[name])
    assert client.get(address).status_code == 404
    assert client.post(address).status_code == 404


@pytest.mark.urls("tests.architecture.a_new_route")
@pytest.mark.django_db
def test_a_new_route_cannot_be_reached_before_it_is_named(client: Client) -> None:
    client.force_login(make_staff(StaffRole.Role.ADMINISTRATOR))
    assert client.get("/new/").status_code == 404
    assert client.get("/nameless/").status_code == 404
