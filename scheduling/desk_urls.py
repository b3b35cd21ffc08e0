"""The calendar and what staff do in it."""

from django.urls import path

from scheduling.views import (
    away,
    blocking,
    booking,
    calendars,
    canceling,
    estimates,
    feeds,
    moving,
    moving_in,
    newcomers,
    on_phone,
    waiting,
    waitlist,
)

app_name = "calendar"
urlpatterns = [
    path("", calendars.day, name="day"),
    path("site-week/", calendars.site_week, name="site_week"),
    path("week/", calendars.week, name="week"),
    path("visits/<uuid:appointment_id>/cancel/", canceling.cancel, name="cancel"),
    path("visits/<uuid:appointment_id>/", moving.move, name="move"),
    path("book/", booking.book, name="book"),
    path("people/new/", newcomers.new_patient, name="new_patient"),
    path("people/<uuid:person_id>/wait/", waiting.wait, name="wait"),
    path("visits/<uuid:appointment_id>/sooner/", waiting.sooner, name="sooner"),
    path("people/<uuid:person_id>/book/", on_phone.find_time, name="find_time"),
    path("people/<uuid:person_id>/book/<uuid:kept_id>/", on_phone.held, name="held"),
    path("waiting/", waitlist.waitlist, name="waitlist"),
    path("waiting/<uuid:entry_id>/off/", waitlist.take_off, name="take_off"),
    path("waiting/<uuid:entry_id>/priority/", waiting.priority, name="priority"),
    path("moving-in/", moving_in.moving_in, name="moving_in"),
    path("moving-in/visits.csv", moving_in.visits_file, name="visits_file"),
    path("block/", blocking.block, name="block"),
    path("unblock/", blocking.unblock, name="unblock"),
    path("feed/", feeds.own_feed, name="feed"),
    path("absence/", away.absence, name="absence"),
    path("absence/back/", away.back_again, name="back_again"),
]
# Beside the calendar, under a name of their own.
estimate_urls = (
    [
        path("", estimates.queue, name="queue"),
        path("<uuid:appointment_id>/", estimates.estimate, name="estimate"),
    ],
    "estimates",
)
