"""Create the virtual environment and install the pinned requirements; the Makefile calls it.

It runs before anything is installed, so it uses the standard library alone. A stamp with the
digest of the requirements makes a second run instant.
"""

import fcntl
import hashlib
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

HERE = Path(__file__).resolve().parent.parent
REQUIREMENTS = HERE / "requirements-dev.txt"
VENV = HERE / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed.sha256"
IS_SOUND = "import sys, pip; sys.exit(sys.version_info < (3, 11))"

DISK_FULL = "the disk is full; free some space and run make again."
NO_VENV = (
    "this Python cannot make virtual environments; install its venv module "
    "(on Debian and Ubuntu: apt-get install python3-venv) and run make again."
)
NO_COMPILER = (
    "{package} has no ready-made package for Python {version} on {machine} and there is no C "
    "compiler to build it; use Python 3.11, or install a compiler (on Debian and Ubuntu: "
    "apt-get install build-essential)."
)
NO_INDEX = "the package index does not answer; check the network and run make again."
# What pip says, and what it means to the person.
REASONS = {
    "No space left on device": DISK_FULL,
    "DO NOT MATCH THE HASHES": "a downloaded package is not the one that was pinned; "
    "clear pip's cache with .venv/bin/pip cache purge and run make again.",
    "NewConnectionError": NO_INDEX,
    "NameResolutionError": NO_INDEX,
    "Read timed out": NO_INDEX,
}
NO_WHEEL = re.compile(r"No matching distribution found for (\S+)")


def main() -> None:
    lock_file = HERE / ".local" / "install.lock"
    lock_file.parent.mkdir(exist_ok=True)
    with lock_file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # make demo and make test may start together
        wanted = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
        if not (_is_sound() and STAMP.exists() and STAMP.read_text() == wanted):
            _install()
            STAMP.write_text(wanted)


def _is_sound() -> bool:
    """Whether the virtual environment is whole: a killed start or a new Python can break it."""
    return PYTHON.exists() and _run(str(PYTHON), "-c", IS_SOUND).returncode == 0


def _install() -> None:
    if not _is_sound():
        _say("Creating the virtual environment …")
        made = _run(sys.executable, "-m", "venv", "--clear", str(VENV))
        if made.returncode:
            _fail(_meaning(made.stdout) or NO_VENV)
    _say("Installing the pinned packages; this takes a minute, once …")
    done = _pip("--only-binary", ":all:")
    if missing := NO_WHEEL.search(done.stdout):
        _require_compiler(missing[1])
        _say("Building what has no ready-made package …")
        done = _pip()
    if done.returncode:
        _fail(_meaning(done.stdout) or f"pip could not install them:\n{done.stdout[-2000:]}")


def _pip(*options: str) -> subprocess.CompletedProcess[str]:
    # Compiling what a run never imports would take a third of the time.
    fixed = ["--require-hashes", "--no-deps", "--no-input", "--no-compile", "--quiet"]
    install = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "install"]
    return _run(*install, *fixed, *options, "--requirement", str(REQUIREMENTS))


def _require_compiler(package: str) -> None:
    if not shutil.which("cc"):
        _fail(
            NO_COMPILER.format(
                package=package,
                version=platform.python_version(),
                machine=platform.machine(),
            )
        )


def _meaning(output: str) -> str | None:
    return next((told for sign, told in REASONS.items() if sign in output), None)


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603  # fixed words
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )


def _say(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


def _fail(sentence: str) -> NoReturn:
    sys.exit(f"Visitwell cannot be installed: {sentence}")


if __name__ == "__main__":
    main()
