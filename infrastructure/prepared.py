"""Statements that PostgreSQL reads and plans once for each connection, not every time.

For the few that many patients wait for and that take longer to plan than to answer. A process must
keep its connection from one request to the next: not behind a pool that mixes transactions.
"""

from weakref import WeakKeyDictionary

import psycopg2.extensions
from django.db import connection

# What each connection of this process knows already.
_known: "WeakKeyDictionary[psycopg2.extensions.connection, set[str]]" = WeakKeyDictionary()


class Prepared:
    """One such statement, with its values as ``%(name)s``; ``types`` are their SQL types.

    Its columns must be named: ``SELECT *`` would be refused once the table has another one.
    """

    def __init__(self, name: str, statement: str, **types: str) -> None:
        numbered = statement % {value: f"${n}" for n, value in enumerate(types, start=1)}
        self._name = name
        self._prepare = f"PREPARE {name} ({', '.join(types.values())}) AS {numbered}"
        self._execute = f"EXECUTE {name} ({', '.join(f'%({value})s' for value in types)})"

    def ready(self) -> str:
        """The words that run it, given its values, on the connection of this thread."""
        connection.ensure_connection()
        known = _known.setdefault(connection.connection, set())
        if self._name not in known:
            with connection.cursor() as cursor:
                cursor.execute(self._prepare)
            known.add(self._name)
        return self._execute
