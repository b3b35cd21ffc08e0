"""The bell of the waitlist: a time became free."""

from messaging.services.nudges import Bell

FREE_TIMES = Bell("scheduling.tasks.offer_freed_times", "planning")
