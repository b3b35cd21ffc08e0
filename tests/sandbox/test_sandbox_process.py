"""The process: it keeps what it accepted, stops when told, and says why it cannot start."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox.world import App, Sandbox, eventually

STATUS = "/status/"


@pytest.fixture
def own(tmp_path: Path, app: App) -> Iterator[Sandbox]:
    """A sandbox of this test alone, to be killed at will."""
    sandbox = Sandbox(tmp_path, app_url=app.url)
    sandbox.start()
    yield sandbox
    assert sandbox.process is not None
    if sandbox.process.poll() is None:
        sandbox.stop()


def test_a_kill_loses_no_message_and_no_callback(own: Sandbox, app: App) -> None:
    app.will_answer(STATUS, (503, ""))
    sid = own.text("Kept", status_callback=app.url + STATUS).sid
    eventually(lambda: app.heard(STATUS))
    own.stop(signal.SIGKILL)
    app.forget()
    own.start()
    assert [message["sid"] for message in own.get("/control/messages")] == [sid]
    hooks = eventually(lambda: len(app.heard(STATUS)) >= 3 and app.heard(STATUS))
    assert [hook.params["MessageStatus"] for hook in hooks] == ["queued", "sent", "delivered"]


def test_faults_survive_a_restart(own: Sandbox) -> None:
    own.fault("sms", "http_500", times=3)
    own.stop()
    own.start()
    assert [fault["times"] for fault in own.get("/control/faults")] == [3]


def test_sigterm_ends_it_quickly_even_in_mid_answer(own: Sandbox) -> None:
    own.fault("sms", "delay_after_accept", seconds=60)
    with pytest.raises(Exception, match="timed out"):
        own.client(timeout=0.3).messages.create(to="+13035550122", from_="+12025550111", body="x")
    begun = time.monotonic()
    assert own.stop() == 0
    assert time.monotonic() - begun < 2


@pytest.mark.parametrize("flag", ["port", "smtp_port"])
def test_a_busy_port_is_one_clear_sentence(sandbox: Sandbox, tmp_path: Path, flag: str) -> None:
    second = Sandbox(tmp_path, app_url="http://127.0.0.1:9")
    setattr(second, flag, getattr(sandbox, flag))
    process = second.launch()
    _, complaint = process.communicate(timeout=10)
    assert process.returncode == 1
    assert complaint.count("\n") == 1
    assert str(getattr(sandbox, flag)) in complaint
