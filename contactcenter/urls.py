"""The agents' pages."""

from django.urls import path

from contactcenter import views

app_name = "contactcenter"
urlpatterns = [
    path("find/", views.find, name="find"),
    path("people/<uuid:person_id>/", views.person, name="person"),
    path("worklist/", views.worklist, name="worklist"),
    path("worklist/<int:task_id>/", views.task, name="task"),
]
