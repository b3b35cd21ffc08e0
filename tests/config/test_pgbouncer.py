"""Finding PgBouncer for the tests that run behind it, or installing it."""

import os
from pathlib import Path

import pytest

from local import pgbouncer


@pytest.fixture
def bin_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder with programs; where Debian would keep it is another."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(pgbouncer, "SBIN", str(tmp_path / "sbin"))
    return folder


def program(path: Path, script: str) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_it_is_found_where_debian_keeps_it(bin_folder: Path, tmp_path: Path) -> None:
    program(tmp_path / "sbin" / "pgbouncer", "exit 0")
    program(bin_folder / "apt-get", f"touch {bin_folder}/called")
    assert pgbouncer.find_or_install() == str(tmp_path / "sbin" / "pgbouncer")
    assert not (bin_folder / "called").exists()


@pytest.mark.skipif(
    os.geteuid() != 0 or not Path("/etc/debian_version").exists(), reason="root on Debian"
)
def test_as_root_on_debian_it_is_installed(bin_folder: Path, tmp_path: Path) -> None:
    ready = tmp_path / "packaged"
    program(ready, "exit 0")
    program(bin_folder / "apt-get", f"[ $1 = update ] || /bin/cp {ready} {bin_folder}/pgbouncer")
    assert pgbouncer.find_or_install() == str(bin_folder / "pgbouncer")


def test_where_it_cannot_be_had_there_is_none(bin_folder: Path) -> None:
    program(bin_folder / "apt-get", "exit 100")
    assert pgbouncer.find_or_install() is None
