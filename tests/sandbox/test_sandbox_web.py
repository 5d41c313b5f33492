from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from ecsgen.errors import AwsError
from ecsgen.sandbox import fetch, web


class Echo(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = f"{self.headers['Host']} {self.path}".encode()
        self.send_response(302 if "moved" in self.path else 200)
        self.send_header("Location", "http://example.invalid/")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Tests are quiet."""


@pytest.fixture
def port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


def test_the_name_travels_in_the_header(port: int) -> None:
    answer = fetch(web.load_balancer_url(port, "hello", "/a?b=c"))
    assert (answer.status, answer.text) == (200, f"hello.alb.localhost:{port} /a?b=c")
    answer = fetch(web.load_balancer_path(port, "hello", "/a"), host="api.example.com")
    assert answer.text == "api.example.com /_alb/hello/a"


def test_a_redirect_is_an_answer(port: int) -> None:
    answer = fetch(f"http://localhost:{port}/moved")
    assert (answer.status, answer.headers["location"]) == (302, "http://example.invalid/")


@pytest.mark.parametrize("url", ["http://example.com:80/", "https://127.0.0.1:1/", "http://127.0.0.1/", "file:///x"])
def test_only_the_sandbox_is_asked(url: str) -> None:
    with pytest.raises(ValueError, match="not an address of the sandbox"):
        fetch(url)


def test_nothing_answers() -> None:
    with pytest.raises(AwsError, match=r"http://127.0.0.1:1/ did not answer: .*refused"):
        fetch("http://127.0.0.1:1/")
