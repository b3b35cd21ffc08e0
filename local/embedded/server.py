"""What the two embedded servers share: a folder, a password, a port, a log, a life."""

import json
import pwd
import secrets
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import psutil

from local import machine, processes
from local.machine import Trouble
from local.processes import Step

STARTING_SECONDS = 60.0
TRIES = 5


class Server:
    """One server process under a root folder.

    ``home`` holds ``data/`` (the server's own) and ``secret.json`` (readable by us alone); the
    log lies beside it, with the one before kept as ``.log.1``.
    """

    name: str
    program: str
    variable: str  # the environment variable that holds its URL
    stop_steps: tuple[Step, ...]

    def __init__(self, root: Path, *, durable: bool) -> None:
        self.root = root
        self.durable = durable
        self.home = root / self.name
        self.log = root / f"{self.name}.log"
        self.account: pwd.struct_passwd | None = None
        self.password = ""
        self.port = 0
        self._process: psutil.Popen | None = None

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def proof(self) -> str:
        """The command-line argument that only our process can have."""
        raise NotImplementedError

    @property
    def url(self) -> str:
        raise NotImplementedError

    def choose_home(self) -> None:
        """Settle where the data live, before anything is written."""

    def prepare(self) -> None:
        """Make whatever must exist before the start."""
        raise NotImplementedError

    def command(self) -> list[str]:
        raise NotImplementedError

    def answers(self) -> bool:
        raise NotImplementedError

    def greet(self) -> None:
        """Do what remains to be done once the server answers."""

    def heal(self, log: str) -> bool:
        """Put right what made a start fail, if we can; whether another try makes sense."""
        return "in use" in log  # the port, or memory that a killed predecessor still holds

    def missing(self, reason: object) -> Trouble:
        """The sentence for a machine on which the server's binary cannot run."""
        raise NotImplementedError

    @contextmanager
    def running(self) -> Iterator[str]:
        """Start the server, yield its URL once it answers, stop it. Raises ``Trouble``."""
        self.choose_home()
        self.end_leftovers()
        self._process = self._start()
        try:
            self.greet()
            yield self.url
        finally:
            processes.stop(self._process, *self.stop_steps)

    def has_fallen(self) -> bool:
        """Whether the server ended although nobody asked it to."""
        return self._process is not None and self._process.poll() is not None

    def end_leftovers(self) -> None:
        """Stop the server of a predecessor that was killed before it could."""
        for process in processes.processes_with(self.program, self.proof):
            processes.stop(process, *self.stop_steps)

    def _start(self) -> psutil.Popen:
        for _ in range(TRIES):
            self._recall_secret()
            self.prepare()
            process = self._launch()
            if self._came_up(process):
                return process
            processes.stop(process)
            if not self.heal(self.log.read_text(errors="replace")):
                break
            time.sleep(1)
        raise Trouble(self._why())

    def _came_up(self, process: psutil.Popen) -> bool:
        try:
            return processes.wait_until(
                self.answers, seconds=STARTING_SECONDS, alive=lambda: process.poll() is None
            )
        except BaseException:
            processes.stop(process, *self.stop_steps)
            raise

    def _recall_secret(self) -> None:
        """Keep the password of the last start, and its port while nobody else has taken it."""
        machine.own_folder(self.home, 0o711)
        path = self.home / "secret.json"
        known = json.loads(path.read_text()) if path.exists() else {}
        self.password = known.get("password") or secrets.token_urlsafe(24)
        self.port = machine.free_port(known.get("port", 0))
        machine.write_private(path, json.dumps({"password": self.password, "port": self.port}))

    def _launch(self) -> psutil.Popen:
        if self.log.exists():
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("wb") as log:
            try:
                # A process group of its own: Ctrl-C is for us to hear, and servers stop last.
                return psutil.Popen(
                    self.command(),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    cwd="/",
                    umask=0o077,
                    process_group=0,
                    preexec_fn=processes.tied_to_us(self.stop_steps[0][0]),
                    **machine.acting_as(self.account),
                )
            except OSError as error:
                raise self.missing(error) from error

    def _why(self) -> str:
        log = self.log.read_text(errors="replace")
        if "No space left on device" in log:
            return machine.DISK_FULL
        lines = [line for line in log.splitlines() if line.strip()]
        return (
            f"{self.name} did not start; the end of {self.log} says: {lines[-1] if lines else ''}"
        )


def package_folder(package: str) -> Path | None:
    """Where an installed package lies, found without importing it; None when it is missing."""
    spec = find_spec(package)
    places = list(spec.submodule_search_locations or []) if spec else []
    return Path(places[0]) if places else None
