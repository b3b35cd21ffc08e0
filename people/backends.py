"""Signing patients in, after a one-time code proved their address."""

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from infrastructure.rows import read_row
from people.models import User


class OneTimeCodeBackend(BaseBackend):
    """Names how a patient's session began. It accepts no credentials of its own:

    ``portal`` proves the address with ``people.services.codes`` and then logs the account in.
    """

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> User | None:
        return None

    def get_user(self, user_id: int) -> User | None:
        return read_row(User, "id = %s AND is_active", [user_id])
