"""The manager's page."""

from django.urls import path

from feedback import views

app_name = "dashboards"
urlpatterns = [
    path("feedback/", views.dashboard, name="feedback"),
    path("feedback/answers.csv", views.answers_file, name="answers_file"),
]
