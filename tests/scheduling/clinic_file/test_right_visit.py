"""Questions, plans and the rule about missed visits in a clinic file."""

import pytest

from scheduling.clinic_file.rules.questions import as_data
from scheduling.triage.rules import outcome_of, questions_of
from tests.scheduling.clinic_file.test_reading import DEMO, SMALL, problems, read

QUESTION = """
[visit_types.{slug}.questions.pain]
asks.en = "Do you have chest pain?"
answers.yes = {{ says.en = "Yes", {yes} }}
answers.no = {{ says.en = "No" }}
"""


def with_question(yes: str = 'urgent = "emergency"') -> str:
    slug = read(SMALL).visit_types[0].slug
    return SMALL + QUESTION.format(slug=slug, yes=yes)


def test_questions_are_read_and_kept_as_triage_reads_them() -> None:
    (question,) = read(with_question()).visit_types[0].questions
    kept = questions_of(as_data([question]))
    assert kept[0].asks == {"en": "Do you have chest pain?"}
    assert outcome_of(kept, {"pain": "yes"}).urgent == "emergency"
    assert outcome_of(kept, {"pain": "no"}).goes_on


@pytest.mark.parametrize(
    ("yes", "told"),
    [
        ('urgent = "emergncy"', "'emergncy' is not an urgency; did you mean 'emergency'?"),
        ('urgent = "call", visit_type = "x"', "an urgent answer leads to advice"),
        ('leads = "on"', "has no use for 'leads'"),
    ],
)
def test_a_wrong_answer_is_told(yes: str, told: str) -> None:
    assert any(told in each for each in problems(with_question(yes)))


def test_an_answer_leads_to_another_visit_type_that_there_is() -> None:
    slug = read(SMALL).visit_types[0].slug
    own = with_question(f'visit_type = "{slug}"')
    others = [one.slug for one in read(SMALL).visit_types if one.slug != slug]
    told = [each for each in problems(own) if "is not another visit type" in each]
    assert len(told) == bool(others)
    if others:
        assert read(with_question(f'visit_type = "{others[0]}"'))


def test_a_question_must_let_somebody_go_on() -> None:
    text = with_question().replace('{ says.en = "No" }', '{ says.en = "No", urgent = "call" }')
    assert any("lets anybody go on" in each for each in problems(text))


def test_a_question_needs_two_answers() -> None:
    text = with_question().replace('answers.no = { says.en = "No" }', "")
    assert any("needs at least two answers" in each for each in problems(text))


def test_more_questions_than_fit_on_a_screen_are_told() -> None:
    slug = read(SMALL).visit_types[0].slug
    one = QUESTION.format(slug=slug, yes='urgent = "call"')
    many = [one.replace("pain]", f"pain-{number}]") for number in range(5)]
    assert any("at most 4 fit on a screen" in each for each in problems(SMALL + "".join(many)))


PLAN = '\n[plans.lakeshore]\nname = "Lakeshore Health Plan"\n'


def test_plans_are_read_in_order() -> None:
    slug = read(SMALL).visit_types[0].slug
    text = (
        SMALL + PLAN + f'copay = 20.00\nin_full = ["{slug}"]\n[plans.b]\nname = "B"\nshare = 20\n'
    )
    first, second = read(text).plans
    assert (first.copay, first.share, first.in_full) == (2000, None, (slug,))
    assert (second.copay, second.share, second.position) == (None, 20, 1)


@pytest.mark.parametrize(
    ("terms", "told"),
    [
        ("", "needs 'copay' or 'share', one of them"),
        ("copay = 20.00\nshare = 20", "needs 'copay' or 'share', one of them"),
        ("copay = [20.00, 30.00]", "a copay is one amount"),
        ("share = 120", "'share' is 120; it must be from 0 to 100"),
        ('share = 20\nin_full = ["nothing"]', "'nothing' is not a visit type"),
    ],
)
def test_a_wrong_plan_is_told(terms: str, told: str) -> None:
    assert any(told in each for each in problems(f"{SMALL}{PLAN}{terms}\n"))


def test_missed_visits_are_allowed_without_a_rule() -> None:
    assert read(SMALL).visit_types[0].no_shows_allowed is None


def test_the_demo_asks_and_takes_plans() -> None:
    clinic = read(DEMO.read_text())
    asked = {one.slug: one.questions for one in clinic.visit_types if one.questions}
    assert {"check-up", "skin-check", "flu-shot", "child-visit", "physiotherapy"} <= asked.keys()
    assert not any(one.questions for one in clinic.visit_types if one.slug == "new-patient")
    assert all({"en", "es"} == set(each.asks) for found in asked.values() for each in found)
    assert len(clinic.plans) >= 3
