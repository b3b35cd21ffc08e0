"""A private address for the calendar of who is signed in."""

from typing import Any

from django.http import Http404
from django.utils.translation import get_language
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

import clock
from people.models import User
from scheduling.api import answers
from scheduling.feeds.selectors import last_read, standing_feed
from scheduling.feeds.services import make_feed, revoke_feed
from scheduling.models import CalendarFeed

PATIENT = CalendarFeed.Of.PATIENT


class Feed(APIView):
    """The address that your calendar asks for your visits, and those of everyone you act for."""

    @extend_schema(responses={200: answers.FeedAnswer, 404: answers.Problem})
    def get(self, request: Request) -> Response:
        return Response(_shape(_user(request)))

    @extend_schema(request=None, responses={201: answers.NewFeedAnswer})
    def post(self, request: Request) -> Response:
        """Make an address. The one you had ends."""
        user = _user(request)
        language = get_language() or "en"
        address = make_feed(owner=user, of=PATIENT, language=language, now=clock.now())
        return Response({**_shape(user), "address": address}, status=201)

    @extend_schema(responses={204: None})
    def delete(self, request: Request) -> Response:
        """End the address. Ending it twice is success."""
        revoke_feed(owner=_user(request), of=PATIENT, now=clock.now())
        return Response(status=204)


def _user(request: Request) -> User:
    if not isinstance(request.user, User):
        raise Http404
    return request.user


def _shape(user: User) -> dict[str, Any]:
    feed = standing_feed(user, of=PATIENT)
    if feed is None:
        raise Http404
    return {"created_at": feed.created_at, "last_read_at": last_read(feed, now=clock.now())}
