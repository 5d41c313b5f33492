"""The registry root: the ECR repositories, applied before anything else so that images can be pushed."""

from __future__ import annotations

from dataclasses import dataclass

from ecsgen.errors import AwsError, TerraformError
from ecsgen.pipeline.target import Target
from ecsgen.progress import Event, Kind
from ecsgen.terraform import Action, Plan, Summary, summarize

REPOSITORY = "aws_ecr_repository"


@dataclass(frozen=True)
class Repositories:
    """Where each image is pushed to: key to repository URL. `plan` is what the registry root would change."""

    urls: dict[str, str]
    plan: Plan | None = None

    @property
    def summary(self) -> Summary | None:
        """The plan for a person; None when there is no registry root."""
        return summarize(self.plan) if self.plan is not None else None


def plan_registry(target: Target) -> Repositories:
    """What the registry root would change; URLs of repositories not made yet are what they will be."""
    if not target.project.registry.registry.repositories:
        return Repositories({})
    require_reach(target)
    target.terraform.init(target.registry_root, target.env, target.plugin_dir, target.report)
    with target.private_folder() as folder:
        plan = target.terraform.plan(target.registry_root, folder / "registry.tfplan", target.env, target.report)
    known = target.terraform.output(target.registry_root, target.env).get("repositories", {})
    return Repositories({**_future_urls(target), **known}, plan)


def apply_registry(target: Target) -> Repositories:
    """Make the repositories. Never deletes or replaces one: an environment may run its images."""
    if not target.project.registry.registry.repositories:
        return Repositories({})
    require_reach(target)
    target.report(Event(Kind.STEP, "registry", "looking at the repositories"))
    target.terraform.init(target.registry_root, target.env, target.plugin_dir, target.report)
    with target.private_folder() as folder:
        file = folder / "registry.tfplan"
        plan = target.terraform.plan(target.registry_root, file, target.env, target.report, drift=False)
        _refuse_loss(plan)
        if not plan.is_empty:
            target.terraform.apply(target.registry_root, file, target.env, target.report)
    return Repositories(dict(target.terraform.output(target.registry_root, target.env)["repositories"]), plan)


def require_reach(target: Target) -> None:
    """Raise AwsError when the repositories are in an account that this run's credentials are not for."""
    if not target.reaches_registry:
        raise AwsError(
            f"the registry is in the account {target.registry_account}, and the credentials belong to {target.account}",
            why="one set of credentials is for one account, and this run needs both",
            hint="name a role of the registry's account that these credentials may assume: registry.role",
        )


def _refuse_loss(plan: Plan) -> None:
    lost = [
        change
        for change in plan.changes
        if change.type == REPOSITORY and change.action in {Action.REPLACE, Action.DELETE}
    ]
    if lost:
        raise TerraformError(
            f"{len(lost)} {'repository' if len(lost) == 1 else 'repositories'} would be lost with all images, and nothing was changed",
            why="; ".join(
                f"{change.label} ({', '.join(change.replace_paths) or 'no longer described'})" for change in lost
            ),
            hint="put the setting back (the key of a repository's encryption cannot change), "
            "or destroy the repositories knowingly: ecsgen destroy --registry",
        )


def _future_urls(target: Target) -> dict[str, str]:
    """What AWS will call the repositories that do not exist yet."""
    region = target.project.registry.region
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    host = target.sandbox.registry if target.sandbox else f"{target.registry_account}.dkr.ecr.{region}.{suffix}"
    return {item.key: f"{host}/{item.name}" for item in target.project.registry.registry.repositories}
