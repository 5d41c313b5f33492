"""A running sandbox, as the pipeline and the command line use it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ecsgen.errors import AwsError
from ecsgen.sandbox import buckets, clients, environment, web, zones
from ecsgen.sandbox.environment import DEFAULT_ACCOUNT
from ecsgen.sandbox.stand_ins import Wanted, provide
from ecsgen.sandbox.state import AUTOSCALING, SERVER, Folder, Record

START_IT = "start one with `ecsgen sandbox up`"

_ORIGIN = "description.txt"


@dataclass(frozen=True, slots=True)
class Sandbox:
    """`region` is the one it was started with (any region works); `since` is ISO 8601 in UTC.

    `tasks_are_real`: tasks are containers of a Docker Engine; otherwise they are reported as running and
    `tasks_reason` says why.
    """

    id: str
    folder: Path
    region: str
    since: str
    port: int
    autoscaling_port: int
    tasks_are_real: bool
    tasks_reason: str

    @classmethod
    def of(cls, folder: Folder, record: Record) -> Sandbox:
        """The sandbox that a record describes."""
        return cls(
            id=record.id,
            folder=folder.path,
            region=record.region,
            since=record.since,
            port=record.processes[SERVER].port,
            autoscaling_port=record.processes[AUTOSCALING].port,
            tasks_are_real=record.tasks_are_real,
            tasks_reason=record.tasks_reason,
        )

    @property
    def endpoint(self) -> str:
        """Where every service but application autoscaling answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def autoscaling_endpoint(self) -> str:
        """Where application autoscaling answers."""
        return f"http://127.0.0.1:{self.autoscaling_port}"

    @property
    def registry(self) -> str:
        """HOST:PORT to which images are pushed."""
        return f"127.0.0.1:{self.port}"

    def environment(
        self, region: str, account: str | None = None, caller: Mapping[str, str] | None = None
    ) -> dict[str, str]:
        """The whole environment for terraform, boto3 and the aws CLI; from `caller`, by default the process's own.

        `account` is 12 digits, or None for the sandbox's own account. Raises UsageError for anything else.
        """
        return environment.complete(os.environ if caller is None else caller, self._aws(region, account))

    def exports(self, region: str, account: str | None = None, caller: Mapping[str, str] | None = None) -> str:
        """Lines for a POSIX shell, as `ecsgen sandbox env` prints them: `unset` and `export` of AWS_ variables."""
        lines = environment.shell_lines(os.environ if caller is None else caller, self._aws(region, account))
        return "".join(f"{line}\n" for line in lines)

    def workspace(self, description_file: Path) -> Path:
        """A private folder for what a run on this description renders and for Terraform's state; gone after `down`.

        Raises AwsError when the sandbox has been taken down meanwhile.
        """
        origin = str(description_file.resolve())
        home = Folder(self.folder).workspaces / hashlib.sha256(os.fsencode(origin)).hexdigest()[:16]
        files = home / "files"
        try:
            home.mkdir(mode=0o700, exist_ok=True)
            files.mkdir(mode=0o700, exist_ok=True)
            (home / _ORIGIN).write_text(origin, encoding="utf-8", errors="surrogateescape")
        except FileNotFoundError as error:
            raise AwsError("the sandbox is gone", why=f"{self.folder} was removed", hint=START_IT) from error
        return files

    def load_balancer_url(self, name: str, path: str = "/") -> str:
        """The address of a path behind a load balancer, by its name; `fetch` gets it without DNS."""
        return web.load_balancer_url(self.port, name, path)

    def host_url(self, host: str, path: str = "/") -> str:
        """The address of a path at a host whose DNS record, or listener rule, leads to a load balancer."""
        return web.host_url(self.port, host, path)

    def fetch_from(self, name: str, path: str = "/", *, host: str | None = None, timeout: float = 10.0) -> web.Answer:
        """GET a path through a load balancer; `host` is for a rule that wants a host name.

        `timeout` is in seconds. Raises AwsError when nothing answers.
        """
        if host is None:
            return web.fetch(self.load_balancer_url(name, path), timeout)
        return web.fetch(web.load_balancer_path(self.port, name, path), timeout, host=host)

    def ensure_bucket(self, bucket: str, region: str, account: str | None = None) -> None:
        """Make the bucket that `state: s3` names, if it is not there. Raises AwsError when it is refused."""
        buckets.ensure(
            bucket,
            endpoint=self.endpoint,
            region=region,
            account=account or DEFAULT_ACCOUNT,
            secret_key=environment.SECRET_KEY,
        )

    def ensure_zone(self, zone: str, hosts: Sequence[str], region: str, account: str | None = None) -> None:
        """Make the hosted zone that `domain` names, if it is not there. Raises AwsError when it is refused."""
        zones.ensure(
            zone,
            hosts,
            endpoint=self.endpoint,
            region=region,
            account=account or DEFAULT_ACCOUNT,
            secret_key=environment.SECRET_KEY,
        )

    def stand_ins(self, wanted: Wanted, region: str, account: str | None = None) -> dict[str, str]:
        """Make stand-ins for what a description says is there already: its ids and ARNs with theirs. Raises AwsError."""

        def make(service: str) -> Any:
            return clients.client(
                service,
                endpoint=self.endpoint,
                region=region,
                account=account or DEFAULT_ACCOUNT,
                secret_key=environment.SECRET_KEY,
            )

        return provide(wanted, make)

    def _aws(self, region: str, account: str | None) -> dict[str, str]:
        return environment.aws_variables(
            endpoint=self.endpoint,
            autoscaling_endpoint=self.autoscaling_endpoint,
            region=region,
            account=account or DEFAULT_ACCOUNT,
            empty_file=Folder(self.folder).aws_config,
        )


def workspaces(folder: Folder) -> tuple[str, ...]:
    """The descriptions that have a workspace, sorted."""
    origins = folder.workspaces.glob(f"*/{_ORIGIN}")
    return tuple(sorted(origin.read_text("utf-8", "surrogateescape") for origin in origins))
