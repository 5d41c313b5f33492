"""The sandbox that the live tests share, and looks behind it: the API by boto3, the engine by the docker program."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field
from typing import Any

REGION = "eu-west-1"


@dataclass(frozen=True)
class Sandbox:
    """The running sandbox: `env` leads ecsgen to it; `id` is on every container and network it makes."""

    env: dict[str, str] = field(repr=False)
    id: str
    endpoint: str

    def client(self, service: str, region: str = REGION, account: str = "") -> Any:
        """A boto3 client that talks to it; `account` is another than the sandbox's own."""
        import boto3

        told = subprocess.run(
            [sys.executable, "-m", "ecsgen", "sandbox", "env", "--json", "--region", region],
            env=self.env,
            capture_output=True,
            text=True,
            check=True,
        )
        aws = json.loads(told.stdout)
        key = (
            "AWS_ENDPOINT_URL_APPLICATION_AUTO_SCALING" if service == "application-autoscaling" else "AWS_ENDPOINT_URL"
        )
        return boto3.session.Session().client(
            service,
            region_name=region,
            endpoint_url=aws[key],
            aws_access_key_id=account or aws["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=aws["AWS_SECRET_ACCESS_KEY"],
        )

    def containers(self) -> list[str]:
        """The names of its containers in the engine, with what they belong to."""
        return _docker("ps", "--all", "--filter", f"label=ecsgen.sandbox={self.id}", "--format", "{{.Names}}")

    def networks(self) -> list[str]:
        """The names of its networks in the engine."""
        return _docker("network", "ls", "--filter", f"label=ecsgen.sandbox={self.id}", "--format", "{{.Name}}")


def _docker(*arguments: str) -> list[str]:
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=True)
    return sorted(done.stdout.split())
