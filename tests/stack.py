"""The whole of Visitwell as real processes, on a database and a Redis number of its own."""

import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit, urlunsplit

import psutil
import psycopg2
import requests
from redis import Redis

from local import supervisor

ROOT = Path(__file__).resolve().parent.parent
Found = TypeVar("Found")
Pool = Callable[[str], AbstractContextManager[str]]
APPS = (
    "infrastructure people messaging scheduling reminders checkin followups feedback portal "
    "contactcenter config local"
).split()
TEMPLATE_LOCK = 7_041_776
QUICK_TICKS = {"TICK_SECONDS": "0.5", "PLAN_SECONDS": "1"}


def eventually(
    look: Callable[[], Found | Literal[False] | None], *, within: float = 30.0, what: str = ""
) -> Found:
    """What ``look`` finds, once it is truthy. Fails when it stays falsy."""
    deadline = time.monotonic() + within
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < deadline, f"still {found!r} after {within} s: {what}"
        time.sleep(0.1)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@dataclass
class Stack:
    """Web, worker, beat and sandbox, each a process that can be killed and started again."""

    env: dict[str, str]
    folder: Path
    url: str
    sandbox_url: str
    commands: dict[str, list[str]]
    processes: dict[str, psutil.Popen] = field(default_factory=dict)

    def start(self, name: str) -> None:
        log = (self.folder / f"{name}.log").open("ab")
        self.processes[name] = psutil.Popen(
            self.commands[name],
            env=self.env,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def kill(self, *names: str) -> None:
        """``kill -9``, children first, so that none finishes the work."""
        parents = [self.processes.pop(name) for name in names]
        family = [each for one in parents for each in (*one.children(recursive=True), one)]
        for member in family:
            try:
                member.send_signal(signal.SIGKILL)
            except psutil.NoSuchProcess:
                continue
        psutil.wait_procs(family, timeout=10)

    def stop(self) -> None:
        self.kill(*self.processes)

    def wait_until_ready(self) -> None:
        def ready() -> bool:
            try:
                return requests.get(f"{self.url}/readyz", timeout=2).status_code == 200
            except requests.RequestException:
                return False

        eventually(ready, within=60, what=f"not ready; logs in {self.folder}")

    def log_of(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()

    # --- The world outside

    def sandbox(self, path: str, **body: Any) -> Any:
        """Ask the sandbox's control API: GET without a body, POST with one."""
        url = f"{self.sandbox_url}/control/{path}"
        answer = (
            requests.post(url, json=body, timeout=15) if body else requests.get(url, timeout=15)
        )
        assert answer.ok, answer.text
        return answer.json()

    def texts_to(self, number: str) -> list[dict[str, Any]]:
        """What the product sent to a phone, oldest first."""
        url = f"{self.sandbox_url}/control/messages"
        listed = requests.get(
            url, params={"to": number, "direction": "outbound-api"}, timeout=15
        ).json()
        found = listed["messages"] if isinstance(listed, dict) else listed
        return sorted(found, key=lambda text: text["created_at"])

    def letters_to(self, address: str) -> list[dict[str, Any]]:
        url = f"{self.sandbox_url}/control/emails"
        listed = requests.get(url, params={"to": address}, timeout=15).json()
        found = listed["emails"] if isinstance(listed, dict) else listed
        return list(reversed(found))

    def move_clock(self, to: datetime) -> None:
        self.sandbox("clock", at=to.isoformat())

    # --- Behind the scenes

    def manage(self, *words: str) -> str:
        return _manage(self.env, *words)

    def query(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with (
            psycopg2.connect(self.env["DATABASE_URL"]) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(sql, values)
            return cursor.fetchall()

    def flush_redis(self) -> None:
        Redis.from_url(self.env["REDIS_URL"]).flushdb()

    def staff(self, email: str) -> dict[str, str]:
        """A demo sign-in, by the beginning of its e-mail."""
        listed: list[dict[str, str]] = json.loads((self.folder / "staff.json").read_text())
        return next(each for each in listed if each["email"].startswith(email))


def _manage(env: dict[str, str], *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *words],
        env=env,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _on(url: str, path: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=path))


@contextmanager
def _own_database(env: dict[str, str], *, at: datetime) -> Iterator[str]:
    """A copy of the demo clinics beside the database that tests use; dropped at the end.

    The sign-ins of its staff are in ``env["DEMO_STAFF_FILE"]`` then.
    """
    name = f"stack_{uuid.uuid4().hex[:12]}"
    server = psycopg2.connect(_on(os.environ["DATABASE_URL"], "/postgres"))
    server.autocommit = True
    with server.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [TEMPLATE_LOCK])
        try:
            template = _template(cursor, env, at=at)
            cursor.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [TEMPLATE_LOCK])
    try:
        yield _on(os.environ["DATABASE_URL"], f"/{name}")
    finally:
        with server.cursor() as cursor:
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")
        server.close()


def _template(cursor: Any, env: dict[str, str], *, at: datetime) -> str:
    """The name of a database with the demo clinics and staff in it, made when there is none.

    It is named by all that it is made of, and what was made of something else is dropped. Its
    comment holds the sign-ins, which are new each time, and says that the making came to its end.
    """
    made_of = _made_of()
    name = f"{made_of}_{at:%Y%m%d}"
    staff_file = Path(env["DEMO_STAFF_FILE"])
    cursor.execute(
        "SELECT datname, shobj_description(oid, 'pg_database') FROM pg_database "
        "WHERE datname LIKE %s",
        ["demo\\_of\\_%"],
    )
    found: dict[str, str | None] = dict(cursor.fetchall())
    if sign_ins := found.get(name):
        staff_file.write_text(sign_ins)
        return name
    for other in found:
        if other == name or not other.startswith(made_of):
            cursor.execute(f"DROP DATABASE {other} WITH (FORCE)")
    cursor.execute(f"CREATE DATABASE {name}")
    there = env | {"DATABASE_URL": _on(os.environ["DATABASE_URL"], f"/{name}")}
    _manage(there, "migrate", "--verbosity", "0")
    _manage(there, "load_clinic", "demo/clinic.toml")
    _manage(there, "load_demo", "--staff-only")
    cursor.execute(f"COMMENT ON DATABASE {name} IS %s", [staff_file.read_text()])
    return name


def _made_of() -> str:
    """One word for the clinic file, the code that loads it, and what that code is built on."""
    code = [file for app in APPS for file in sorted((ROOT / app).rglob("*.py"))]
    digest = hashlib.sha256()
    for file in [ROOT / "demo" / "clinic.toml", ROOT / "requirements.txt", *code]:
        digest.update(file.read_bytes())
    return f"demo_of_{digest.hexdigest()[:12]}"


@contextmanager
def running_stack(
    folder: Path, *, redis_number: int, at: datetime, through: Pool = nullcontext, **more: str
) -> Iterator[Stack]:
    """Start everything with the demo clinics loaded, with the clock at ``at``.

    ``through`` puts something between all processes and the database: of the database's address
    it makes another, for as long as they run. ``more`` are settings.
    """
    port, sandbox_port, smtp_port = free_port(), free_port(), free_port()
    url, sandbox_url = f"http://localhost:{port}", f"http://127.0.0.1:{sandbox_port}"
    clock = folder / "clock.json"
    clock.write_text(json.dumps({"offset_seconds": at.timestamp() - time.time()}))
    settings = {
        "ENVIRONMENT": "test",
        "SECRET_KEY": "only-for-tests",
        "PUBLIC_URL": url,
        "TWILIO_ACCOUNT_SID": "AC" + "7" * 32,
        "TWILIO_AUTH_TOKEN": "token-for-the-stack",
        "TWILIO_FROM_NUMBER": "+12125550100",
        "TWILIO_API_BASE_URL": sandbox_url,
        "EMAIL_URL": f"smtp://127.0.0.1:{smtp_port}",
        "REDIS_URL": _on(os.environ["REDIS_URL"], f"/{redis_number}"),
        "VIDEO_VISIT_URL": f"{sandbox_url}/video/{{room}}",
        "CLOCK_FILE": str(clock),
        "DEMO_STAFF_FILE": str(folder / "staff.json"),
        **QUICK_TICKS,
        **more,
    }
    values: dict[str, dict[str, object]] = {
        "web": {"host": "127.0.0.1", "port": port, "workers": 1, "threads": 8},
        "worker": {"workers": 2},
        "beat": {"schedule": folder / "beat"},
        "sandbox": {"port": sandbox_port, "smtp_port": smtp_port, "data": folder / "sandbox"},
    }
    commands = {name: supervisor.command(name, **told) for name, told in values.items()}
    env = supervisor.program_env(settings, folder)
    with _own_database(env, at=at) as own, through(own) as database:
        stack = Stack(env | {"DATABASE_URL": database}, folder, url, sandbox_url, commands)
        stack.flush_redis()
        try:
            for name in commands:
                stack.start(name)
            stack.wait_until_ready()
            yield stack
        finally:
            stack.stop()
            stack.flush_redis()
            shutil.rmtree(folder / "sandbox", ignore_errors=True)
