"""Several people at once: back to back with one clinician, or side by side with several."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from scheduling.series.rules.family import LONGEST_GAP, GuestSlot, SharedCapacity, combined_times

MINUTE = 60


def place(
    minute: int, who: int = 1, length: int = 20, after: int = 0, needs: tuple[str, ...] = ()
) -> GuestSlot:
    start = minute * MINUTE
    end = start + length * MINUTE
    return GuestSlot(
        start, end, start, end + after * MINUTE, who, (f"own {who}", *needs), f"cap {who}"
    )


def starts(found: list[tuple[GuestSlot, ...]]) -> list[list[int]]:
    return [[each.start // MINUTE for each in row] for row in found]


def test_two_follow_one_another_with_one_clinician() -> None:
    times = [place(minute) for minute in (0, 20, 60)]
    assert starts(combined_times([times, times])) == [[0, 20]]


def test_a_short_wait_between_them_is_fine_and_a_long_one_is_not() -> None:
    assert starts(combined_times([[place(0)], [place(35)]])) == [[0, 35]]
    assert combined_times([[place(0)], [place(36)]]) == []


def test_buffers_are_left() -> None:
    times = [place(minute, after=10) for minute in (0, 20, 30)]
    assert starts(combined_times([times, times])) == [[0, 30]]


def test_side_by_side_only_when_nobody_has_them_all() -> None:
    apart = [place(0, who=1), place(10, who=2)]
    assert starts(combined_times([apart, apart])) == [[0, 10]]
    both = [*apart, place(20, who=1)]
    assert {each.clinician_id for each in combined_times([both, both])[0]} == {1}


def test_who_has_few_choices_is_given_theirs() -> None:
    any_of_three = [place(0, who=who) for who in (1, 2, 3)]
    found = combined_times([any_of_three, any_of_three, [place(5, who=2)]])
    assert [each.clinician_id for each in found[0]] == [1, 3, 2]


def test_in_one_room_nobody_is_side_by_side() -> None:
    apart = [place(0, who=who, needs=("room",)) for who in (1, 2)]
    one, two = SharedCapacity({"room": [[]]}), SharedCapacity({"room": [[], []]})
    assert combined_times([apart, apart], shared=one) == []
    assert starts(combined_times([apart, apart], shared=two)) == [[0, 0]]
    taken = SharedCapacity({"room": [[], [(10 * MINUTE, 15 * MINUTE)]]})
    assert combined_times([apart, apart], shared=taken) == []


def test_who_may_begin_later_takes_the_room_after_another() -> None:
    short = [place(0, who=1, length=10, needs=("room",))]
    later = [place(minute, who=2, needs=("room",)) for minute in (0, 5, 10)]
    assert starts(combined_times([short, later], shared=SharedCapacity({"room": [[]]}))) == [
        [0, 10]
    ]


def test_a_group_is_shared_while_it_has_places() -> None:
    at_ten = [place(0)]
    assert starts(combined_times([at_ten] * 3, shared=SharedCapacity({"own 1": [[], [], []]}))) == [
        [0, 0, 0]
    ]
    assert combined_times([at_ten] * 3, shared=SharedCapacity({"own 1": [[], [], [(0, 60)]]})) == []


def test_a_cap_counts_all_of_them() -> None:
    times = [place(0), place(20), place(0, who=2), place(20, who=2)]
    left = SharedCapacity(left={"cap 1": 1, "cap 2": 2})
    assert {each.clinician_id for each in combined_times([times, times], shared=left)[0]} == {2}
    assert combined_times([times[:2]] * 2, shared=left) == []


PLACES = st.lists(st.builds(place, st.integers(0, 40).map(lambda n: n * 5), st.integers(1, 3)))


@given(st.lists(PLACES, min_size=2, max_size=4))
def test_nobody_is_in_two_places(wanted: list[list[GuestSlot]]) -> None:
    for row in combined_times(wanted):
        assert all(each in places for each, places in zip(row, wanted, strict=True))
        for one in row:
            for other in row:
                if one is not other and one.clinician_id == other.clinician_id:
                    assert one.until <= other.from_ or other.until <= one.from_
        same = len({each.clinician_id for each in row}) == 1
        if same:
            for one, following in pairwise(row):
                assert 0 <= following.start - one.end <= LONGEST_GAP
        else:
            assert max(each.start for each in row) - row[0].start <= LONGEST_GAP
