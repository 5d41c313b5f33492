"""Takes an environment down and leaves nothing of it behind; then, if asked, the repositories with their images."""

from __future__ import annotations

from pathlib import Path

from ecsgen.aws import ecr
from ecsgen.aws.services import forget_task_definitions, stop_tasks
from ecsgen.errors import UsageError
from ecsgen.pipeline.deploy import plan_environment
from ecsgen.pipeline.registry import require_reach
from ecsgen.pipeline.target import Target
from ecsgen.progress import Event, Kind
from ecsgen.terraform import Plan


def plan_destroy(target: Target, file: Path) -> Plan:
    """What taking the environment down would destroy."""
    target.terraform.init(target.root, target.env, target.plugin_dir, target.report)
    return plan_environment(target, file, {item.key: "none" for item in target.application.builds}, destroy=True)


def destroy_environment(target: Target, file: Path) -> None:
    """Stop what runs of jobs, apply a plan to destroy, and remove the task definitions, which Terraform keeps for rollbacks."""
    application = target.application
    stop_tasks(target.aws, application.cluster.name, [job.task.family for job in application.jobs])
    target.terraform.apply(target.root, file, target.env, target.report)
    forget_task_definitions(target.aws, application.families)


def environments_left(target: Target) -> list[str]:
    """Environments beside this one that still have something in their state."""
    left = []
    for name in target.project.all_environments:
        root = target.out / name
        if name == target.environment or not root.is_dir():
            continue
        target.terraform.init(root, target.env, target.plugin_dir, target.report)
        if target.terraform.state_exists(root, target.env):
            left.append(name)
    return left


def require_last(target: Target) -> None:
    """Raise UsageError when another environment may still run images of the registry."""
    if left := environments_left(target):
        raise UsageError(
            "the repositories cannot be destroyed yet",
            why=f"{', '.join(left)} may run their images",
            hint=f"destroy it first: ecsgen destroy --env {left[0]}",
        )


def destroy_registry(target: Target) -> int:
    """Delete all images and then the repositories; returns how many repositories there were."""
    repositories = target.project.registry.registry.repositories
    if not repositories or not target.registry_root.is_dir():
        return 0
    require_reach(target)
    target.report(Event(Kind.STEP, "registry", "destroying the repositories"))
    target.terraform.init(target.registry_root, target.env, target.plugin_dir, target.report)
    if not target.terraform.state_exists(target.registry_root, target.env):
        return 0
    for repository in repositories:
        if ecr.repository_exists(target.registry_aws, repository.name):
            ecr.delete_all_images(target.registry_aws, repository.name)
    with target.private_folder() as folder:
        file = folder / "destroy.tfplan"
        target.terraform.plan(target.registry_root, file, target.env, target.report, destroy=True)
        target.terraform.apply(target.registry_root, file, target.env, target.report)
    return len(repositories)
