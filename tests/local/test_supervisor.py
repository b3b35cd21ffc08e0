"""The supervisor: readable lines, programs that come back, and nothing left behind."""

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from local import processes, supervisor
from local.machine import Trouble
from local.supervisor import Supervisor

pytestmark = pytest.mark.complete

CHECKOUT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 30.0
GRACE_SECONDS = 4.0
SLEEPER = ["sh", "-c", "exec sleep 600"]


def soon(happened: Callable[[], bool]) -> bool:
    return processes.wait_until(happened, seconds=PATIENCE_SECONDS)


def supervise(
    commands: dict[str, list[str]],
    *,
    until: Callable[[str], bool],
    fallen: Callable[[], str | None] = lambda: None,
) -> str:
    """Run ``commands`` until their lines satisfy ``until``; give the lines."""
    out = io.StringIO()
    deadline = time.monotonic() + PATIENCE_SECONDS

    def stop_once_seen() -> bool:
        assert time.monotonic() < deadline, out.getvalue()
        return until(out.getvalue())

    one = Supervisor(commands, os.environ, fallen=fallen, out=out)
    one.run(ready=stop_once_seen, when_ready=lambda: signal.raise_signal(signal.SIGTERM))
    return out.getvalue()


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts a supervisor in a process of its own; whatever carries its mark ends afterwards."""
    env = supervisor.program_env({}, tmp_path)
    started = []

    def start(*commands: list[str]) -> subprocess.Popen[str]:
        named = {f"program{number}": command for number, command in enumerate(commands)}
        code = (
            "import os\n"
            "from local import supervisor\n"
            f"supervisor.GRACE_SECONDS = {GRACE_SECONDS}\n"
            f"programs = {named!r}\n"
            "one = supervisor.Supervisor(programs, os.environ)\n"
            "one.run(ready=lambda: False, when_ready=print)\n"
        )
        process = subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=CHECKOUT,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()
    supervisor.end_leftovers(tmp_path)


def next_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().rstrip("\n")


def test_each_line_says_whose_it_is(tmp_path: Path) -> None:
    written = tmp_path / "written"
    lines = supervise(
        {
            "web": ["sh", "-c", "echo hello; echo again >&2; exec sleep 600"],
            "worker": ["sh", "-c", f"printf 'no newline'; touch {written}; exec sleep 600"],
        },
        until=lambda seen: seen.count("\n") == 2 and written.exists(),
    )
    assert sorted(lines.splitlines()) == ["web    | again", "web    | hello", "worker | no newline"]


def test_a_program_that_falls_is_started_again(tmp_path: Path) -> None:
    flag = tmp_path / "fell"
    lines = supervise(
        {
            "web": [
                "sh",
                "-c",
                f"[ -e {flag} ] && echo back && exec sleep 600; touch {flag}; exit 3",
            ]
        },
        until=lambda seen: "back" in seen,
    )
    assert lines == "web | stopped (exit code 3); starting it again\nweb | back\n"


def test_one_that_keeps_falling_stops_the_others_with_a_sentence(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    with pytest.raises(Trouble, match=r"web stopped 3 times in a row \(exit code 4\)"):
        supervise(
            {
                "web": ["sh", "-c", "exit 4"],
                "worker": ["sh", "-c", f"echo $$ >{pid}; {SLEEPER[2]}"],
            },
            until=lambda _: False,
        )
    assert not psutil.pid_exists(int(pid.read_text()))


def test_a_fallen_service_stops_everything_with_a_sentence() -> None:
    with pytest.raises(Trouble, match="postgres stopped"):
        supervise({"web": SLEEPER}, until=lambda _: False, fallen=lambda: "postgres stopped.")


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_programs_and_their_children_within_seconds(
    ending: signal.Signals, runner: Callable[..., subprocess.Popen[str]]
) -> None:
    process = runner(["sh", "-c", "sleep 600 & echo $! $$; wait"])
    family = [psutil.Process(int(pid)) for pid in next_line(process).split("|")[1].split()]
    process.send_signal(ending)
    began = time.monotonic()
    assert process.wait(PATIENCE_SECONDS) == 0
    assert time.monotonic() - began < GRACE_SECONDS
    assert soon(lambda: all(processes.has_ended(member) for member in family))


def test_one_that_will_not_stop_is_stopped_anyway(
    runner: Callable[..., subprocess.Popen[str]],
) -> None:
    process = runner(["sh", "-c", "trap '' TERM; echo $$; while :; do sleep 1; done"])
    pid = int(next_line(process).split("|")[1])
    process.terminate()
    assert process.wait(GRACE_SECONDS + PATIENCE_SECONDS) == 0
    assert not psutil.pid_exists(pid)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of a death")
def test_a_killed_supervisor_takes_its_programs_along(
    runner: Callable[..., subprocess.Popen[str]],
) -> None:
    process = runner(["sh", "-c", "echo $$; exec sleep 600"])
    program = psutil.Process(int(next_line(process).split("|")[1]))
    process.kill()
    assert soon(lambda: processes.has_ended(program))


def test_leftovers_are_known_by_their_mark(tmp_path: Path) -> None:
    marked = supervisor.program_env({}, tmp_path)
    other = supervisor.program_env({}, tmp_path / "other")
    left_behind = subprocess.Popen(SLEEPER, env=marked)
    bystander = subprocess.Popen(SLEEPER, env=other)
    try:
        assert soon(lambda: psutil.Process(left_behind.pid).name() == "sleep")
        supervisor.end_leftovers(tmp_path)
        assert left_behind.poll() is not None
        assert bystander.poll() is None
    finally:
        for process in (left_behind, bystander):
            process.kill()
            process.wait()


def test_a_step_that_fails_is_told_in_its_own_words() -> None:
    with pytest.raises(Trouble, match="that did not work"):
        supervisor.run_once(["sh", "-c", "exit 2"], os.environ, failed="that did not work")


def test_commands_are_filled_in_word_by_word() -> None:
    words = supervisor.command("beat", schedule="/a place/with spaces")
    assert words[-2:] == ["--schedule", "/a place/with spaces"]


def test_the_worker_listens_to_every_queue() -> None:
    words = supervisor.command("worker", workers=2)
    assert words[words.index("--queues") + 1].split(",") == list(supervisor.QUEUES)
