"""What the embedded services and the supervisor need from the machine they run on.

Space, ports, accounts and folders. Nothing here knows Django, PostgreSQL or Visitwell. Whatever
the person at the keyboard can put right is a ``Trouble``: one sentence, no traceback.
"""

import errno
import os
import pwd
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

LOOPBACK = "127.0.0.1"
SERVICE_ACCOUNT = "visitwell-db"
NEEDED_BYTES = 500 * 1024 * 1024
DISK_FULL = "the disk is full; free some space and start again."


class Trouble(Exception):
    """Something outside the code is in the way; the message is one sentence for a person."""


@contextmanager
def exit_on_trouble() -> Iterator[None]:
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
    sys.stderr.write(f"Note: {sentence}\n")


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
    if useradd := shutil.which("useradd"):
        options = ["--system", "--no-create-home", "--shell", "/bin/false"]
        made = [useradd, *options, SERVICE_ACCOUNT]
        subprocess.run(made, check=False, capture_output=True)  # noqa: S603  # fixed words
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
    answer = subprocess.run(  # noqa: S603  # fixed words; the folder is an argument, not code
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
