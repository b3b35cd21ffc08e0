"""Where the provider reports what became of messages, and fetches what calls say."""

from django.urls import path

from messaging import views

app_name = "messaging"
urlpatterns = [
    path("status/<uuid:message_id>/", views.status, name="status"),
    path("voice/<uuid:message_id>/", views.voice, name="voice"),
    path("voice/<uuid:message_id>/key/", views.voice_key, name="voice_key"),
]
