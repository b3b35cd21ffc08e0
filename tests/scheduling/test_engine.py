"""Anything in any order, on the real database, against a model that a child could check."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.scheduling.engine.patients import Patients
from tests.scheduling.engine.staff import Staff
from tests.suites import examples


class Engine(Patients, Staff):
    """One day at a small clinic: patients and staff do what they do, and time passes."""


@pytest.mark.django_db
def test_whatever_is_done_in_whatever_order_the_model_and_the_database_agree() -> None:
    run_state_machine_as_test(
        Engine,
        settings=settings(
            max_examples=examples(40),
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
