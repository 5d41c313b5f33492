"""One health check of a load balancer against one target, and what AWS calls its outcome."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ecsgen.sandbox.server import http2

EMPTY_MESSAGE = bytes(5)
"""A message of gRPC without content: not compressed, and of no length."""
MISMATCH = "Target.ResponseCodeMismatch"
TIMEOUT = "Target.Timeout"
FAILED = "Target.FailedHealthChecks"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Passed, or AWS's reason code and description (TargetHealth in the ELBv2 API)."""

    passed: bool
    reason: str = ""
    description: str = ""


def check(group: Mapping[str, Any], address: str, port: int) -> Verdict:
    """Probe a target as its group's settings say: HTTP or gRPC with path and matcher, or a TCP connection."""
    own = str(group.get("HealthCheckPort", "traffic-port"))
    port = int(own) if own.isdigit() else port
    timeout = float(group.get("HealthCheckTimeoutSeconds", 5))
    if group.get("HealthCheckProtocol", "HTTP") not in ("HTTP", "HTTPS"):
        return _connect(address, port, timeout)
    if group.get("ProtocolVersion", "HTTP1") != "HTTP1":
        return _by_http2(group, address, port, timeout)
    path, matcher = group.get("HealthCheckPath") or "/", (group.get("Matcher") or {}).get("HttpCode") or "200"
    connection = http.client.HTTPConnection(address, port, timeout=timeout)
    try:
        connection.request("GET", path, headers={"User-Agent": "ELB-HealthChecker/2.0", "Connection": "close"})
        code = connection.getresponse().status
    except TimeoutError:
        return Verdict(False, TIMEOUT, "Request timed out")
    except (OSError, http.client.HTTPException):
        return Verdict(False, FAILED, "Health checks failed")
    finally:
        connection.close()
    if matches(code, matcher):
        return Verdict(True)
    return Verdict(False, MISMATCH, f"Health checks failed with these codes: [{code}]")


def _by_http2(group: Mapping[str, Any], address: str, port: int, timeout: float) -> Verdict:
    """HTTP/2: a GET and its status. gRPC: a call with an empty message, and the status in its trailers."""
    is_grpc = group["ProtocolVersion"] == "GRPC"
    matcher = group.get("Matcher") or {}
    path, codes = group.get("HealthCheckPath") or "/", matcher.get("GrpcCode" if is_grpc else "HttpCode") or "200"
    agent = ("user-agent", "ELB-HealthChecker/2.0")
    try:
        if is_grpc:
            headers = (agent, ("content-type", "application/grpc"), http2.TRAILERS)
            answer = http2.request(address, port, "POST", path, headers, EMPTY_MESSAGE, timeout=timeout)
        else:
            answer = http2.request(address, port, "GET", path, (agent,), timeout=timeout)
    except TimeoutError:
        return Verdict(False, TIMEOUT, "Request timed out")
    except OSError:
        return Verdict(False, FAILED, "Health checks failed")
    code = answer.grpc_status if is_grpc else answer.status
    if code is None:
        return Verdict(False, FAILED, "Health checks failed")
    if matches(code, codes):
        return Verdict(True)
    return Verdict(False, MISMATCH, f"Health checks failed with these codes: [{code}]")


def _connect(address: str, port: int, timeout: float) -> Verdict:
    try:
        socket.create_connection((address, port), timeout=timeout).close()
    except TimeoutError:
        return Verdict(False, TIMEOUT, "Request timed out")
    except OSError:
        return Verdict(False, FAILED, "Health checks failed")
    return Verdict(True)


def matches(code: int, matcher: str) -> bool:
    """Whether a status is among a matcher's codes: "200", "200,204" or "200-399"."""
    for part in matcher.split(","):
        low, _, high = part.strip().partition("-")
        if int(low) <= code <= int(high or low):
            return True
    return False
