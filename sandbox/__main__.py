"""Start the sandbox: `python -m sandbox --help`."""

import asyncio
import logging
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import uvicorn

from sandbox.app import build_app
from sandbox.connection import DroppableProtocol
from sandbox.settings import Settings, read_settings
from sandbox.smtp import smtp_protocol
from sandbox.state import build_sandbox

log = logging.getLogger("sandbox")


class PortTaken(Exception):
    """A port cannot be used; the message is for a person."""


class Server(uvicorn.Server):
    """uvicorn, with SIGTERM and SIGINT as an orderly end (exit 0) rather than a raised signal."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        yield

    def stop(self) -> None:
        self.should_exit = True


def _bound(host: str, port: int, flag: str) -> socket.socket:
    """A listening socket. Raises PortTaken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(512)
    except OSError as error:
        listener.close()
        raise PortTaken(
            f"The sandbox cannot use port {port} on {host} ({error.strerror}): stop what is "
            f"using it, or choose another with {flag}."
        ) from error
    listener.settimeout(0)
    return listener


async def _serve(settings: Settings, web: socket.socket, mail: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    sandbox = build_sandbox(settings)
    worker = asyncio.create_task(sandbox.callbacks.run())
    mail_server = await loop.create_server(lambda: smtp_protocol(sandbox, loop), sock=mail)
    config = uvicorn.Config(
        build_app(sandbox),
        http=DroppableProtocol,
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    log.info("http://%s:%s and SMTP on port %s", settings.host, settings.port, settings.smtp_port)
    try:
        await Server(config).serve(sockets=[web])
    finally:
        mail_server.close()
        worker.cancel()
        with suppress(asyncio.CancelledError):
            await worker
        sandbox.store.close()


def main() -> None:
    """Run until SIGTERM or SIGINT, then exit 0; exit 1 at once when a port is taken."""
    settings = read_settings(sys.argv[1:])
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    logging.getLogger("mail.log").setLevel(logging.WARNING)
    try:
        web = _bound(settings.host, settings.port, "--port")
        mail = _bound(settings.host, settings.smtp_port, "--smtp-port")
    except PortTaken as error:
        sys.exit(str(error))
    asyncio.run(_serve(settings, web, mail))


if __name__ == "__main__":
    main()
