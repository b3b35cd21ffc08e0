"""The desk's and the clinicians' pages."""

from django.urls import path

from checkin import views

app_name = "checkin"
urlpatterns = [
    path("arrivals/", views.arrivals_board, name="arrivals"),
    path("patients/<uuid:appointment_id>/", views.patient, name="patient"),
    path("patients/<uuid:appointment_id>/check-in/", views.check_in, name="check_in"),
    path("patients/<uuid:appointment_id>/no-show/", views.no_show, name="no_show"),
    path("my-day/", views.my_day, name="my_day"),
    path("my-day/<uuid:appointment_id>/call/", views.call_in, name="call_in"),
]
