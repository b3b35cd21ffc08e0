"""The patient's pages."""

from django.urls import path

from portal.account.views import my_details, new_patients, sign_in
from portal.appointments.views import changes, links, prices, undo, video, visits
from portal.availability import views as availability
from portal.booking.views import booking, by_phone
from portal.feeds import views as feeds
from portal.pwa import views as pwa
from portal.series.views import family, one_series, rest_of_series, series
from portal.triage import views as triage
from portal.waitlist import views as waitlist

app_name = "portal"
urlpatterns = [
    path("book/<slug:visit_type>/", availability.times, name="times"),
    path("book/<slug:visit_type>/questions/", triage.questions, name="questions"),
    path("book/<slug:visit_type>/call-me/", by_phone.call_me, name="call_me"),
    path("book/<slug:visit_type>/hold/", availability.hold, name="hold"),
    path("book/<slug:visit_type>/waitlist/", waitlist.join, name="join_waitlist"),
    path("hold/<uuid:hold_id>/", booking.details, name="details"),
    path("hold/<uuid:hold_id>/code/", booking.code, name="code"),
    path("hold/<uuid:hold_id>/review/", booking.review, name="review"),
    path("hold/<uuid:hold_id>/release/", booking.release, name="release"),
    path("hold/<uuid:hold_id>/extend/", booking.extend, name="extend"),
    path("sign-in/", sign_in.sign_in, name="sign_in"),
    path("sign-in/code/", sign_in.sign_in_code, name="sign_in_code"),
    path("first-time/", new_patients.newcomer, name="newcomer"),
    path("first-time/code/", new_patients.newcomer_code, name="newcomer_code"),
    path("sign-out/", sign_in.sign_out, name="sign_out"),
    path("you/", my_details.details, name="you"),
    path("you/<uuid:person_id>/name/", my_details.name, name="name"),
    path("you/calendar/", feeds.calendar_feed, name="calendar_feed"),
    path("you/<uuid:person_id>/coverage/", prices.coverage, name="coverage"),
    path("you/add/", my_details.add_person, name="add_person"),
    path("you/email/", my_details.email, name="email"),
    path("you/email/code/", my_details.email_code, name="email_code"),
    path("visits/", visits.appointments, name="appointments"),
    path("visits/<uuid:appointment_id>/", visits.appointment, name="appointment"),
    path("visits/<uuid:appointment_id>/booked/", visits.booked, name="booked"),
    path("visits/<uuid:appointment_id>/calendar/", visits.calendar_file, name="calendar_file"),
    path("visits/<uuid:appointment_id>/estimate/", prices.estimate, name="estimate"),
    path("visits/<uuid:appointment_id>/move/", changes.move, name="move"),
    path("visits/<uuid:appointment_id>/cancel/", changes.cancel, name="cancel"),
    path("visits/<uuid:appointment_id>/join/", video.join, name="join"),
    path("visits/<uuid:appointment_id>/switch/", video.switch, name="switch"),
    path("visits/<uuid:appointment_id>/undo/", undo.undo, name="undo"),
    path("visits/<uuid:appointment_id>/call-me/", changes.call_about, name="call_about"),
    path("visits/<uuid:appointment_id>/sooner/", waitlist.sooner, name="sooner"),
    path("waitlist/<uuid:entry_id>/leave/", waitlist.leave, name="leave_waitlist"),
    path("waitlist/offers/<str:offer_token>/", waitlist.offer, name="offer"),
    path("book/<slug:visit_type>/series/", series.plan, name="plan_series"),
    path("book/<slug:visit_type>/together/", family.together, name="together"),
    path("series/<uuid:series_id>/", one_series.series, name="series"),
    path("series/<uuid:series_id>/add/", series.add, name="add_to_series"),
    path("series/<uuid:series_id>/cancel/", rest_of_series.cancel, name="cancel_series"),
    path("series/<uuid:series_id>/move/", rest_of_series.move, name="move_series"),
    path("series/<uuid:series_id>/undo/", rest_of_series.undo, name="undo_series"),
    path("manifest.webmanifest", pwa.manifest, name="manifest"),
    path("sw.js", pwa.worker, name="worker"),
    path("offline/", pwa.offline, name="offline"),
    path("v/<uuid:appointment_id>/", links.visit_link, name="visit_link"),
    path("w/<str:offer_token>/", waitlist.offer_link, name="offer_link"),
]
