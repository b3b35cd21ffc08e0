"""What can get in the way while a time is taken."""

from infrastructure.retries import Stale
from scheduling.exceptions import SlotTaken


class Outdated(Stale):
    """The clinic's hours were changed between looking at a time and taking it."""

    in_the_end = SlotTaken
