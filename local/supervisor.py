"""Which programs Visitwell is, and how they run side by side on one machine.

The commands are data: ``make demo`` fills them in here, and a test holds docker-compose.yml to
the same ones.
"""

import os
import selectors
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

import psutil

from local import processes
from local.machine import Trouble

CHECKOUT = Path(__file__).resolve().parent.parent

# Every queue that a task may name has a worker; a test holds the tasks to this.
QUEUES = ("delivery", "planning")

COMMANDS = {
    # A web worker that is told to stop while it starts may not hear it: it is not waited for.
    "web": (
        "granian --interface wsgi --no-ws --host {host} --port {port} --workers-kill-timeout 5 "
        "--workers {workers} --blocking-threads {threads} config.wsgi:application"
    ),
    "worker": (
        "celery --app config --quiet worker --loglevel INFO --concurrency {workers} "
        f"--queues {','.join(QUEUES)} --without-gossip --without-mingle"
    ),
    "beat": (
        "celery --app config --quiet beat --loglevel INFO --enable-remote-control "
        "--schedule {schedule}"
    ),
    "sandbox": "python -m sandbox --port {port} --smtp-port {smtp_port} --data {data}",
    "migrate": "python manage.py migrate --no-input",
}

MARK = "VISITWELL_SUPERVISED_FROM"
GRACE_SECONDS = 8.0  # longer than a message takes to send; a killed send is reconciled anyway
STOP_STEPS = ((signal.SIGTERM, GRACE_SECONDS),)
STEADY_SECONDS = 30.0
FALLS_IN_A_ROW = 3
COLORS = ("36", "32", "33", "35", "34")


def command(name: str, **values: object) -> list[str]:
    """The words of one program's command line, with ``{placeholders}`` filled in."""
    return [word.format(**values) for word in shlex.split(COMMANDS[name])]


def program_env(env: Mapping[str, str], root: Path) -> dict[str, str]:
    """``env`` for our programs: this virtual environment first, and the mark of this root."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return {**os.environ, **env, "PATH": path, "PYTHONUNBUFFERED": "1", MARK: str(root)}


def end_leftovers(root: Path) -> None:
    """Stop what a killed predecessor left behind: only processes that carry our root's mark."""
    for process in psutil.process_iter():
        try:
            ours = process.environ().get(MARK) == str(root)
        except (psutil.Error, OSError):
            continue
        if ours and process.pid != os.getpid():
            processes.stop(process, *STOP_STEPS)


def run_once(arguments: list[str], env: Mapping[str, str], *, failed: str) -> None:
    """Run one program to its end with its output shown; raise ``Trouble(failed)`` if it fails."""
    process = psutil.Popen(
        arguments,
        env=dict(env),
        cwd=CHECKOUT,
        stdin=subprocess.DEVNULL,
        process_group=0,
        preexec_fn=processes.tied_to_us(signal.SIGTERM),
    )
    try:
        code = process.wait()
    finally:
        processes.stop(process, *STOP_STEPS)
    if code:
        raise Trouble(failed)


@dataclass
class Program:
    """One program under supervision."""

    name: str
    arguments: list[str]
    process: psutil.Popen | None = None
    started_at: float = 0.0
    start_again_at: float = 0.0
    falls: int = 0
    unfinished: bytes = b""


@dataclass
class Supervisor:
    """Runs programs side by side, tells their lines apart, starts again what falls.

    A program that falls three times in a row, or a sentence from ``fallen`` about a service
    that did, stops the whole with a ``Trouble``. Ctrl-C and SIGTERM stop it without one.
    """

    commands: Mapping[str, list[str]]
    env: Mapping[str, str]
    fallen: Callable[[], str | None] = lambda: None
    out: TextIO = field(default_factory=lambda: sys.stdout)

    def __post_init__(self) -> None:
        self._programs = [Program(name, words) for name, words in self.commands.items()]
        self._lines = selectors.DefaultSelector()
        self._told_to_stop = False
        self._width = max(map(len, self.commands))

    def run(self, *, ready: Callable[[], bool], when_ready: Callable[[], None]) -> None:
        """Run until told to stop; call ``when_ready`` once, the first time ``ready`` is true."""
        told = False
        with processes.ending_signals_call(self._stop_soon):
            try:
                while not self._told_to_stop:
                    self._look_after_all()
                    self._show_lines(seconds=0.2)
                    if not told and ready():
                        told = True
                        when_ready()
            finally:
                self._stop_all()

    def _stop_soon(self, _: int) -> None:
        self._told_to_stop = True

    def _look_after_all(self) -> None:
        for program in self._programs:
            self._look_after(program)
        if sentence := self.fallen():
            raise Trouble(sentence)

    def _look_after(self, program: Program) -> None:
        now = time.monotonic()
        if program.process is None:
            if now >= program.start_again_at:
                self._start(program)
            return
        code = program.process.poll()
        if code is None:
            return
        self._clear_away(program)
        program.falls = 1 if now - program.started_at > STEADY_SECONDS else program.falls + 1
        if program.falls >= FALLS_IN_A_ROW:
            raise Trouble(
                f"{program.name} stopped {FALLS_IN_A_ROW} times in a row (exit code {code}); "
                "its last lines are above."
            )
        program.start_again_at = now + program.falls
        self._say(program, f"stopped (exit code {code}); starting it again")

    def _start(self, program: Program) -> None:
        program.started_at = time.monotonic()
        program.process = psutil.Popen(
            program.arguments,
            env=dict(self.env),
            cwd=CHECKOUT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            process_group=0,
            preexec_fn=processes.tied_to_us(signal.SIGTERM),
        )
        os.set_blocking(program.process.stdout.fileno(), False)
        self._lines.register(program.process.stdout, selectors.EVENT_READ, program)

    def _clear_away(self, program: Program) -> None:
        """End what remains of a program's process group once its leader has ended."""
        process = program.process
        if process is None:
            return
        with suppress(ProcessLookupError):  # usually nothing remains
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        while self._show_some(program):
            pass
        if process.stdout.fileno() in self._lines.get_map():
            self._lines.unregister(process.stdout)
        process.stdout.close()
        if program.unfinished:
            self._say(program, program.unfinished.decode(errors="replace"))
            program.unfinished = b""
        program.process = None

    def _stop_all(self) -> None:
        """Ask every program to stop, show their last lines, then insist."""
        for program in self._programs:
            if program.process and program.process.poll() is None:
                program.process.terminate()
        deadline = time.monotonic() + GRACE_SECONDS
        while self._any_alive() and time.monotonic() < deadline:
            self._show_lines(seconds=0.1)
        for program in self._programs:
            self._clear_away(program)

    def _any_alive(self) -> bool:
        return any(p.process and p.process.poll() is None for p in self._programs)

    def _show_lines(self, *, seconds: float) -> None:
        for key, _ in self._lines.select(seconds):
            if self._show_some(key.data) == b"":  # everyone who could write has closed it
                self._lines.unregister(key.fileobj)

    def _show_some(self, program: Program) -> bytes | None:
        """Show what a program wrote; give it, empty at its end, None when there is no more yet."""
        assert program.process is not None
        try:
            read = os.read(program.process.stdout.fileno(), 65536)
        except BlockingIOError:
            return None
        *lines, program.unfinished = (program.unfinished + read).split(b"\n")
        for line in lines:
            self._say(program, line.decode(errors="replace"))
        return read

    def _say(self, program: Program, line: str) -> None:
        prefix = f"{program.name:<{self._width}} |"
        if self.out.isatty() and "NO_COLOR" not in os.environ:
            color = COLORS[self._programs.index(program) % len(COLORS)]
            prefix = f"\033[{color}m{prefix}\033[0m"
        self.out.write(f"{prefix} {line}\n")
        self.out.flush()
