"""HTTP/2 without TLS to one target: a request, and its whole answer with trailers, as gRPC has them."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    Event,
    InformationalResponseReceived,
    ResponseReceived,
    StreamEnded,
    StreamReset,
    TrailersReceived,
    WindowUpdated,
)
from h2.exceptions import ProtocolError

CHUNK = 65_536
STREAM = 1
TRAILERS = ("te", "trailers")
"""The one form of `te` that HTTP/2 takes."""
_NOT_FORWARDED = frozenset(
    {"connection", "host", "keep-alive", "proxy-connection", "te", "transfer-encoding", "upgrade"}
)
"""Headers that belong to one HTTP/1.1 connection, or have another form in HTTP/2."""


class Http2Error(OSError):
    """The target does not speak HTTP/2, or broke off."""


@dataclass(slots=True)
class Answer:
    """An answer; header names are in lower case, each with its values, and trailers are among them."""

    status: int = 0
    headers: dict[str, list[str]] = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)
    ended: bool = False

    @property
    def grpc_status(self) -> int | None:
        """The status that gRPC sends in its trailers; None where there is none."""
        text = self.headers.get("grpc-status", [""])[-1]
        return int(text) if text.isdigit() else None

    def take(self, event: Event) -> int:
        """What one event of the connection adds; back comes how many bytes of the flow window it used."""
        if isinstance(event, (ResponseReceived, TrailersReceived)):
            for name, value in event.headers or []:
                if name == b":status":
                    self.status = int(value) if value.isdigit() else 502
                else:
                    self.headers.setdefault(name.decode("latin-1"), []).append(value.decode("latin-1"))
        elif isinstance(event, DataReceived):
            self.body += event.data or b""
            return event.flow_controlled_length or 0
        elif isinstance(event, StreamEnded):
            self.ended = True
        elif isinstance(event, (StreamReset, ConnectionTerminated)):
            raise Http2Error("the target broke off")
        return 0


def request(
    address: str,
    port: int,
    method: str,
    path: str,
    headers: Iterable[tuple[str, str]] = (),
    body: bytes = b"",
    *,
    authority: str = "",
    timeout: float = 60.0,
) -> Answer:
    """One request on a connection of its own. Raises TimeoutError, or OSError for anything else that goes wrong."""
    end = time.monotonic() + timeout
    connection = H2Connection(H2Configuration(client_side=True, header_encoding=None))
    given = [(name.lower(), value) for name, value in headers]
    with socket.create_connection((address, port), timeout=timeout) as wire:
        try:
            connection.initiate_connection()
            fields = [
                (":method", method),
                (":scheme", "http"),
                (":authority", authority or f"{address}:{port}"),
                (":path", path),
                *((name, value) for name, value in given if name not in _NOT_FORWARDED or (name, value) == TRAILERS),
            ]
            connection.send_headers(STREAM, fields, end_stream=not body)
            return _exchange(connection, wire, body, end)
        except ProtocolError as error:
            raise Http2Error(str(error) or type(error).__name__) from error


def _exchange(connection: H2Connection, wire: socket.socket, body: bytes, end: float) -> Answer:
    """Send the body as the flow window lets it, and read until the stream ends."""
    answer, left = Answer(), memoryview(body)
    while True:
        left = _send(connection, left)
        wire.sendall(connection.data_to_send())
        if answer.ended:
            return answer
        remaining = end - time.monotonic()
        if remaining <= 0:
            raise TimeoutError
        wire.settimeout(remaining)
        data = wire.recv(CHUNK)
        if not data:
            raise Http2Error("the target closed the connection")
        for event in connection.receive_data(data):
            if isinstance(event, (InformationalResponseReceived, WindowUpdated)):
                continue
            used = answer.take(event)
            if used:
                connection.acknowledge_received_data(used, STREAM)


def _send(connection: H2Connection, left: memoryview) -> memoryview:
    while left:
        room = min(connection.local_flow_control_window(STREAM), connection.max_outbound_frame_size, len(left))
        if room <= 0:
            return left
        connection.send_data(STREAM, bytes(left[:room]), end_stream=room == len(left))
        left = left[room:]
    return left
