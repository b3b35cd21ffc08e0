"""``make demo``: the whole of Visitwell on one machine, for looking around.

Keeps everything under ``.local/demo``; a second start finds it again and ``RESET=1`` starts
over. ``PORT`` and ``SANDBOX_PORT`` move the two addresses; ``--root`` keeps a second one apart.
"""

import argparse
import hashlib
import json
import os
import secrets
import sys
from dataclasses import dataclass
from pathlib import Path

from local import embedded, machine, processes, supervisor
from local.embedded import CHECKOUT, DEFAULT_ROOT, Env
from local.machine import LOOPBACK, Trouble
from local.supervisor import Supervisor
from local.welcome import Readiness, welcome

CLINIC = CHECKOUT / "demo" / "clinic.toml"
STATIC_STAMP = CHECKOUT / ".local" / "static.stamp"
RUNNING = "a demo already runs from this folder (process {pid}); stop it with Ctrl-C there."
LAST_PORT = 65535
FROM_NUMBER = "+12025550100"  # reserved for fiction


@dataclass(frozen=True)
class DemoPlace:
    """Where this demo answers and keeps its things."""

    root: Path
    port: int
    sandbox_port: int
    smtp_port: int

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def sandbox_url(self) -> str:
        return f"http://localhost:{self.sandbox_port}"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m local.demo", description=__doc__)
    parser.add_argument("--root", type=Path, default=DEFAULT_ROOT)
    root: Path = parser.parse_args(arguments).root.absolute()
    processes.exit_on_signals()
    with machine.exit_on_trouble():
        root.parent.mkdir(parents=True, exist_ok=True)
        lock = root.with_name(f"{root.name}.lock")
        with processes.only_one(lock, RUNNING):
            return _demo(root)


def _demo(root: Path) -> int:
    supervisor.end_leftovers(root)
    place = _place(root)
    _start_over_if_asked(place.root)
    with embedded.services_running(place.root, durable=True) as services:
        env = supervisor.program_env(_settings(place) | services.env, place.root)
        _prepare(place, env)
        _tell("Starting …")
        Supervisor(_commands(place), env, fallen=services.fallen).run(
            ready=Readiness(place.port),
            when_ready=lambda: _welcome(place),
        )
        _tell("Stopping …")
    _tell("Stopped.")
    return 0


def _tell(sentence: str) -> None:
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


def _welcome(place: DemoPlace) -> None:
    _tell(welcome(place.url, place.sandbox_url, place.root / "staff.json"))


# --- Before anything starts


def _place(root: Path) -> DemoPlace:
    port = _port("PORT", 8000)
    sandbox_port = _port("SANDBOX_PORT", 8001)
    if port == sandbox_port:
        raise Trouble(f"PORT and SANDBOX_PORT are both {port}; give them different numbers.")
    return DemoPlace(root, port, sandbox_port, _port("SANDBOX_SMTP_PORT", machine.free_port()))


def _port(variable: str, default: int) -> int:
    """The port that ``variable`` names, checked to be one that we can listen on."""
    text = os.environ.get(variable) or str(default)
    if not text.isdecimal() or not 0 < int(text) <= LAST_PORT:
        raise Trouble(f"{variable} must be a port number, not {text!r}.")
    port = int(text)
    if not machine.port_is_free(port):
        elsewhere = machine.free_port(min(port + 10, LAST_PORT))
        raise Trouble(
            f"port {port} is taken by another program; stop that one, "
            f"or move this one with make demo {variable}={elsewhere}."
        )
    return port


def _start_over_if_asked(root: Path) -> None:
    asked = os.environ.get("RESET") == "1"
    if asked and os.environ.get("DATABASE_URL"):
        raise Trouble(
            "RESET=1 erases only the embedded database; "
            "with DATABASE_URL set, empty that database yourself."
        )
    if asked or _interrupted(root).exists():
        _tell("Starting over with an empty database …")
        embedded.erase(root)


# --- What the programs are told


def _settings(place: DemoPlace) -> Env:
    """The environment of every program, apart from the addresses of the services."""
    staff = str(place.root / "staff.json")
    return {
        "ENVIRONMENT": "demo",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "ALLOWED_HOSTS": "localhost,127.0.0.1",
        "PUBLIC_URL": place.url,
        "PORT": str(place.port),
        "TWILIO_API_BASE_URL": f"http://{LOOPBACK}:{place.sandbox_port}",
        "EMAIL_URL": f"smtp://{LOOPBACK}:{place.smtp_port}",
        "CLOCK_FILE": str(place.root / "clock.json"),
        "DEMO_STAFF_FILE": staff,
        "SANDBOX_URL": place.sandbox_url,
        "VIDEO_VISIT_URL": f"{place.sandbox_url}/video/{{room}}",
        "SANDBOX_PORT": str(place.sandbox_port),
        "SANDBOX_SMTP_PORT": str(place.smtp_port),
        "SANDBOX_DATA": str(place.root / "sandbox"),
        "SANDBOX_STAFF_FILE": staff,
        "PYTHONWARNINGS": "ignore:::celery.platforms",  # as root it warns at length
        **_secrets(place.root / "secrets.json"),
    }


def _secrets(path: Path) -> Env:
    """Made up on the first start, kept for the next, readable by this account alone."""
    if not path.exists():
        made = {
            "SECRET_KEY": secrets.token_urlsafe(48),
            "TWILIO_ACCOUNT_SID": f"AC{secrets.token_hex(16)}",
            "TWILIO_AUTH_TOKEN": secrets.token_hex(16),
            "TWILIO_FROM_NUMBER": FROM_NUMBER,
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        machine.write_private(path, json.dumps(made))
    kept: Env = json.loads(path.read_text())
    return kept


def _commands(place: DemoPlace) -> dict[str, list[str]]:
    """The command of each program of the demo, by name."""
    values: dict[str, dict[str, object]] = {
        "web": {"host": LOOPBACK, "port": place.port, "workers": 1, "threads": 4},
        "worker": {"workers": 2},
        "beat": {"schedule": place.root / "beat-schedule"},
        "sandbox": {
            "port": place.sandbox_port,
            "smtp_port": place.smtp_port,
            "data": place.root / "sandbox",
        },
    }
    return {name: supervisor.command(name, **told) for name, told in values.items()}


# --- The first start, and what later ones can skip


def _prepare(place: DemoPlace, env: Env) -> None:
    _tell("Preparing the database …")
    _manage(env, "migrate", "--no-input", "--verbosity", "0")
    _collect_static(env)
    _load(place.root, env)


def _manage(env: Env, *words: str) -> None:
    supervisor.run_once(
        [sys.executable, "manage.py", *words],
        env,
        failed=f"manage.py {words[0]} failed; its last lines are above.",
    )


def _collect_static(env: Env) -> None:
    """Collect stylesheets and scripts unless nothing changed since the last time."""
    files = sorted(p for p in CHECKOUT.glob("**/static/**/*") if _is_source(p))
    facts = [f"{p}:{p.stat().st_mtime_ns}" for p in (*files, CHECKOUT / "requirements.txt")]
    fingerprint = hashlib.sha256("\n".join(facts).encode()).hexdigest()
    manifest = CHECKOUT / "staticfiles" / "staticfiles.json"
    known = STATIC_STAMP.read_text() if STATIC_STAMP.exists() else ""
    if manifest.exists() and known == fingerprint:
        return
    _tell("Collecting stylesheets and scripts …")
    _manage(env, "collectstatic", "--no-input", "--verbosity", "0")
    STATIC_STAMP.parent.mkdir(exist_ok=True)
    STATIC_STAMP.write_text(fingerprint)


def _is_source(path: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.relative_to(CHECKOUT).parts)
    return path.is_file() and not hidden


def _load(root: Path, env: Env) -> None:
    """Load the clinic group when its file changed, and the people into a new database."""
    external = os.environ.get("DATABASE_URL", "")
    wanted = {"database": _digest(external.encode()), "clinic": _digest(CLINIC.read_bytes())}
    stamp = root / "loaded.json"
    known = json.loads(stamp.read_text()) if stamp.exists() else {}
    if known == wanted:
        return
    if not external:
        _interrupted(root).touch()
    _tell("Loading the demo clinics …")
    _manage(env, "load_clinic", str(CLINIC))
    if known.get("database") != wanted["database"]:
        _manage(env, "load_demo")
    stamp.write_text(json.dumps(wanted))
    _interrupted(root).unlink(missing_ok=True)


def _interrupted(root: Path) -> Path:
    """Exists while demo data are being loaded: half of them are no use."""
    return root / "loading"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
