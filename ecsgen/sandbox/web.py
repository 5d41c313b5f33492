"""HTTP to the sandbox: addresses behind its load balancers, fetched without DNS.

`NAME.alb.localhost` does not resolve on every system, so the connection always goes to 127.0.0.1 and the name
travels in the Host header.
"""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from ecsgen.errors import AwsError

MAX_BODY = 10 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer; header names are in lower case, the body is cut after 10 MiB."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body, taken as UTF-8."""
        return self.body.decode("utf-8", "replace")


def load_balancer_url(port: int, name: str, path: str = "/") -> str:
    """The address of a path behind a load balancer of the sandbox, for browsers and for `fetch`."""
    return f"http://{name.lower()}.alb.localhost:{port}{_rooted(path)}"


def host_url(port: int, host: str, path: str = "/") -> str:
    """The address of a host that a record or a listener rule of the sandbox leads to a load balancer.

    Without TLS: nothing in the sandbox has the key of a certificate. The request is one to the HTTPS listener all the same.
    """
    return f"http://{host.lower()}.localhost:{port}{_rooted(path)}"


def load_balancer_path(port: int, name: str, path: str = "/") -> str:
    """The same by path: for a rule that wants a Host of its own, and where *.localhost does not resolve."""
    return f"http://127.0.0.1:{port}/_alb/{quote(name)}{_rooted(path)}"


def fetch(url: str, timeout: float = 10.0, *, host: str | None = None) -> Answer:
    """GET an address of the sandbox; redirects are not followed. `host` is sent as Host instead of the URL's.

    `timeout` is in seconds. Raises AwsError when nothing answers, ValueError for an address that is not on loopback.
    """
    parts = urlsplit(url)
    on_loopback = parts.hostname in ("127.0.0.1", "localhost") or (parts.hostname or "").endswith(".localhost")
    if parts.scheme != "http" or not parts.port or not on_loopback:
        raise ValueError(f"{url} is not an address of the sandbox")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = http.client.HTTPConnection("127.0.0.1", parts.port, timeout=timeout)
    try:
        connection.request("GET", target, headers={"Host": host or parts.netloc, "Accept": "*/*"})
        response = connection.getresponse()
        headers = {key.lower(): value for key, value in response.getheaders()}
        return Answer(response.status, headers, response.read(MAX_BODY))
    except (OSError, http.client.HTTPException) as error:
        why = str(error) or type(error).__name__
        raise AwsError(f"{url} did not answer", why=why, hint="`ecsgen sandbox status` says what runs") from error
    finally:
        connection.close()


def _rooted(path: str) -> str:
    return path if path.startswith("/") else f"/{path}"
