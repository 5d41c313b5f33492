"""Where a run acts: an AWS account with the user's own folder, or the sandbox with a private copy of it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ecsgen.application import Application
from ecsgen.errors import UsageError
from ecsgen.files.images import IMAGES_FILE
from ecsgen.pipeline.in_sandbox import told
from ecsgen.pipeline.project import Project
from ecsgen.pipeline.stand_ins import with_stand_ins
from ecsgen.progress import Event, Kind, Report
from ecsgen.render.render import REGISTRY

if TYPE_CHECKING:
    from ecsgen.aws.session import Aws
    from ecsgen.sandbox import Sandbox
    from ecsgen.terraform import Terraform

TERRAFORM_FILES = (".tf", ".tf.json", ".tfvars", ".tfvars.json", ".terraform.lock.hcl")
"""Files of the user's own beside the generated ones, which a run on the sandbox takes along."""


@dataclass(frozen=True)
class Target:
    """One environment of a project, and the means to reach it.

    `out` is the folder that Terraform runs below; `env` the environment of its processes; `aws` the account's API in
    the environment's region, `registry_aws` in the registry's.
    """

    project: Project
    environment: str
    out: Path
    env: Mapping[str, str]
    aws: Aws
    registry_aws: Aws
    account: str
    terraform: Terraform
    plugin_dir: Path | None
    sandbox: Sandbox | None
    report: Report

    @property
    def application(self) -> Application:
        """The environment with everything decided."""
        return self.project.applications[self.environment]

    @property
    def root(self) -> Path:
        """The environment's Terraform root."""
        return self.out / self.environment

    @property
    def registry_root(self) -> Path:
        """The registry's Terraform root."""
        return self.out / REGISTRY

    @property
    def registry_account(self) -> str:
        """The account of the repositories."""
        return self.account if self.sandbox else self.project.registry.account or self.account

    @property
    def reaches_registry(self) -> bool:
        """Whether this run's credentials are for the account of the repositories, by themselves or by a role."""
        return self.registry_account == self.account or self.project.registry.role is not None

    @property
    def timeout(self) -> int:
        """Seconds that the slowest service may take to become steady."""
        services = self.project.environments[self.environment].services.values()
        return max((service.deploy.timeout for service in services), default=0)

    @contextmanager
    def private_folder(self) -> Iterator[Path]:
        """A folder that only the user can read, gone afterwards: saved plans hold secrets."""
        with tempfile.TemporaryDirectory(prefix="ecsgen-") as folder:
            yield Path(folder)


def prepare(
    project: Project,
    *,
    sandbox: bool,
    terraform: str | None,
    plugin_dir: Path | None,
    report: Report,
) -> Target:
    """Find Terraform, start the sandbox or check the credentials. Raises before anything is changed."""
    from ecsgen.aws.identity import check_account, identify
    from ecsgen.aws.session import Aws
    from ecsgen.terraform import find

    environment = project.one()
    description = project.environments[environment]
    program = find(terraform)
    running = None
    if sandbox:
        from ecsgen.sandbox import up

        for line in told(description):
            report(Event(Kind.LINE, "", line))
        project = project.in_sandbox()
        running = up(report, description.region)
        env: Mapping[str, str] = running.environment(description.region, description.account)
        for state in (project.applications[environment].backend, project.registry.backend):
            if state.kind == "s3":
                running.ensure_bucket(state.settings["bucket"], state.settings["region"], description.account)
        domain = project.applications[environment].domain
        if domain is not None and domain.zone is not None:
            running.ensure_zone(domain.zone, domain.hosts, description.region, description.account)
        project = with_stand_ins(project, running, report)
        out = running.workspace(project.file) / "infra"
        _take_along(project, out)
        aws, registry_aws = Aws(description.region, env), Aws(project.registry.region, env)
    else:
        env, out = os.environ, project.out
        aws, registry_aws = Aws(description.region), Aws(project.registry.region, role=project.registry.role)
    identity = identify(aws)
    check_account(identity, description.account)
    return Target(
        project=project,
        environment=environment,
        out=out,
        env=env,
        aws=aws,
        registry_aws=registry_aws,
        account=identity.account,
        terraform=program,
        plugin_dir=plugin_dir,
        sandbox=running,
        report=report,
    )


def _take_along(project: Project, destination: Path) -> None:
    """Copy the user's own Terraform files into the private copy; what ecsgen generates is rendered there."""
    for root in (*project.all_environments, REGISTRY):
        folder = project.out / root
        for path in folder.iterdir() if folder.is_dir() else ():
            own = path.name.endswith(TERRAFORM_FILES) and path.name != IMAGES_FILE
            if own and path.is_file() and f"{root}/{path.name}" not in project.lock.files:
                (destination / root).mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, destination / root / path.name)


def require_terminal_or_yes(yes: bool, interactive: bool) -> None:
    """Raise UsageError when a question could not be answered, before anything is changed."""
    if not yes and not interactive:
        raise UsageError(
            "this changes infrastructure, and there is no terminal to ask on",
            hint="run it with --yes, or look at it first with ecsgen plan",
        )
