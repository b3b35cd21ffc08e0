"""The embedded PostgreSQL and Redis: started, found again, cleaned up after."""

import errno
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import psutil
import psycopg2
import pytest
import redis

from local import embedded, machine, processes
from local.embedded import server
from local.embedded.postgres import Postgres, borrowed_home
from local.embedded.valkey import Valkey

pytestmark = pytest.mark.complete

CHECKOUT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 60.0


@pytest.fixture
def root(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty root that any account can pass through, in an environment that names no server."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)
    above = Path(tempfile.mkdtemp(prefix="visitwell-test-"))
    above.chmod(0o711)
    try:
        yield above / "root"
    finally:
        embedded.erase(above / "root")
        shutil.rmtree(above)


def run(root: Path, *command: str) -> list[str]:
    """The command line that runs ``command`` beside volatile services under ``root``."""
    ours = [sys.executable, "-m", "local.embedded", "run", "--volatile", "--root", str(root)]
    return [*ours, "--", *command]


def start(root: Path, *command: str) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    return subprocess.Popen(
        run(root, *command),
        cwd=CHECKOUT,
        stdin=subprocess.DEVNULL,
        stdout=pipe,
        stderr=pipe,
        text=True,
    )


def finish(root: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        run(root, *command),
        cwd=CHECKOUT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


def first_line(runner: subprocess.Popen[str]) -> str:
    assert runner.stdout is not None
    return runner.stdout.readline().strip()


def servers_under(root: Path) -> list[psutil.Process]:
    """The live servers whose command line names this root."""
    made = (Postgres(root, durable=False), Valkey(root, durable=False))
    return [p for server in made for p in processes.processes_with(server.program, server.proof)]


def soon(happened: Callable[[], bool]) -> bool:
    return processes.wait_until(happened, seconds=PATIENCE_SECONDS)


def query(url: str, statement: str) -> list[tuple[object, ...]]:
    with closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []


def test_a_command_finds_both_services_and_its_exit_code_comes_back(root: Path) -> None:
    code = (
        "import os, psycopg2, redis\n"
        "connection = psycopg2.connect(os.environ['DATABASE_URL'])\n"
        "connection.cursor().execute('CREATE EXTENSION btree_gist')\n"
        "assert redis.Redis.from_url(os.environ['REDIS_URL']).ping()\n"
        "raise SystemExit(7)\n"
    )
    done = finish(root, sys.executable, "-c", code)
    assert (done.returncode, done.stderr) == (7, "")
    assert servers_under(root) == []


def test_it_needs_no_settings(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SECRET_KEY", "ENVIRONMENT", "DJANGO_SETTINGS_MODULE"):
        monkeypatch.delenv(name, raising=False)
    assert finish(root, "true").returncode == 0


def test_a_second_start_finds_the_data_of_the_first(root: Path) -> None:
    with embedded.running(root, durable=True) as env:
        query(env["DATABASE_URL"], "CREATE TABLE kept AS SELECT 42 AS answer")
        with closing(redis.Redis.from_url(env["REDIS_URL"])) as client:
            client.set("kept", "here")
    with embedded.running(root, durable=True) as env:
        assert query(env["DATABASE_URL"], "SELECT answer FROM kept") == [(42,)]
        with closing(redis.Redis.from_url(env["REDIS_URL"])) as client:
            assert client.get("kept") == b"here"


def test_nobody_without_the_password_gets_in(root: Path) -> None:
    with embedded.running(root, durable=False) as env:
        with pytest.raises(psycopg2.OperationalError, match="password"):
            psycopg2.connect(env["DATABASE_URL"], password="guess")
        client = redis.Redis.from_url(re.sub(":[^:]*@", ":guess@", env["REDIS_URL"]))
        with closing(client), pytest.raises(redis.AuthenticationError):
            client.ping()
        kept = [*root.rglob("secret.json"), *root.rglob("valkey.conf")]
        assert kept
        assert {path.stat().st_mode & 0o777 for path in kept} == {0o600}


def test_the_database_log_holds_no_values(root: Path) -> None:
    with embedded.running(root, durable=False) as env:
        query(env["DATABASE_URL"], "CREATE TABLE once (phone text UNIQUE)")
        query(env["DATABASE_URL"], "INSERT INTO once VALUES ('private-number')")
        with pytest.raises(psycopg2.errors.UniqueViolation):
            query(env["DATABASE_URL"], "INSERT INTO once VALUES ('private-number')")
    log = (root / "postgres.log").read_text()
    assert "duplicate key" in log
    assert "private-number" not in log


def test_an_address_in_the_environment_replaces_only_its_server(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://elsewhere/visitwell")
    with embedded.running(root, durable=False) as env:
        assert env["DATABASE_URL"] == "postgres://elsewhere/visitwell"
        assert [Path(p.name()).name for p in servers_under(root)] == ["valkey-server"]


def test_two_roots_run_side_by_side(root: Path) -> None:
    with embedded.running(root, durable=False) as one:
        with embedded.running(root / "inner", durable=False) as other:
            assert query(other["DATABASE_URL"], "SELECT 1") == [(1,)]
        assert query(one["DATABASE_URL"], "SELECT 1") == [(1,)]


def test_a_root_in_use_is_named_in_one_sentence(root: Path) -> None:
    first = start(root, "sh", "-c", "echo started; exec sleep 600")
    assert first_line(first) == "started"
    second = finish(root, "true")
    assert second.returncode == 1
    assert second.stderr.count("\n") == 1
    assert f"in use by process {first.pid}" in second.stderr
    first.terminate()
    assert first.wait(PATIENCE_SECONDS) == 128 + signal.SIGTERM


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_reaches_the_command_and_stops_the_services(
    root: Path, ending: signal.Signals
) -> None:
    code = (
        "import signal, sys, time\n"
        f"signal.signal({int(ending)}, lambda *_: sys.exit(5))\n"
        "print('started', flush=True)\n"
        "time.sleep(600)\n"
    )
    runner = start(root, sys.executable, "-c", code)
    assert first_line(runner) == "started"
    runner.send_signal(ending)
    assert runner.wait(PATIENCE_SECONDS) == 5
    assert servers_under(root) == []


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of a death")
def test_a_killed_runner_leaves_nothing_running(root: Path) -> None:
    runner = start(root, "sh", "-c", "echo $$; exec sleep 600")
    command = psutil.Process(int(first_line(runner)))
    runner.kill()
    runner.wait()
    assert soon(lambda: processes.has_ended(command) and servers_under(root) == [])


def test_a_server_left_behind_is_stopped_by_the_next_start(root: Path) -> None:
    machine.own_folder(root, 0o711)
    predecessor = Postgres(root, durable=False)
    with predecessor.running():
        left_behind = servers_under(root)
        assert left_behind
        with embedded.running(root, durable=False) as env:
            assert query(env["DATABASE_URL"], "SELECT 1") == [(1,)]
            assert all(processes.has_ended(process) for process in left_behind)


def test_a_server_that_falls_is_noticed(root: Path) -> None:
    with embedded.services_running(root, durable=False) as services:
        assert services.fallen() is None
        for process in processes.processes_with("valkey-server", services.servers[1].proof):
            process.kill()
        assert soon(lambda: "valkey stopped by itself" in (services.fallen() or ""))


def test_data_of_a_killed_database_are_recovered(root: Path) -> None:
    with embedded.running(root, durable=True) as env:
        query(env["DATABASE_URL"], "CREATE TABLE kept AS SELECT 42 AS answer")
        for process in servers_under(root):
            process.kill()
    with embedded.running(root, durable=True) as env:
        assert query(env["DATABASE_URL"], "SELECT answer FROM kept") == [(42,)]


def test_a_stale_pid_file_that_names_a_stranger_is_no_obstacle(root: Path) -> None:
    with embedded.running(root, durable=True):
        data = Postgres(root, durable=True).data
        pid_file = (data / "postmaster.pid").read_text()
    _, *rest = pid_file.splitlines(keepends=True)
    (data / "postmaster.pid").write_text("".join([f"{os.getpid()}\n", *rest]))
    with embedded.running(root, durable=True) as env:
        assert query(env["DATABASE_URL"], "SELECT 1") == [(1,)]


def test_damaged_redis_data_are_set_aside(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with embedded.running(root, durable=True):
        pass
    for part in (root / "valkey" / "data" / "appendonlydir").iterdir():
        part.write_bytes(b"not what it wrote" * 100)
    with embedded.running(root, durable=True) as env:
        assert redis.Redis.from_url(env["REDIS_URL"]).ping()
    assert "damaged" in capsys.readouterr().err


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives its servers another account")
def test_as_root_the_data_go_where_the_database_account_can_reach_them(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root.parent.chmod(0o700)
    with embedded.running(root, durable=False) as env:
        assert query(env["DATABASE_URL"], "SELECT 1") == [(1,)]
        [database, _] = servers_under(root)
        assert database.uids().effective != 0
        assert borrowed_home(root.absolute()).exists()
        assert str(borrowed_home(root.absolute())) in capsys.readouterr().err
    assert root.parent.stat().st_mode & 0o777 == 0o700
    embedded.erase(root)
    assert not borrowed_home(root.absolute()).exists()


def test_a_machine_without_the_programs_is_told_what_to_set(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local.embedded.postgres.package_folder", lambda _: None)
    with (
        pytest.raises(machine.Trouble, match="set DATABASE_URL"),
        embedded.running(root, durable=False),
    ):
        pass


def test_a_program_made_for_another_machine_is_told_apart(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    binary = tmp_path / "_binaries" / "other" / "valkey-server"
    binary.parent.mkdir(parents=True)
    binary.write_bytes(b"\x00not for this machine")
    binary.chmod(0o755)
    monkeypatch.setattr("local.embedded.valkey.package_folder", lambda _: tmp_path)
    monkeypatch.setenv("DATABASE_URL", "postgres://elsewhere/visitwell")
    with (
        pytest.raises(machine.Trouble, match="set REDIS_URL"),
        embedded.running(root, durable=False),
    ):
        pass


def test_a_full_disk_is_told_before_anything_is_written(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = shutil.disk_usage(root.parent)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: free._replace(free=1024**2))
    with pytest.raises(machine.Trouble, match="1 MB free"), embedded.running(root, durable=False):
        pass
    assert not list(root.rglob("data"))


def test_a_disk_that_fills_up_ends_in_one_sentence() -> None:
    with pytest.raises(SystemExit, match="disk is full"), machine.exit_on_trouble():
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_server_that_does_not_start_points_at_its_log(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "TRIES", 1)
    monkeypatch.setattr("local.embedded.valkey.VOLATILE", "appendonly perhaps\n")
    monkeypatch.setenv("DATABASE_URL", "postgres://elsewhere/visitwell")
    began = time.monotonic()
    with (
        pytest.raises(machine.Trouble, match=r"valkey\.log says"),
        embedded.running(root, durable=False),
    ):
        pass
    assert time.monotonic() - began < server.STARTING_SECONDS
