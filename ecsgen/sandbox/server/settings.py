"""What the server is told, by environment variables only, and what it tells MiniStack the same way."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from ecsgen.errors import UsageError

LABEL = "ecsgen.sandbox"
"""The label on every container, network, volume and image a sandbox makes; its value is the sandbox's id."""

SERVICES = (
    *("acm", "autoscaling", "cognito-identity", "cognito-idp", "dynamodb", "ec2", "ecr", "ecs", "elasticfilesystem"),
    *("elasticloadbalancing", "events", "iam", "kms", "logs", "monitoring", "resource-groups", "route53", "s3"),
    *("scheduler", "secretsmanager", "servicediscovery", "sns", "sqs", "ssm", "states", "sts", "tagging", "wafv2"),
)
"""The services MiniStack serves here: none of them opens a port or starts a container of its own."""


@dataclass(frozen=True, slots=True)
class Settings:
    """`port` of the one listener; `engine`: tasks are real containers, not simulated ones."""

    port: int
    region: str
    sandbox_id: str
    engine: bool
    host: str = "127.0.0.1"

    @property
    def registry(self) -> str:
        """The host of image references, as Docker knows it."""
        return f"{self.host}:{self.port}"


def from_environment(env: Mapping[str, str]) -> Settings:
    """Read the settings. Raises UsageError naming the variable that is missing or wrong."""
    host = env.get("BIND_HOST", "127.0.0.1")
    if not host.startswith("127."):
        raise UsageError("the sandbox listens on loopback only", why=f"BIND_HOST is {host}", hint="use 127.0.0.1")
    port = env.get("GATEWAY_PORT", "")
    if not (port.isdigit() and 0 < int(port) < 65536):
        raise UsageError("GATEWAY_PORT must be a port number", why=f"it is {port!r}")
    sandbox_id = env.get("ECSGEN_SANDBOX_ID", "")
    if not sandbox_id:
        raise UsageError("ECSGEN_SANDBOX_ID is not set", hint="give the sandbox an id; cleaning up goes by it")
    engine = env.get("ECSGEN_SANDBOX_ENGINE", "1")
    if engine not in ("0", "1"):
        raise UsageError("ECSGEN_SANDBOX_ENGINE must be 0 or 1", why=f"it is {engine!r}")
    region = env.get("MINISTACK_REGION", "us-east-1")
    return Settings(port=int(port), region=region, sandbox_id=sandbox_id, engine=engine == "1", host=host)


def tell_ministack(settings: Settings) -> None:
    """Set the variables MiniStack reads while it is imported. Nothing but the one port is to listen."""
    os.environ.update(
        GATEWAY_PORT=str(settings.port),
        BIND_HOST=settings.host,
        MINISTACK_REGION=settings.region,
        MINISTACK_HOST="localhost",
        SERVICES=",".join(SERVICES),
        IOT_MTLS_ENABLED="0",
        SFTP_ENABLED="0",
        USE_SSL="0",
        PERSIST_STATE="0",
        S3_PERSIST="0",
    )
