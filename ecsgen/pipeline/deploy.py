"""The environment root: planned, applied while ECS is watched, healthy at the end or diagnosed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ecsgen.aws import ecr
from ecsgen.aws.diagnose import Diagnosis, diagnose
from ecsgen.aws.evidence import collect
from ecsgen.aws.model import Watched
from ecsgen.aws.services import force_new_deployment
from ecsgen.aws.track import Failure
from ecsgen.aws.wait import Healthy, wait_healthy
from ecsgen.aws.watch import Watch
from ecsgen.components.existing_listener import ListenerInputs
from ecsgen.errors import InterruptedByUser, UnhealthyError
from ecsgen.files.images import read_images
from ecsgen.files.images import to_text as images_text
from ecsgen.pipeline.reached import Reached, reached
from ecsgen.pipeline.target import Target
from ecsgen.progress import Event, Kind
from ecsgen.terraform import DEPLOYMENT_CAUSES, CommandError, Plan, StoppedError

SERVICE = "aws_ecs_service"
SHORT_DIGEST = 12


@dataclass(frozen=True)
class Deployed:
    """A healthy environment. `url` is None without a load balancer; `tasks` counts running tasks by service."""

    url: str | None
    tasks: dict[str, int]
    reached: Reached


def initialize(target: Target) -> None:
    """Terraform's init, and a failed first deployment kept: Terraform would destroy and create its service anew."""
    target.terraform.init(target.root, target.env, target.plugin_dir, target.report)
    keep_services(target)


def keep_services(target: Target) -> None:
    """Untaint services: ECS has them, and the next apply mends them in place."""
    for address in target.terraform.tainted(target.root, target.env):
        if f"{SERVICE}." in address:
            target.terraform.untaint(target.root, address, target.env)
            target.report(
                Event(Kind.LINE, "", f"{address}: its first deployment failed; it is kept, and changed in place")
            )


def plan_environment(
    target: Target, file: Path, images: Mapping[str, str] | None = None, *, destroy: bool = False
) -> Plan:
    """Plan into `file`, in a private folder. `images` stand in for those of the images file, which is not changed."""
    var_files = []
    if images is not None and target.application.builds:
        stand_in = file.with_suffix(".tfvars.json")
        stand_in.write_text(images_text({**read_images(target.root), **images}), encoding="utf-8")
        var_files = [stand_in]
    target.report(Event(Kind.STEP, "", f"planning {target.environment}"))
    return target.terraform.plan(target.root, file, target.env, target.report, destroy=destroy, var_files=var_files)


def apply_environment(target: Target, file: Path) -> Deployed:
    """Apply a saved plan and stay until every service is healthy.

    Raises UnhealthyError with a diagnosis when a deployment fails, TerraformError when Terraform itself does.
    """
    stop = threading.Event()

    def on_failed(failure: Failure) -> None:
        # A first deployment has nothing to go back to: Terraform would wait for it until its timeout.
        if not failure.rolled_back_to:
            stop.set()

    watch = _watch(target, on_failed)
    try:
        with watch:
            target.terraform.apply(target.root, file, target.env, target.report, stop=stop)
    except CommandError as error:
        keep_services(target)
        watch.poll(thorough=True)  # Terraform may have noticed before the watch looked again
        failed = [seen.watched.key for seen in watch.rollout().services if seen.failure]
        if isinstance(error, StoppedError) or failed or error.cause in DEPLOYMENT_CAUSES:
            raise unhealthy(target, watch, failed or _unsettled(watch)) from error
        raise
    except InterruptedByUser:
        keep_services(target)
        raise
    return stay(target, watch)


def redeploy(target: Target) -> Deployed:
    """Start the same task definitions anew and stay until the services are healthy."""
    watch = _watch(target, lambda failure: None)
    watch.poll()
    for service in target.application.services:
        target.report(Event(Kind.STEP, service.name, "starting its tasks anew"))
        force_new_deployment(target.aws, target.application.cluster.name, service.service.name)
    return stay(target, watch)


def confirm_healthy(target: Target) -> Deployed:
    """See that an environment with nothing to change is healthy; raises UnhealthyError when it is not."""
    return stay(target, _watch(target, lambda failure: None))


def stay(target: Target, watch: Watch) -> Deployed:
    """Wait until every service is healthy; raises UnhealthyError with a diagnosis when one does not become so."""
    outputs = target.terraform.output(target.root, target.env)
    expected = outputs.get("task_definitions", {})
    outcomes = wait_healthy(watch, timeout=max(target.timeout, 60), expected=expected)
    bad = [outcome.key for outcome in outcomes if not isinstance(outcome, Healthy)]
    if bad:
        raise unhealthy(target, watch, bad)
    protect_images(target)
    return Deployed(
        url_of(target),
        {outcome.key: outcome.tasks for outcome in outcomes if isinstance(outcome, Healthy)},
        reached(target, outputs),
    )


def _watch(target: Target, on_failed: Callable[[Failure], None]) -> Watch:
    services = [Watched(service.name, service.service.name) for service in target.application.services]
    interval = 1.0 if target.sandbox else 3.0
    return Watch(
        target.aws, target.application.cluster.name, services, target.report, on_failed=on_failed, interval=interval
    )


def _unsettled(watch: Watch) -> list[str]:
    """The services that do not run what they should, when no deployment was seen to fail."""
    moving = [
        seen.watched.key
        for seen in watch.rollout().services
        if seen.service is not None and seen.service.running != seen.service.desired
    ]
    return moving or [seen.watched.key for seen in watch.rollout().services][:1]


def unhealthy(target: Target, watch: Watch, keys: Sequence[str]) -> UnhealthyError:
    """The error for services that did not become healthy, its causes taken from what AWS answered."""
    rollout = watch.rollout()
    diagnoses = [diagnose(collect(target.aws, rollout.cluster, rollout.of(key))) for key in keys]
    first = diagnoses[0]
    details: list[str] = []
    for diagnosis in diagnoses:
        if len(diagnoses) > 1:
            details += [f"{diagnosis.service}: {diagnosis.headline}"]
        details += [*diagnosis.facts]
        if diagnosis.log_lines:
            details += [f"last lines of {diagnosis.log_of}:", *(f"  | {line}" for line in diagnosis.log_lines)]
        details += _places(target, diagnosis)
    names = ", ".join(keys)
    return UnhealthyError(f"{names} did not become healthy", why=first.headline, hint=first.hint, details=details)


def _places(target: Target, diagnosis: Diagnosis) -> list[str]:
    """The lines of the description to look at."""
    from ecsgen.description.overlay import for_environment

    document = for_environment(target.project.document, target.environment)
    lines: list[str] = []
    for path in diagnosis.points_to:
        mark = document.place(path)
        line = f"see {document.name}:{mark.line}:{mark.column}: {document.source(mark.line).strip()}"
        if line not in lines and path[:2] == ("services", diagnosis.service):
            lines.append(line)
    return lines[:3]


def protect_images(target: Target) -> None:
    """Tag what runs with the environment's name, so that no lifecycle policy deletes it (see the module `ecr`)."""
    if not target.reaches_registry:
        return
    for item in target.application.builds:
        if item.external:
            continue
        reference = read_images(target.root).get(item.key, "")
        repository, separator, digest = reference.rpartition("@")
        if separator and repository.endswith(f"/{item.repository}"):
            tag = f"{target.environment}-{digest.removeprefix('sha256:')[:SHORT_DIGEST]}"
            ecr.tag_image(target.registry_aws, item.repository, digest, tag)


def url_of(target: Target) -> str | None:
    """Where the load balancer answers; None without one."""
    balancer = target.application.load_balancer
    if balancer is None:
        return None
    if target.sandbox is not None:
        domain = target.application.domain
        if domain is not None and domain.url is not None:
            host, _, path = domain.url.removeprefix("https://").partition("/")
            return target.sandbox.host_url(host, path)
        if isinstance(balancer, ListenerInputs) and balancer.host is not None:
            return target.sandbox.host_url(balancer.host, balancer.path)
        return target.sandbox.load_balancer_url(balancer.name, balancer.path)
    url = target.terraform.output(target.root, target.env).get("url")
    return str(url) if url else None
