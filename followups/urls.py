"""The clinician's pages for after the visit."""

from django.urls import path

from followups import views

app_name = "followups"
urlpatterns = [
    path("my-day/<uuid:appointment_id>/summary/", views.write_summary, name="write_summary"),
]
