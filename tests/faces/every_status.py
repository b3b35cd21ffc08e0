"""The addresses of the product, and one for each page that is shown when something goes wrong."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from config import errors, urls


def shown(request: HttpRequest, status: int) -> HttpResponse:
    # What shows these two may itself be broken, and so they ask nothing of the database.
    return errors.answer(request, status, bare=status in (500, 503))


urlpatterns = [
    path("status/<int:status>/", shown, name="status"),
    path("desk/status/<int:status>/", shown, name="desk-status"),
    path("", include(urls)),
]
handler400, handler403 = urls.handler400, urls.handler403
handler404, handler500 = urls.handler404, urls.handler500
