"""Tells a worker that a time became free, so that those who wait are asked."""

from messaging.services.nudges import Nudge

FREED_TIMES = Nudge("scheduling.tasks.offer_freed_times", "planning")
