"""Dropping an HTTP connection in mid-request, which no framework offers on purpose."""

import asyncio
import socket
import struct
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from uvicorn.protocols.http.h11_impl import H11Protocol

_open: dict[tuple[str, int], asyncio.Transport] = {}


class DroppableProtocol(H11Protocol):
    """uvicorn's HTTP protocol, which also remembers its transport by the client's address."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        if self.client is not None:
            _open[self.client] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if self.client is not None:
            _open.pop(self.client, None)
        super().connection_lost(exc)


async def drop_connection(request: Request) -> Response:
    """Reset the connection of `request`; the response returned is never seen."""
    assert request.client is not None
    transport = _open.get((request.client.host, request.client.port))
    if transport is not None:
        reset_transport(transport)
        await asyncio.sleep(0.01)  # lets the loop close it before the framework answers
    return Response(status_code=500)


def reset_transport(transport: asyncio.BaseTransport) -> None:
    """Close with RST instead of FIN, so that the client sees a reset, not an end."""
    raw = transport.get_extra_info("socket")
    if raw is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    if isinstance(transport, asyncio.Transport):
        transport.abort()
