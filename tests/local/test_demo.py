"""``make demo``: one sentence for each obstacle, and a whole that comes and goes cleanly."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from local import embedded, machine, processes, supervisor
from local.welcome import welcome

pytestmark = pytest.mark.complete

CHECKOUT = Path(__file__).resolve().parents[2]
FIRST_START_SECONDS = 240.0
SECOND_START_SECONDS = 60.0


class Demo:
    """A demo of its own: its folder, its ports, its output."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.port, self.sandbox_port = machine.free_port(), machine.free_port()
        self.env = {
            **{name: value for name, value in os.environ.items() if not name.endswith("_URL")},
            "PORT": str(self.port),
            "SANDBOX_PORT": str(self.sandbox_port),
        }
        self.log = root.with_name("demo.log")

    def start(self, **env: str) -> subprocess.Popen[bytes]:
        with self.log.open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "local.demo", "--root", str(self.root)],
                cwd=CHECKOUT,
                env=self.env | env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def says(self, words: str, process: subprocess.Popen[bytes], *, within: float) -> bool:
        return processes.wait_until(
            lambda: words in self.said(), seconds=within, alive=lambda: process.poll() is None
        )

    def refuses(self, **env: str) -> str:
        """Start it where it cannot go on; give what it says."""
        assert self.start(**env).wait(60) == 1
        return self.said()

    def family(self) -> list[psutil.Process]:
        """Every live process that carries this demo's mark."""
        found = []
        for process in psutil.process_iter():
            try:
                marked = process.environ().get(supervisor.MARK) == str(self.root)
            except (psutil.Error, OSError):
                continue
            if marked and not processes.has_ended(process):
                found.append(process)
        return found


@pytest.fixture
def demo() -> Iterator[Demo]:
    above = Path(tempfile.mkdtemp(prefix="visitwell-demo-"))
    above.chmod(0o711)
    one = Demo(above / "root")
    try:
        yield one
    finally:
        supervisor.end_leftovers(one.root)
        embedded.erase(one.root)
        shutil.rmtree(above)


def test_a_taken_port_is_named_with_the_way_around_it(demo: Demo) -> None:
    with socket.create_server((machine.LOOPBACK, demo.sandbox_port)):
        said = demo.refuses()
    assert said.count("\n") == 1
    assert f"port {demo.sandbox_port} is taken" in said
    assert "make demo SANDBOX_PORT=" in said


@pytest.mark.parametrize(
    ("env", "sentence"),
    [
        ({"PORT": "web"}, "PORT must be a port number, not 'web'"),
        ({"PORT": "70000"}, "PORT must be a port number"),
        ({"SANDBOX_PORT": "0"}, "SANDBOX_PORT must be a port number"),
        ({"PORT": "18999", "SANDBOX_PORT": "18999"}, "give them different numbers"),
        ({"RESET": "1", "DATABASE_URL": "postgres://x/y"}, "empty that database yourself"),
    ],
)
def test_what_it_cannot_do_is_told_in_one_sentence(
    demo: Demo, env: dict[str, str], sentence: str
) -> None:
    said = demo.refuses(**env)
    assert said.count("\n") == 1
    assert sentence in said


def test_a_second_demo_in_the_same_folder_is_refused(demo: Demo) -> None:
    lock = demo.root.with_name("root.lock")
    with processes.only_one(lock, "unused"):
        assert f"already runs from this folder (process {os.getpid()})" in demo.refuses()


def test_the_welcome_shows_one_sign_in_for_each_role(tmp_path: Path) -> None:
    staff = [
        {"role": role, "email": f"{name}@example.org", "password": f"secret-of-{name}"}
        for role, name in [("Manager", "ana"), ("Clinician", "bo"), ("Clinician", "cy")]
    ]
    (tmp_path / "staff.json").write_text(json.dumps(staff))
    said = welcome("http://here:1", "http://here:2", tmp_path / "staff.json")
    assert "Manager    ana@example.org  secret-of-ana" in said
    assert "Clinician  bo@example.org   secret-of-bo" in said
    assert "cy@example.org" not in said
    assert "http://here:2/authenticator/" in said


@pytest.mark.stack
def test_it_starts_outlives_a_kill_keeps_its_data_and_leaves_nothing(demo: Demo) -> None:
    first = demo.start()
    try:
        assert demo.says("one-time codes", first, within=FIRST_START_SECONDS), demo.said()
        with urllib.request.urlopen(f"http://localhost:{demo.port}/", timeout=10) as page:
            assert page.status == 200
        staff = (demo.root / "staff.json").read_text()
        private = {"secrets.json", "staff.json"}
        assert {(demo.root / name).stat().st_mode & 0o077 for name in private} == {0}
        assert demo.family()
    finally:
        first.kill()
        first.wait()

    second = demo.start()
    try:
        assert demo.says("one-time codes", second, within=SECOND_START_SECONDS), demo.said()
        assert "Loading" not in demo.said()
        assert (demo.root / "staff.json").read_text() == staff
        second.send_signal(signal.SIGINT)
        began = time.monotonic()
        assert second.wait(60) == 0
        assert time.monotonic() - began < 2 * supervisor.GRACE_SECONDS
        assert demo.family() == []
        assert machine.port_is_free(demo.port)
    finally:
        second.kill()
        second.wait()
