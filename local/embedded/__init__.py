"""A real PostgreSQL and a real Redis-compatible server, for a machine that has neither.

``running(root, durable=…)`` starts both under ``root`` and yields their two addresses. An
address already in the environment replaces its server. Also a command::

    python -m local.embedded run [--root .local/test] [--volatile] -- COMMAND ARGS…
    python -m local.embedded erase [--root .local/test]

It must work before Django is configured, so nothing here imports it.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from local import machine, processes
from local.embedded.postgres import Postgres, borrowed_home
from local.embedded.server import Server
from local.embedded.valkey import Valkey

CHECKOUT = Path(__file__).resolve().parent.parent.parent
DEFAULT_ROOT = CHECKOUT / ".local" / "demo"

SERVERS: dict[str, type[Server]] = {kind.variable: kind for kind in (Postgres, Valkey)}

Env = dict[str, str]


@dataclass(frozen=True)
class Services:
    """The addresses in ``env``, and the servers that we started to answer at them."""

    env: Env
    servers: tuple[Server, ...]

    def fallen(self) -> str | None:
        """A sentence about a server that stopped by itself; None while all go on."""
        fallen = (server for server in self.servers if server.has_fallen())
        return next((f"{one.name} stopped by itself; see {one.log}." for one in fallen), None)


@contextmanager
def running(root: Path, *, durable: bool) -> Iterator[Env]:
    """Start what the environment does not already name; yield DATABASE_URL and REDIS_URL.

    ``root`` keeps data, logs and passwords, and a second start finds them again. Volatile
    services (``durable=False``) are faster and may lose data with the power. Raises ``Trouble``.
    """
    with services_running(root, durable=durable) as services:
        yield services.env


@contextmanager
def services_running(root: Path, *, durable: bool) -> Iterator[Services]:
    """Like ``running``, for who wants to watch the servers too."""
    root = root.absolute()
    machine.own_folder(root, 0o711)  # the database's account passes through; secrets are 0600
    with ExitStack() as stack, processes.only_one(root / "lock", _busy(root)):
        machine.require_space(root)
        servers = [
            kind(root, durable=durable)
            for variable, kind in SERVERS.items()
            if not os.environ.get(variable)
        ]
        given = {name: os.environ[name] for name in SERVERS if os.environ.get(name)}
        made = {server.variable: stack.enter_context(server.running()) for server in servers}
        yield Services(env=given | made, servers=tuple(servers))


def erase(root: Path) -> None:
    """Remove all data under ``root``, with whatever a killed predecessor left running there.

    Raises ``Trouble`` while a live run is using it.
    """
    root = root.absolute()
    if root.exists():
        with processes.only_one(root / "lock", _busy(root)):
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
