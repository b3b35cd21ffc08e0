"""Django's sessions in the database, read without composing their query anew for each request."""

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

from infrastructure.rows import read_row


class SessionStore(db.SessionStore):
    """Django names the class of a session engine."""

    def _get_session_from_db(self) -> Session | None:
        asked = [self.session_key, timezone.now()]
        session = read_row(Session, "session_key = %s AND expire_date > %s", asked)
        if session is None:
            self._session_key = None
        return session
