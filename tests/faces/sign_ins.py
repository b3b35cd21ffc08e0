"""Staff on their way in, as browsers without a window."""

from django.test import Client
from django.urls import reverse

from people.models import User

PASSWORD = "a long password"


def gives_a_password(staff: User) -> Client:
    """Who is now asked for the code."""
    staff.set_password(PASSWORD)
    staff.save()
    browser = Client()
    browser.post(reverse("account_login"), {"login": staff.email, "password": PASSWORD})
    return browser


def signs_in(staff: User, browser: Client | None = None) -> Client:
    """With the password given again just now, as the pages about the second factor want it."""
    staff.set_password(PASSWORD)
    staff.save()
    browser = browser or Client()
    browser.force_login(staff)
    browser.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return browser
