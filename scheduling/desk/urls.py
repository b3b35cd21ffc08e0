"""The calendar and what staff do in it."""

from django.urls import path

from scheduling.desk.views import (
    absences,
    blocks,
    booking,
    calendar,
    canceling,
    estimates,
    imports,
    new_patients,
    phone_booking,
    rescheduling,
    waitlist,
    waitlist_entry,
)
from scheduling.feeds import views as feeds

app_name = "calendar"
urlpatterns = [
    path("", calendar.day, name="day"),
    path("site-week/", calendar.site_week, name="site_week"),
    path("week/", calendar.week, name="week"),
    path("visits/<uuid:appointment_id>/cancel/", canceling.cancel, name="cancel"),
    path("visits/<uuid:appointment_id>/", rescheduling.move, name="move"),
    path("book/", booking.book, name="book"),
    path("people/new/", new_patients.new_patient, name="new_patient"),
    path("people/<uuid:person_id>/wait/", waitlist_entry.wait, name="wait"),
    path("visits/<uuid:appointment_id>/sooner/", waitlist_entry.sooner, name="sooner"),
    path("people/<uuid:person_id>/book/", phone_booking.find_time, name="find_time"),
    path("people/<uuid:person_id>/book/<uuid:kept_id>/", phone_booking.held, name="held"),
    path("waiting/", waitlist.waitlist, name="waitlist"),
    path("waiting/<uuid:entry_id>/off/", waitlist.take_off, name="take_off"),
    path("waiting/<uuid:entry_id>/priority/", waitlist_entry.priority, name="priority"),
    path("moving-in/", imports.moving_in, name="moving_in"),
    path("moving-in/visits.csv", imports.visits_file, name="visits_file"),
    path("block/", blocks.block, name="block"),
    path("unblock/", blocks.unblock, name="unblock"),
    path("feed/", feeds.own_feed, name="feed"),
    path("absence/", absences.absence, name="absence"),
    path("absence/back/", absences.back_again, name="back_again"),
]
# Beside the calendar, under a name of their own.
estimate_urls = (
    [
        path("", estimates.queue, name="queue"),
        path("<uuid:appointment_id>/", estimates.estimate, name="estimate"),
    ],
    "estimates",
)
