"""Jobs that must end well before a service is deployed: what they need is applied first, by itself, and then they run.

One plan cannot wait for a task. So there are two: the first holds what the jobs need and nothing else (Terraform's
`-target`), the second is made when they have ended, and must not do anything that was not announced.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ecsgen import names
from ecsgen.aws.run import Ended
from ecsgen.errors import TerraformError, UnhealthyError
from ecsgen.pipeline import run as run_stage
from ecsgen.pipeline.deploy import plan_environment
from ecsgen.pipeline.target import Target
from ecsgen.progress import Event, Kind, clean
from ecsgen.terraform import Action, Plan

SHARED = ("module.network", "module.cluster")
"""What every task stands on. A whole module: a task needs routes and capacity too, which nothing of its own refers to."""
DEPLOYS = ("aws_ecs_service", "aws_ecs_task_definition")


def due(target: Target, plan: Plan) -> dict[str, list[str]]:
    """The jobs that must run before a plan is applied, each with the services that wait for it.

    A service waits when the plan deploys it: when it makes or changes the service, or its task definition.
    """
    deployed = {
        change.module
        for change in plan.changes
        if change.type in DEPLOYS and not change.only_tags and change.action not in {Action.DELETE, Action.FORGET}
    }
    waiting: dict[str, list[str]] = {}
    for service in target.application.services:
        if service.before and deployed & {f"module.{service.label}_service", f"module.{service.label}_task"}:
            waiting.setdefault(service.before, []).append(service.name)
    return dict(sorted(waiting.items()))


def announcement(jobs: Mapping[str, Sequence[str]]) -> list[str]:
    """What runs first, as a plan's last lines."""
    return [
        f"{job} runs first, and must end well before {_listed(services)} {'is' if len(services) == 1 else 'are'} deployed"
        for job, services in jobs.items()
    ]


def run_first(
    target: Target, jobs: Mapping[str, Sequence[str]], agreed: Plan, folder: Path
) -> tuple[Path, dict[str, str]]:
    """Run the jobs, and plan the rest: the saved plan, and the ARN of each job's task. `agreed` is the plan that was shown.

    Raises UnhealthyError when a job fails, TerraformError when the rest is more than was agreed to.
    """
    ran = run_jobs(target, jobs, folder)
    file = folder / "after.tfplan"
    require_announced(agreed, plan_environment(target, file))
    return file, {job: ended.task for job, ended in ran.items()}


def run_jobs(target: Target, jobs: Mapping[str, Sequence[str]], folder: Path) -> dict[str, Ended]:
    """Apply what the jobs need, and run them one after the other. `folder` is private; `jobs` is what `due` gave.

    Raises UnhealthyError when one fails: no service has been changed then, and the next job has not been started.
    """
    parts = [f"module.{names.label(job)}_{part}" for job in jobs for part in ("task", "job")]
    target.report(Event(Kind.STEP, "", f"preparing {_listed(list(jobs))}"))
    file = folder / "before.tfplan"
    plan = target.terraform.plan(target.root, file, target.env, target.report, targets=[*SHARED, *parts])
    if not plan.is_empty:
        target.terraform.apply(target.root, file, target.env, target.report)
    return {job: _run(target, job, services) for job, services in jobs.items()}


def _run(target: Target, job: str, services: Sequence[str]) -> Ended:
    kept = f"{_listed(services)} {'was' if len(services) == 1 else 'were'} not deployed"
    try:
        ended = run_stage.run(
            target,
            job,
            run_stage.request(target, job, None),
            lambda line: target.report(Event(Kind.LINE, job, clean(line))),
        )
    except UnhealthyError as error:
        raise UnhealthyError(
            f"{error.what}, and {kept}", why=error.why, hint=error.hint, details=error.details
        ) from error
    if ended.exit_code:
        raise UnhealthyError(
            f"{job} failed, and {kept}",
            why=ended.cause,
            hint=f"mend it and run apply again, which runs {job} again; what served before still does",
            details=["its last lines:", *(f"  | {line}" for line in ended.lines)] if ended.lines else [],
        )
    target.report(Event(Kind.DONE, job, "ended well"))
    return ended


def require_announced(announced: Plan, plan: Plan) -> None:
    """Raise TerraformError when a plan does what the one before it, which was agreed to, did not say."""
    said = {(change.address, change.action) for change in announced.changes}
    more = [
        change
        for change in plan.changes
        if change.action is not Action.READ and (change.address, change.action) not in said
    ]
    if more:
        raise TerraformError(
            "the plan is another one now, and no service was changed",
            why=f"while the jobs ran, something changed: {_listed([change.label for change in more])}",
            hint="look at it with ecsgen plan, and run apply again",
        )


def _listed(words: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
