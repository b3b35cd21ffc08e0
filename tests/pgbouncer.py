"""PgBouncer in transaction mode between processes and the test PostgreSQL."""

import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg2

from local import machine, pgbouncer
from tests.stack import eventually, free_port

PROGRAM = pgbouncer.find()
# Far fewer than the threads and processes of a stack: what one of them leaves behind in a session,
# the next one finds.
SERVERS = 2
SETTINGS = """
[databases]
{name} = host={host} port={port} dbname={name} user={user} password={password}

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {own_port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {servers}
max_client_conn = 200
"""


@contextmanager
def pooled(url: str, *, folder: Path) -> Iterator[str]:
    """The address of the same database behind PgBouncer, which runs meanwhile and logs there."""
    server, port = urlsplit(url), free_port()
    settings = folder / "pgbouncer.ini"
    machine.write_private(
        settings,
        SETTINGS.format(
            name=server.path.lstrip("/"),
            host=server.hostname,
            port=server.port,
            user=server.username,
            password=server.password,
            own_port=port,
            servers=SERVERS,
        ),
    )
    pooler = urlunsplit(server._replace(netloc=f"{server.username}:-@127.0.0.1:{port}"))
    with (folder / "pgbouncer.log").open("ab") as log:
        process = subprocess.Popen(
            [str(PROGRAM), *_as_whom(), str(settings)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        eventually(lambda: _answers(pooler), what=f"no PgBouncer; its log is in {folder}")
        yield pooler
    finally:
        process.terminate()
        process.wait(timeout=20)


def _as_whom() -> list[str]:
    """PgBouncer refuses to run as root, and so it does as PostgreSQL itself."""
    account = machine.service_account(None)
    return ["--user", account.pw_name] if account else []


def _answers(url: str) -> bool:
    try:
        psycopg2.connect(url, connect_timeout=5).close()
    except psycopg2.OperationalError:
        return False
    return True


def counted(url: str, what: str) -> int:
    """How many CLIENTS or SERVERS the PgBouncer behind an address has now for that database."""
    where = urlsplit(url)
    with closing(psycopg2.connect(urlunsplit(where._replace(path="/pgbouncer")))) as console:
        console.autocommit = True
        with console.cursor() as cursor:
            cursor.execute(f"SHOW {what}")
            place = [column.name for column in cursor.description or ()].index("database")
            return sum(row[place] == where.path.lstrip("/") for row in cursor.fetchall())
