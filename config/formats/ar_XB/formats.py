"""The made-up language of ``config.languages`` says dates and times as English does."""

from config.formats.en.formats import *  # noqa: F403
