"""Django loads a database's ``DatabaseWrapper`` from a module of this name."""

import select

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """A request that is given a kept connection looks whether it still stands.

    Django asks the server, which takes every request a round trip. A server that went away has
    closed its end, and that can be seen here: only when there is something to read (that end, or
    a word of the server's), the server is asked.
    """

    def is_usable(self) -> bool:
        if self.connection is None or self.connection.closed:
            return False
        return not _has_something_to_read(self.connection.fileno()) or super().is_usable()


def _has_something_to_read(socket: int) -> bool:
    waiting = select.poll()
    waiting.register(socket, select.POLLIN | select.POLLHUP | select.POLLERR)
    return bool(waiting.poll(0))
