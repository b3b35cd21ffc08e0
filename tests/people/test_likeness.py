"""Who may be the same: two of name, date of birth and phone agree."""

from datetime import date

import pytest

from people.rules.patient_matching import Traits, are_alike, likeness
from people.selectors import possible_duplicates
from tests.builders import make_person

BORN = date(1957, 3, 28)
PHONE = "+12125550142"


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("Rosa Alvarez", "rosa álvarez", True),
        ("Rosa Alvarez", "Alvarez Rosa", True),
        ("Rosa Alvarez", "Rosa Maria Alvarez", True),
        ("Rosa Alvarez", "Rosa Alvares", True),
        ("Catherine O'Hara", "Katherine OHara", True),
        ("Rosa Alvarez", "Omar Haddad", False),
        ("Rosa Alvarez", "Rosa Winterbottom", False),
    ],
)
def test_a_name_is_written_in_many_ways(one: str, other: str, *, alike: bool) -> None:
    assert are_alike(one, other) is are_alike(other, one) is alike


def test_one_thing_in_common_is_too_little() -> None:
    rosa = Traits("Rosa Alvarez", BORN, [PHONE])
    assert likeness(rosa, Traits("Rosa Alvarez", date(1990, 1, 1), [])) == 1
    assert likeness(rosa, Traits("Omar Haddad", BORN, ["+12125550199"])) == 1
    assert likeness(rosa, Traits("Rosa Alvares", BORN, [])) == 2
    assert likeness(rosa, Traits("Omar Haddad", BORN, [PHONE])) == 2


@pytest.mark.django_db
def test_those_who_may_be_the_same_come_the_most_alike_first() -> None:
    twin = make_person(given_name="Vera", family_name="Winter")
    rosa = make_person()
    make_person(given_name="Omar", family_name="Haddad", born_on=date(1990, 1, 1))
    make_person(given_name="Quentin", family_name="Haddad", phone=None)
    found = possible_duplicates(Traits("Rosa Alvares", BORN, [PHONE]))
    assert found == [rosa, twin]
    type(rosa).objects.filter(pk=rosa.pk).update(deceased_on=date(2020, 1, 1))
    assert possible_duplicates(Traits("Rosa Alvares", BORN, [PHONE])) == [twin]
