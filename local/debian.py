"""Debian's packages, installed where we are root on Debian (as continuous integration is)."""

import shutil
import subprocess
from pathlib import Path

from local import machine


def install(package: str, *, seconds: float = 900) -> bool:
    """Whether the package is there now; False as well where it is not ours to install."""
    apt_get = shutil.which("apt-get")
    if not (apt_get and machine.is_root() and Path("/etc/debian_version").exists()):
        return False
    machine.note(f"installing {package} with apt-get …")
    update = [apt_get, "update", "--quiet"]
    add = [apt_get, "install", "--yes", "--quiet", "--no-install-recommends", package]
    return succeeds(update, seconds=300) and succeeds(add, seconds=seconds)


def succeeds(command: list[str], *, seconds: float) -> bool:
    """Whether a command can be run and ends well within so many seconds."""
    try:
        done = subprocess.run(  # noqa: S603  # fixed words and paths that we found
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
