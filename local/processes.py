"""Processes that we start, watch, and never leave behind."""

import ctypes
import fcntl
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import psutil

from local.machine import Trouble

PR_SET_PDEATHSIG = 1
ENDING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

Step = tuple[signal.Signals, float]  # a signal, and the seconds to wait for it to work


def exit_on_signals() -> None:
    """Turn SIGTERM, SIGHUP and Ctrl-C into an exit that runs every ``finally`` on its way."""

    def leave(number: int, _: FrameType | None) -> None:
        sys.exit(128 + number)

    for number in ENDING_SIGNALS:
        signal.signal(number, leave)


@contextmanager
def ending_signals_call(handler: Callable[[int], None]) -> Iterator[None]:
    """Inside, SIGTERM, SIGHUP and Ctrl-C call ``handler`` with their number and do no more."""

    def handle(number: int, _: FrameType | None) -> None:
        handler(number)

    before = {number: signal.signal(number, handle) for number in ENDING_SIGNALS}
    try:
        yield
    finally:
        for number, previous in before.items():
            signal.signal(number, previous)


def tied_to_us(when_we_die: signal.Signals) -> Callable[[], None]:
    """A ``preexec_fn`` that makes Linux send the child a signal when this process dies.

    Even ``kill -9`` then leaves nothing running. Elsewhere the next start cleans up instead.
    """
    if sys.platform != "linux":
        return lambda: None
    libc = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def tie() -> None:
        libc.prctl(PR_SET_PDEATHSIG, when_we_die)
        if os.getppid() != parent:  # it died before we asked
            os.kill(os.getpid(), when_we_die)

    return tie


def stop(process: psutil.Process, *steps: Step) -> None:
    """Send each signal in turn, waiting its number of seconds, until the process has ended.

    Ends with SIGKILL when the steps did not do.
    """
    for signal_, patience in (*steps, (signal.SIGKILL, 10.0)):
        try:
            process.send_signal(signal_)
        except psutil.NoSuchProcess:
            break
        if wait_until(lambda: has_ended(process), seconds=patience):
            break
    if isinstance(process, psutil.Popen):
        process.wait()


def has_ended(process: psutil.Process) -> bool:
    """Whether the process is gone; one that nobody has reaped yet counts as gone."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def processes_with(program: str, argument: str) -> list[psutil.Process]:
    """Live processes running ``program`` with exactly this ``argument`` on their command line."""
    found = []
    for process in psutil.process_iter():
        try:
            command = process.cmdline()
        except psutil.Error:
            continue
        if command and Path(command[0]).name == program and argument in command[1:]:
            found.append(process)
    return found


def wait_until(
    ready: Callable[[], bool],
    *,
    seconds: float,
    alive: Callable[[], bool] = lambda: True,
) -> bool:
    """Poll until ``ready``; False when ``alive`` turns false or the time is up."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if ready():
            return True
        if not alive():
            return False
        time.sleep(0.05)
    return False


@contextmanager
def only_one(lock: Path, busy: str) -> Iterator[None]:
    """Hold ``lock`` for this process alone; the system lets go of it however we end.

    Raises ``Trouble(busy)``, with ``{pid}`` filled in, while another process holds it.
    """
    with lock.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise Trouble(busy.format(pid=file.read().strip() or "unknown")) from None
        file.seek(0)
        file.truncate()
        file.write(str(os.getpid()))
        file.flush()
        yield


def run_to_its_end(arguments: Sequence[str], env: Mapping[str, str]) -> int:
    """Run a command in the foreground; give its exit code, 128 + n when signal n ended it.

    A signal that we get is passed on, and the command decides what it means. Ctrl-C at a
    terminal reaches the command by itself. Raises ``Trouble`` when it cannot be started.
    """
    try:
        process = psutil.Popen(arguments, env=dict(env), preexec_fn=tied_to_us(signal.SIGTERM))
    except OSError as error:
        raise Trouble(f"{arguments[0]} cannot be started: {error.strerror}.") from error

    def pass_on(number: int) -> None:
        if not (number == signal.SIGINT and os.isatty(0)):
            process.send_signal(number)

    with ending_signals_call(pass_on):
        code: int = process.wait()
    return code if code >= 0 else 128 - code
