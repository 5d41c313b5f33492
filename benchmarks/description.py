"""Descriptions of any size to measure with: what services of a real application have, and no problem in them."""

from __future__ import annotations

SERVED = 60
"""Services behind the load balancer; the others are workers. A load balancer takes 100 rules."""


def description(services: int) -> str:
    """A description with this many services. Every tenth one has a sidecar, every seventh one scales."""
    head = "name: bench\nregion: eu-west-1\ntags: {team: bench}\nnetwork: {nat: single}\nservices:\n"
    return head + "".join(_service(number) for number in range(services))


def _service(number: int) -> str:
    lines = [
        f"service-{number}:",
        f"  build: services/{number}",
        "  cpu: 512",
        "  memory: 1 GB",
        "  env:",
        "    LOG_LEVEL: info",
        f"    SERVICE_NUMBER: {number}",
        f"    UPSTREAM: https://upstream.example.com/{number}",
        "  secrets:",
        f"    DATABASE_URL: ssm:/bench/{number}/database",
    ]
    if number < SERVED:
        lines += ["  port: 8080", "  http:", f"    path: /service-{number}", "    health: {path: /health}"]
    else:
        lines += ["  command: [work, --queue, default]"]
    if number % 10 == 0:
        lines += [
            "  sidecars:",
            "    proxy:",
            "      image: public.ecr.aws/envoyproxy/envoy:v1.31.0",
            "      essential: false",
        ]
    lines += ["  scaling: {min: 2, max: 8}"] if number % 7 == 0 else ["  count: 2"]
    return "".join(f"  {line}\n" for line in lines)
