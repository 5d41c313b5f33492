"""HTTP/2 and gRPC to targets: health checks and requests, against a server that speaks nothing else."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, RequestReceived, StreamEnded, WindowUpdated

from ecsgen.sandbox.server import http2
from ecsgen.sandbox.server.patches.load_balancer import by_http2
from ecsgen.sandbox.server.probe import FAILED, MISMATCH, TIMEOUT, check
from ecsgen.sandbox.server.targets import Target


class Speaker:
    """Answers each request by its path: /STATUS, /grpc/STATUS in trailers, /trailers-only/STATUS, /echo, /silent."""

    def __init__(self) -> None:
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                wire, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(wire,), daemon=True).start()

    def _serve(self, wire: socket.socket) -> None:
        connection = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        connection.initiate_connection()
        headers: dict[str, str] = {}
        body, left = b"", b""
        with wire:
            wire.sendall(connection.data_to_send())
            while data := wire.recv(65_536):
                for event in connection.receive_data(data):
                    if isinstance(event, RequestReceived):
                        headers = {str(name): str(value) for name, value in event.headers or []}
                    elif isinstance(event, DataReceived):
                        body += event.data or b""
                        connection.acknowledge_received_data(event.flow_controlled_length or 0, 1)
                    elif isinstance(event, StreamEnded):
                        self.requests.append((headers, body))
                        left = self._answer(connection, headers[":path"], body)
                    elif isinstance(event, WindowUpdated):
                        continue
                left = self._send(connection, left)
                wire.sendall(connection.data_to_send())

    def _answer(self, connection: H2Connection, path: str, body: bytes) -> bytes:
        kind, _, status = path.partition("?")[0].strip("/").rpartition("/")
        if kind == "grpc":
            connection.send_headers(1, [(":status", "200"), ("content-type", "application/grpc")])
            connection.send_data(1, bytes(5))
            connection.send_headers(1, [("grpc-status", status)], end_stream=True)
        elif kind == "trailers-only":
            connection.send_headers(1, [(":status", "200"), ("grpc-status", status)], end_stream=True)
        elif status == "echo":
            connection.send_headers(1, [(":status", "201"), ("set-cookie", "a=1"), ("set-cookie", "b=2")])
            return body or b"nothing"
        elif status != "silent":
            connection.send_headers(1, [(":status", status)], end_stream=True)
        return b""

    @staticmethod
    def _send(connection: H2Connection, left: bytes) -> bytes:
        while left:
            room = min(connection.local_flow_control_window(1), connection.max_outbound_frame_size, len(left))
            if room <= 0:
                return left
            connection.send_data(1, left[:room], end_stream=room == len(left))
            left = left[room:]
        return left


@pytest.fixture
def speaker() -> Iterator[Speaker]:
    speaker = Speaker()
    yield speaker
    speaker.close()


def group(path: str, version: str, codes: str, timeout: int = 5) -> dict[str, Any]:
    matcher = {"GrpcCode": codes} if version == "GRPC" else {"HttpCode": codes}
    return {
        "ProtocolVersion": version,
        "HealthCheckPath": path,
        "Matcher": matcher,
        "HealthCheckTimeoutSeconds": timeout,
    }


@pytest.mark.parametrize(
    ("path", "version", "codes", "reason"),
    [
        ("/200", "HTTP2", "200-399", ""),
        ("/500", "HTTP2", "200-399", MISMATCH),
        ("/grpc/12", "GRPC", "0-99", ""),
        ("/grpc/0", "GRPC", "0", ""),
        ("/grpc/14", "GRPC", "0,12", MISMATCH),
        ("/trailers-only/12", "GRPC", "12", ""),
        ("/200", "GRPC", "0-99", FAILED),
    ],
)
def test_health_checks(speaker: Speaker, path: str, version: str, codes: str, reason: str) -> None:
    verdict = check(group(path, version, codes), "127.0.0.1", speaker.port)
    assert (verdict.passed, verdict.reason) == (not reason, reason)
    headers, body = speaker.requests[0]
    expected = ("POST", "application/grpc", bytes(5)) if version == "GRPC" else ("GET", None, b"")
    assert (headers[":method"], headers.get("content-type"), body) == expected


def test_a_target_that_says_nothing(speaker: Speaker) -> None:
    assert check(group("/silent", "GRPC", "0-99", timeout=1), "127.0.0.1", speaker.port).reason == TIMEOUT


def test_a_target_that_speaks_something_else() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            wire, _ = listener.accept()
            with wire:
                wire.recv(1024)
                wire.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        verdict = check(group("/", "HTTP2", "200-499"), "127.0.0.1", listener.getsockname()[1])
        thread.join()
    assert verdict.reason == FAILED


def test_a_target_that_is_not_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert check(group("/", "GRPC", "0-99"), "127.0.0.1", port).reason == FAILED


def test_a_request_is_passed_on(speaker: Speaker) -> None:
    target = Target("127.0.0.1", speaker.port)
    sent = {"host": "www.example.com", "x-forwarded-proto": "https", "Connection": "close", "content-length": "5"}
    status, headers, body = by_http2(target, "POST", "/echo?a=b", sent, b"hello")
    assert (status, headers["set-cookie"], body) == (201, ["a=1", "b=2"], b"hello")
    given, _ = speaker.requests[0]
    assert (given[":authority"], given[":path"], given["x-forwarded-proto"]) == (
        "www.example.com",
        "/echo?a=b",
        "https",
    )
    assert "connection" not in given


def test_bodies_of_any_size(speaker: Speaker) -> None:
    large = bytes(range(256)) * 2000
    answer = http2.request("127.0.0.1", speaker.port, "PUT", "/echo", body=large)
    assert bytes(answer.body) == large


def test_a_target_without_http2_is_a_bad_gateway() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert by_http2(Target("127.0.0.1", port), "GET", "/", {}, None)[0] == 502
