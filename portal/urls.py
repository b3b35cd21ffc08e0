"""The patient's pages."""

from django.urls import path

from portal.views import (
    booking,
    by_phone,
    changing,
    feeds,
    installed,
    links,
    questions,
    sign_in,
    times,
    visits,
    waitlist,
    you,
)

app_name = "portal"
urlpatterns = [
    path("book/<slug:visit_type>/", times.times, name="times"),
    path("book/<slug:visit_type>/questions/", questions.questions, name="questions"),
    path("book/<slug:visit_type>/call-me/", by_phone.call_me, name="call_me"),
    path("book/<slug:visit_type>/hold/", times.hold, name="hold"),
    path("book/<slug:visit_type>/waitlist/", waitlist.join, name="join_waitlist"),
    path("hold/<uuid:hold_id>/", booking.details, name="details"),
    path("hold/<uuid:hold_id>/code/", booking.code, name="code"),
    path("hold/<uuid:hold_id>/review/", booking.review, name="review"),
    path("hold/<uuid:hold_id>/release/", booking.release, name="release"),
    path("hold/<uuid:hold_id>/extend/", booking.extend, name="extend"),
    path("sign-in/", sign_in.sign_in, name="sign_in"),
    path("sign-in/code/", sign_in.sign_in_code, name="sign_in_code"),
    path("sign-out/", sign_in.sign_out, name="sign_out"),
    path("you/", you.details, name="you"),
    path("you/<uuid:person_id>/name/", you.name, name="name"),
    path("you/calendar/", feeds.calendar_feed, name="calendar_feed"),
    path("you/email/", you.email, name="email"),
    path("you/email/code/", you.email_code, name="email_code"),
    path("visits/", visits.appointments, name="appointments"),
    path("visits/<uuid:appointment_id>/", visits.appointment, name="appointment"),
    path("visits/<uuid:appointment_id>/booked/", visits.booked, name="booked"),
    path("visits/<uuid:appointment_id>/calendar/", visits.calendar_file, name="calendar_file"),
    path("visits/<uuid:appointment_id>/move/", changing.move, name="move"),
    path("visits/<uuid:appointment_id>/cancel/", changing.cancel, name="cancel"),
    path("visits/<uuid:appointment_id>/sooner/", waitlist.sooner, name="sooner"),
    path("waitlist/<uuid:entry_id>/leave/", waitlist.leave, name="leave_waitlist"),
    path("waitlist/offers/<str:offer_token>/", waitlist.offer, name="offer"),
    path("manifest.webmanifest", installed.manifest, name="manifest"),
    path("sw.js", installed.worker, name="worker"),
    path("offline/", installed.offline, name="offline"),
    path("v/<uuid:appointment_id>/", links.visit_link, name="visit_link"),
    path("w/<str:offer_token>/", waitlist.offer_link, name="offer_link"),
]
