"""What the embedded services and the supervisor need from the machine they run on.

Ports, processes that must not outlive us, folders and accounts. Nothing here knows Django,
PostgreSQL or Visitwell. Whatever the person at the keyboard can put right is a ``Trouble``: one
sentence, no traceback.
"""

import ctypes
import errno
import fcntl
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import psutil

LOOPBACK = "127.0.0.1"
PR_SET_PDEATHSIG = 1
SERVICE_ACCOUNT = "visitwell-db"
NEEDED_BYTES = 500 * 1024 * 1024
DISK_FULL = "the disk is full; free some space and start again."

Step = tuple[signal.Signals, float]  # a signal, and the seconds to wait for it to work


class Trouble(Exception):
    """Something outside the code is in the way; the message is one sentence for a person."""


@contextmanager
def plainly_told() -> Iterator[None]:
    """End the program with one sentence and exit code 1 on ``Trouble`` or a full disk."""
    try:
        yield
    except Trouble as trouble:
        sys.exit(f"Visitwell cannot go on: {trouble}")
    except PermissionError as error:
        sys.exit(f"Visitwell cannot go on: this account may not write {error.filename}.")
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        sys.exit(f"Visitwell cannot go on: {DISK_FULL}")


def require_space(folder: Path, needed: int = NEEDED_BYTES) -> None:
    """Raise ``Trouble`` unless the disk that holds ``folder`` has ``needed`` bytes free."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise Trouble(
            f"the disk that holds {folder} has {free // 1024**2} MB free and "
            f"{needed // 1024**2} MB are needed; free some space and start again."
        )


def note(sentence: str) -> None:
    """Tell the person something worth knowing that does not stop us."""
    print(f"Note: {sentence}", file=sys.stderr, flush=True)


def exit_on_signals() -> None:
    """Turn SIGTERM, SIGHUP and Ctrl-C into an exit that runs every ``finally`` on its way."""

    def leave(number: int, _: FrameType | None) -> None:
        sys.exit(128 + number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, leave)


# --- Ports


def port_is_free(port: int, host: str = LOOPBACK) -> bool:
    """Whether a server could listen on ``host:port`` now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port(preferred: int = 0) -> int:
    """``preferred`` when nobody listens on it, otherwise any free port on loopback."""
    if preferred and port_is_free(preferred):
        return preferred
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
    return port


# --- Processes


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
            return
        if wait_until(lambda: has_ended(process), seconds=patience):
            return


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


# --- Accounts and folders


def is_root() -> bool:
    return os.geteuid() == 0


def service_account(owner: int | None) -> pwd.struct_passwd | None:
    """The ordinary account to run a server under when we are root; None when we are not.

    ``owner`` (a uid) of data that exist keeps them. Otherwise the machine's own ``postgres``
    account, one made for this, or ``nobody`` where accounts cannot be made.
    """
    if not is_root():
        if owner not in (None, os.geteuid()):
            raise Trouble("the data belong to another account; start as that account or as root.")
        return None
    if owner:
        return pwd.getpwuid(owner)
    for name in ("postgres", SERVICE_ACCOUNT):
        if account := _account(name):
            return account
    if shutil.which("useradd"):
        subprocess.run(
            [
                "useradd",
                "--system",
                "--no-create-home",
                "--shell",
                "/bin/false",
                SERVICE_ACCOUNT,
            ],
            check=False,
            capture_output=True,
        )
    account = _account(SERVICE_ACCOUNT) or _account("nobody")
    if account is None:
        raise Trouble(
            "PostgreSQL refuses to run as root and there is no other account here; "
            "start as an ordinary user or set DATABASE_URL."
        )
    return account


def _account(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def acting_as(account: pwd.struct_passwd | None) -> dict[str, Any]:
    """Arguments that make ``subprocess`` start a program under ``account``; none for us."""
    if account is None:
        return {}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def can_enter(folder: Path, account: pwd.struct_passwd) -> bool:
    """Whether ``account`` can reach ``folder``, asked of the system rather than worked out."""
    answer = subprocess.run(
        ["/bin/sh", "-c", 'cd -- "$0"', str(folder)],
        cwd="/",
        capture_output=True,
        check=False,
        **acting_as(account),
    )
    return answer.returncode == 0


def own_folder(path: Path, mode: int) -> Path:
    """Make ``path`` if needed, with ``mode``, and refuse one that somebody else planted.

    Used under folders that everyone can write to, such as /var/tmp.
    """
    path.mkdir(mode=mode, parents=True, exist_ok=True)
    facts = path.lstat()
    if path.is_symlink() or facts.st_uid != os.geteuid():
        raise Trouble(f"{path} belongs to somebody else; remove it and start again.")
    path.chmod(mode)
    return path


def write_private(path: Path, text: str) -> None:
    """Write a file that only this account may read, never visible half-written."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    fresh.replace(path)


def remove(folder: Path) -> None:
    """Remove a folder and all in it; one that is not there is fine."""
    if folder.exists():
        shutil.rmtree(folder)
