"""How often a time may be held, on pages and in the API together."""

from people.rates import Rate


class HoldRate(Rate):
    """Whoever holds times without wanting them takes them from others for minutes.

    The waiting room of a clinic may share one address, so that a person is counted by their
    account once they have one.
    """

    scope = "hold"
