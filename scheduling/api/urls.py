"""Where the API's views are. The names are under ``api:``."""

from django.urls import path

from scheduling.api import (
    appointments,
    call_requests,
    catalog,
    changes,
    family,
    feeds,
    holds,
    prices,
    series,
    triage,
    waitlist,
)

ONE = "appointments/<uuid:appointment_id>/"
SERIES = "series/<uuid:series_id>/"
OFFER = "waitlist/offers/<str:offer_token>/"
urlpatterns = [
    path("visit-types/", catalog.VisitTypes.as_view(), name="visit-types"),
    path(
        "visit-types/<slug:visit_type>/questions/",
        triage.Questions.as_view(),
        name="visit-type-questions",
    ),
    path("sites/", catalog.Sites.as_view(), name="sites"),
    path("slots/", catalog.Slots.as_view(), name="slots"),
    path("holds/", holds.Holds.as_view(), name="holds"),
    path("holds/<uuid:hold_id>/", holds.OneHold.as_view(), name="hold"),
    path("holds/<uuid:hold_id>/extend/", holds.ExtendHold.as_view(), name="hold-extend"),
    path("call-me/", call_requests.CallMe.as_view(), name="call-me"),
    path("plans/", prices.Plans.as_view(), name="plans"),
    path("price/", prices.Price.as_view(), name="price"),
    path("people/<uuid:person_id>/coverage/", prices.OwnCoverage.as_view(), name="coverage"),
    path("people/", appointments.People.as_view(), name="people"),
    path("appointments/", appointments.Appointments.as_view(), name="appointments"),
    path(ONE, appointments.OneAppointment.as_view(), name="appointment"),
    path(f"{ONE}estimate/", prices.OwnEstimate.as_view(), name="appointment-estimate"),
    path(f"{ONE}move/", changes.MoveAppointment.as_view(), name="appointment-move"),
    path(f"{ONE}join/", appointments.JoinAppointment.as_view(), name="appointment-join"),
    path(f"{ONE}switch/", appointments.SwitchMode.as_view(), name="appointment-switch"),
    path(f"{ONE}confirm/", appointments.ConfirmAppointment.as_view(), name="appointment-confirm"),
    path(f"{ONE}cancel/", changes.CancelAppointment.as_view(), name="appointment-cancel"),
    path("calendar-feed/", feeds.Feed.as_view(), name="calendar-feed"),
    path(f"{ONE}undo/", changes.UndoChange.as_view(), name="appointment-undo"),
    path(f"{ONE}call-me/", changes.CallAboutVisit.as_view(), name="appointment-call-me"),
    path("together/", family.BookTogether.as_view(), name="together"),
    path("together/plan/", family.PlanTogether.as_view(), name="together-plan"),
    path("series/", series.ManySeries.as_view(), name="series-list"),
    path("series/plan/", series.PlanSeries.as_view(), name="series-plan"),
    path(SERIES, series.OneSeries.as_view(), name="series"),
    path(f"{SERIES}cancel-rest/", series.CancelRest.as_view(), name="series-cancel-rest"),
    path(f"{SERIES}move-rest/", series.MoveRest.as_view(), name="series-move-rest"),
    path(f"{SERIES}move-rest/plan/", series.PlanMoveRest.as_view(), name="series-plan-move"),
    path(f"{SERIES}undo/", series.UndoRest.as_view(), name="series-undo"),
    path("waitlist/", waitlist.Waitlist.as_view(), name="waitlist"),
    path("waitlist/<uuid:entry_id>/", waitlist.OneEntry.as_view(), name="waitlist-entry"),
    path("waitlist/offers/", waitlist.Offers.as_view(), name="waitlist-offers"),
    path(f"{OFFER}accept/", waitlist.AcceptOffer.as_view(), name="waitlist-accept"),
    path(f"{OFFER}decline/", waitlist.DeclineOffer.as_view(), name="waitlist-decline"),
]
