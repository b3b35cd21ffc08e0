"""Pages travel compressed, but never where their length could tell a stranger something."""

import gzip

import pytest
from django.test import Client
from django.urls import reverse

from tests.builders import make_group, make_patient

pytestmark = pytest.mark.django_db


@pytest.fixture
def rosa() -> Client:
    """Signed in: her pages hold what is hers."""
    make_group()
    browser = Client(headers={"accept-encoding": "gzip, br"})
    browser.force_login(make_patient()[0], backend="people.backends.OneTimeCodeBackend")
    return browser


def encoding(browser: Client, **headers: str) -> str:
    answer = browser.get(reverse("portal:appointments"), headers=headers)
    assert answer.status_code == 200
    return answer.headers.get("Content-Encoding", "")


@pytest.mark.parametrize("asked_from", ["same-origin", "none"])
def test_a_page_that_was_asked_for_here_is_compressed(rosa: Client, asked_from: str) -> None:
    assert encoding(rosa, sec_fetch_site=asked_from) == "gzip"


@pytest.mark.parametrize("asked_from", ["cross-site", "same-site"])
def test_a_page_that_another_site_sends_for_is_not(rosa: Client, asked_from: str) -> None:
    assert encoding(rosa, sec_fetch_site=asked_from) == ""


def test_a_browser_that_does_not_say_who_asks_is_told_nothing(rosa: Client) -> None:
    assert encoding(rosa) == ""


def test_without_a_session_there_is_no_secret_and_every_page_is_compressed() -> None:
    make_group()
    answer = Client().get("/", headers={"accept-encoding": "gzip", "sec-fetch-site": "cross-site"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in answer.headers["Vary"]
    assert b"</html>" in gzip.decompress(answer.content)


def test_the_length_of_one_page_differs_each_time(rosa: Client) -> None:
    address = reverse("portal:appointments")
    lengths = {
        len(rosa.get(address, headers={"sec-fetch-site": "same-origin"}).content) for _ in range(20)
    }
    assert len(lengths) > 3
