"""Find PgBouncer for the tests that run behind it, or install Debian's package."""

import os
import shutil

from local import debian

# Debian keeps it where only root looks.
SBIN = "/usr/sbin"
NONE_TO_BE_HAD = "there is no PgBouncer on this machine; the tests that run behind it are skipped."


def find() -> str | None:
    """The path of its program; None when there is none."""
    folders = os.environ.get("PATH", os.defpath), SBIN
    return shutil.which("pgbouncer", path=os.pathsep.join(folders))


def find_or_install() -> str | None:
    """Like ``find``, after installing it where there was none."""
    return find() or (debian.install("pgbouncer") and find()) or None
