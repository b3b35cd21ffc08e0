"""The survey on a phone, and the manager's dashboard."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from feedback.models import SurveyInvitation, SurveyResponse
from feedback.services.surveys import plan_surveys
from people.models import User
from scheduling.models import Site
from tests.builders import make_appointment, make_clinician, make_site, make_staff, see
from tests.builders import make_visit_type as visit_type_of

pytestmark = pytest.mark.django_db


def make_invitation(now: datetime, *, site: Site) -> SurveyInvitation:
    """The survey of a visit at this site that was over three hours ago."""
    visit_type = visit_type_of()
    clinician = make_clinician(site=site, visit_types=[visit_type])
    visit = make_appointment(now=now, site=site, visit_type=visit_type, clinician=clinician)
    see(visit, by=make_staff("clinician"), now=now - timedelta(hours=3))
    plan_surveys(now=now)
    return SurveyInvitation.objects.get(appointment=visit)


@pytest.fixture
def site() -> Site:
    return make_site(name="Lakeside Clinic")


@pytest.fixture
def invitation(clock_at_now: datetime, site: Site) -> SurveyInvitation:
    return make_invitation(clock_at_now, site=site)


def survey(invitation: SurveyInvitation) -> str:
    return reverse("feedback:survey", args=[invitation.token])


def test_a_patient_answers_in_one_post_without_signing_in(
    client: Client, invitation: SurveyInvitation
) -> None:
    assert client.get(survey(invitation)).status_code == 200
    assert not SurveyResponse.objects.exists()
    posted = {"overall": "1", "waiting": "2", "comment": "Kind people."}
    answer = client.post(survey(invitation), posted)
    assert answer.headers["Location"] == reverse("feedback:thanks", args=[invitation.token])
    response = SurveyResponse.objects.get()
    assert (response.overall, response.waiting, response.comment) == (1, 2, "Kind people.")


def test_the_survey_tells_nothing_of_the_visit(
    client: Client, invitation: SurveyInvitation
) -> None:
    visit = invitation.appointment
    for name in ("survey", "thanks"):
        page = client.get(reverse(f"feedback:{name}", args=[invitation.token])).content.decode()
        for private in (visit.person.family_name, visit.clinician.name, "Blood test", "November"):
            assert private not in page


def test_only_the_first_question_is_needed(client: Client, invitation: SurveyInvitation) -> None:
    refused = client.post(survey(invitation), {"comment": "Long wait"})
    assert "Please choose how your visit was." in refused.content.decode()
    assert "Long wait" in refused.content.decode()
    client.post(survey(invitation), {"overall": "3"})
    assert SurveyResponse.objects.get().waiting is None


@pytest.mark.parametrize("overall", ["0", "7", "good"])
def test_what_is_not_on_the_scale_is_not_taken(
    client: Client, invitation: SurveyInvitation, overall: str
) -> None:
    assert client.post(survey(invitation), {"overall": overall}).status_code == 200
    assert not SurveyResponse.objects.exists()


def test_a_closed_survey_says_so(
    client: Client, invitation: SurveyInvitation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clock.now", lambda: invitation.closes_at + timedelta(seconds=1))
    assert client.get(survey(invitation)).status_code == 410
    assert client.post(survey(invitation), {"overall": "1"}).status_code == 410
    assert not SurveyResponse.objects.exists()


def test_a_guessed_link_does_not_exist(client: Client, invitation: SurveyInvitation) -> None:
    assert client.get(f"/s/{invitation.token[:-1]}/").status_code == 404


def dashboard_of(user: User) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


def test_the_dashboard_counts_what_was_asked_and_answered(
    client: Client, invitation: SurveyInvitation, site: Site, clock_at_now: datetime
) -> None:
    make_invitation(clock_at_now, site=site)
    client.post(survey(invitation), {"overall": "1", "comment": "Kind people."})
    manager = dashboard_of(make_staff("manager", sites=[site]))
    answer = manager.get("/desk/feedback/")
    context = answer.context
    assert (context["invited"], context["score"].total, context["score"].positive) == (2, 1, 1.0)
    page = answer.content.decode()
    assert "Kind people." in page
    assert context["chart"].title in page
    assert "100" in context["chart"].title
    assert "<svg" in page


def test_the_dashboard_names_no_patient(
    client: Client, invitation: SurveyInvitation, site: Site
) -> None:
    client.post(survey(invitation), {"overall": "5", "comment": "Bad"})
    page = dashboard_of(make_staff("manager", sites=[site])).get("/desk/feedback/")
    assert invitation.appointment.person.family_name not in page.content.decode()


def test_a_manager_sees_their_own_sites_and_an_administrator_all(
    client: Client, invitation: SurveyInvitation, site: Site
) -> None:
    client.post(survey(invitation), {"overall": "2"})

    def counted(user: User) -> int:
        score = dashboard_of(user).get("/desk/feedback/").context["score"]
        return int(score.total)

    assert counted(make_staff("manager", sites=[site])) == 1
    assert counted(make_staff("manager", sites=[make_site()])) == 0
    assert counted(make_staff("administrator")) == 1


def test_answers_of_long_ago_are_not_counted(
    client: Client,
    invitation: SurveyInvitation,
    site: Site,
    clock_at_now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    client.post(survey(invitation), {"overall": "2"})
    monkeypatch.setattr("clock.now", lambda: clock_at_now + timedelta(days=91))
    manager = dashboard_of(make_staff("manager", sites=[site]))
    assert manager.get("/desk/feedback/").context["score"].total == 0


@pytest.mark.parametrize("role", ["front_desk", "agent", "clinician"])
def test_the_dashboard_is_the_managers(invitation: SurveyInvitation, site: Site, role: str) -> None:
    staff = make_staff(role, sites=[site])
    assert dashboard_of(staff).get("/desk/feedback/").status_code == 404
