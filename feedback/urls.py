"""The survey, as patients see it."""

from django.urls import path

from feedback import views

app_name = "feedback"
urlpatterns = [
    path("<str:token>/", views.survey, name="survey"),
    path("<str:token>/thanks/", views.thanks, name="thanks"),
]
