"""Addresses that somebody added and forgot to name in ``config.access``."""

from django.http import HttpRequest, HttpResponse
from django.urls import path

from config import urls


def forgotten(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("nobody may read this")


urlpatterns = [
    *urls.urlpatterns,
    path("new/", forgotten, name="new"),
    path("nameless/", forgotten),
]
