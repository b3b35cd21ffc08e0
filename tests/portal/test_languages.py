"""Pages speak the language chosen in a browser, else the person's, else the browser's own."""

from datetime import datetime

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from messaging.models import Message
from people.models import Person
from tests.builders import make_patient
from tests.portal.conftest import Clinic
from tests.portal.visitor import Visitor, newest_code

COOKIE = settings.LANGUAGE_COOKIE_NAME
HOME = {"en": "What do you need?", "es": "¿Qué necesita?"}

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock_at_now")]


def spoken(browser: Client, **headers: str) -> str:
    """The language of the home page, by what it says."""
    page = browser.get(reverse("home"), headers=headers).content.decode()
    (language,) = [code for code, words in HOME.items() if words in page]
    assert f'<html lang="{language}" dir="ltr">' in page
    return language


def chooses(browser: Client, language: str) -> None:
    browser.post(reverse("set_language"), {"language": language, "next": "/"})


def signs_in(browser: Client, address: str) -> None:
    browser.post(reverse("portal:sign_in"), {"address": address})
    browser.post(reverse("portal:sign_in_code"), {"code": newest_code()})


def test_a_browser_that_asks_for_spanish_gets_it() -> None:
    browser = Client()
    assert spoken(browser) == "en"
    assert spoken(browser, accept_language="es-MX,es;q=0.9,en;q=0.8") == "es"
    assert spoken(browser, accept_language="fr") == "en"


def test_a_choice_is_kept_for_a_year_and_wins_over_the_browser() -> None:
    browser = Client()
    chooses(browser, "es")
    assert spoken(browser, accept_language="en-US") == "es"
    cookie = browser.cookies[COOKIE]
    assert (cookie["max-age"], cookie["httponly"], cookie["samesite"]) == (31_536_000, True, "Lax")


def test_a_language_that_nobody_speaks_here_is_no_choice() -> None:
    browser = Client()
    browser.cookies[COOKIE] = "ar-xb"
    assert spoken(browser, accept_language="es") == "es"


def test_signing_in_brings_the_persons_language() -> None:
    user, _ = make_patient(language="es")
    browser = Client()
    assert spoken(browser) == "en"
    signs_in(browser, str(user.phone))
    page = browser.get(reverse("portal:appointments")).content.decode()
    assert "Mis citas" in page
    browser.post(reverse("portal:sign_out"))
    assert spoken(browser) == "en", "the next person at this browser did not choose Spanish"


def test_signing_in_changes_no_language_that_was_chosen_here() -> None:
    user, _ = make_patient(language="es")
    browser = Client()
    chooses(browser, "en")
    signs_in(browser, str(user.phone))
    assert "My visits" in browser.get(reverse("portal:appointments")).content.decode()


def test_the_code_comes_in_the_language_of_the_page() -> None:
    user, _ = make_patient()
    browser = Client()
    chooses(browser, "es")
    signs_in(browser, str(user.phone))
    assert Message.objects.get(kind="one_time_code").language == "es"


def test_the_language_of_the_booking_form_is_spoken_from_then_on(
    clinic: Clinic, rosa: Visitor
) -> None:
    clinic.clinician.titles = {"en": "Nurse", "es": "Enfermería"}
    clinic.clinician.save()
    rosa.presses_a_time(clinic.visit_type, clinic.site, clinic.nine)
    assert "Who is coming?" in rosa.browser.get(rosa.page("details")).content.decode()
    rosa.gives_details(language="es")
    assert "Escriba su código" in rosa.browser.get(rosa.page("code")).content.decode()
    rosa.types_code()
    review = rosa.browser.get(rosa.page("review")).content.decode()
    for said in (
        "¿Está todo bien?",
        "Análisis de sangre",
        "No coma 8 horas antes.",
        "9:00 AM",
        "Enfermería",
    ):
        assert said in review
    rosa.presses_book()
    assert Person.objects.get().language == "es"
    assert set(Message.objects.values_list("language", flat=True)) == {"es"}
    rosa.browser.post(reverse("portal:sign_out"))
    assert spoken(rosa.browser) == "es"


def test_a_known_persons_language_on_the_form_is_no_choice(
    clinic: Clinic, rosa: Visitor, now: datetime
) -> None:
    """She reads English here; that we write to her mother in Spanish does not change it."""
    user, person = make_patient(language="es")
    chooses(rosa.browser, "en")
    signs_in(rosa.browser, str(user.phone))
    rosa.presses_a_time(clinic.visit_type, clinic.site, clinic.nine)
    rosa.gives_details(language="es", phone=str(user.phone), given_name=person.given_name)
    assert "Is this right?" in rosa.browser.get(rosa.page("review")).content.decode()


def test_a_page_that_came_from_a_press_changes_language_too(
    clinic: Clinic, rosa: Visitor, stranger: Visitor
) -> None:
    """Its address takes presses only, so the button leads on to the times themselves."""
    rosa.presses_a_time(clinic.visit_type, clinic.site, clinic.nine)
    gone = stranger.presses_a_time(clinic.visit_type, clinic.site, clinic.nine)
    times = reverse("portal:times", args=[clinic.visit_type.slug])
    assert f'name="next" value="{times}"' in gone.content.decode()


def test_the_api_says_what_went_wrong_in_the_persons_language() -> None:
    browser = Client()
    chooses(browser, "es")
    answer = browser.get("/api/v1/appointments/").json()
    assert (answer["code"], answer["title"]) == ("sign_in_first", "Por favor entre primero.")
