"""``make lint``, ``make test`` and ``make test-all``: every check, timed and named.

The first failure ends it. ``python -m local.checks static|quick|complete [PYTEST ARGUMENTS…]``
"""

import os
import secrets
import sys
import time
from pathlib import Path

from local import browser, embedded, machine, pgbouncer, processes
from local.embedded import CHECKOUT, Env

STATIC = {
    "ruff check": ["ruff", "check"],
    "ruff format": ["ruff", "format", "--check"],
    "templates": ["djangofmt", "--check", "--quiet", "templates"],
    "mypy": ["mypy"],
    "import-linter": ["lint-imports", "--no-logo"],
}
DYNAMIC = {
    "migrations": ["python", "manage.py", "makemigrations", "--check", "--dry-run"],
    "tests": ["pytest", "-n", "2"],
}
# Settings must load for mypy's Django plugin; nothing connects to these.
NOWHERE = {"DATABASE_URL": "postgres://127.0.0.1/none", "REDIS_URL": "redis://127.0.0.1/0"}


def main() -> int:
    which, *extra = sys.argv[1:] or ["quick"]
    os.chdir(CHECKOUT)
    with machine.exit_on_trouble():
        if which == "static":
            return _check(STATIC, _env(NOWHERE))
        processes.exit_on_signals()
        dynamic = DYNAMIC | {"tests": [*DYNAMIC["tests"], *extra]}
        with embedded.running(CHECKOUT / ".local" / "test", durable=False) as services:
            suite = _complete() if which == "complete" else {}
            return _check(STATIC | dynamic, _env(services) | suite | _browser())


def _env(services: Env) -> Env:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    given = {"ENVIRONMENT": "test", "SECRET_KEY": secrets.token_urlsafe(48), "PATH": path}
    return {**os.environ, **given, **services}


def _browser() -> Env:
    """Where the browser is, or that the browser tests are to be skipped."""
    if os.environ.get("NO_BROWSER"):
        return {}
    if path := browser.find_or_install():
        return {"CHROMIUM_PATH": path}
    machine.note(browser.NONE_TO_BE_HAD)
    return {"NO_BROWSER": "1"}


def _complete() -> Env:
    """Have what the complete suite alone runs run (see tests/suites.py)."""
    if pgbouncer.find_or_install() is None:
        machine.note(pgbouncer.NONE_TO_BE_HAD)
    return {"COMPLETE": "1"}


def _check(steps: dict[str, list[str]], env: Env) -> int:
    """Run the steps in order; give the exit code of the first that fails, or 0."""
    taken = []
    for name, command in steps.items():
        _say(f"── {name}")
        started = time.monotonic()
        code = processes.run_to_its_end(command, env)
        taken.append(f"{name} {time.monotonic() - started:.1f} s")
        if code:
            _say(f"── failed at {name} (exit code {code}) after {', '.join(taken)}")
            return code
    _say(f"── all passed: {', '.join(taken)}")
    return 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
