"""A real PostgreSQL and a real Redis-compatible server, for a machine that has neither.

``running(root, durable=…)`` starts both under ``root`` and yields their two addresses. An
address already in the environment replaces its server. Also a command::

    python -m config.embedded run [--root .local/test] [--volatile] -- COMMAND ARGS…
    python -m config.embedded erase [--root .local/test]

It must work before Django is configured, so nothing here imports it.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from config import machine
from config.embedded.postgres import Postgres, borrowed_home
from config.embedded.valkey import Valkey

CHECKOUT = Path(__file__).resolve().parent.parent.parent
DEFAULT_ROOT = CHECKOUT / ".local" / "demo"

Env = dict[str, str]


@contextmanager
def running(root: Path, *, durable: bool) -> Iterator[Env]:
    """Start what the environment does not already name; yield DATABASE_URL and REDIS_URL.

    ``root`` keeps data, logs and passwords, and a second start finds them again. Volatile
    services (``durable=False``) are faster and may lose data with the power. Raises ``Trouble``.
    """
    root = root.absolute()
    machine.own_folder(root, 0o711)  # the database's account passes through; secrets are 0600
    with ExitStack() as services, machine.only_one(root / "lock", _busy(root)):
        machine.require_space(root)
        env = {name: os.environ.get(name, "") for name in ("DATABASE_URL", "REDIS_URL")}
        if not env["DATABASE_URL"]:
            postgres = Postgres(root, durable=durable)
            postgres.choose_home()
            env["DATABASE_URL"] = services.enter_context(postgres.running())
        if not env["REDIS_URL"]:
            valkey = Valkey(root, durable=durable)
            env["REDIS_URL"] = services.enter_context(valkey.running())
        yield env


def erase(root: Path) -> None:
    """Remove all data under ``root``, with whatever a killed predecessor left running there.

    Raises ``Trouble`` while a live run is using it.
    """
    root = root.absolute()
    if root.exists():
        with machine.only_one(root / "lock", _busy(root)):
            for server in (Postgres(root, durable=True), Valkey(root, durable=True)):
                server.end_leftovers()
    machine.remove(root)
    machine.remove(borrowed_home(root))


def _busy(root: Path) -> str:
    shown = root.relative_to(CHECKOUT) if root.is_relative_to(CHECKOUT) else root
    return (
        f"{shown} is in use by process {{pid}}; stop that one first, or name another folder "
        "with --root."
    )
