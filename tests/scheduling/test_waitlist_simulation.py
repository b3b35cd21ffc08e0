"""The simulation says the same each time, and more patience and more people fill more times."""

from benchmarks.waitlist import Clinics, Setting, Told


def told(setting: Setting, seed: int = 1) -> Told:
    return Clinics(setting, seed).run()


def test_a_seed_always_tells_the_same() -> None:
    few = Setting(waiting=20)
    assert told(few) == told(few)
    assert told(few) != told(few, seed=2)


def test_who_says_yes_more_often_fills_more() -> None:
    shares = [told(Setting(waiting=20, accepts=chance)).share for chance in (0.0, 0.11, 1.0)]
    assert shares[0] == 0.0
    assert shares == sorted(shares)
    assert shares[2] > shares[1] > 0
