"""The verbs that build, plan and apply: images, infrastructure, and the services until they are healthy."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ecsgen.cli.acting import is_interactive, open_target, print_summary, summary_lines
from ecsgen.cli.options import (
    DEFAULT_FILE,
    EnvOption,
    FileOption,
    JsonOption,
    OutOption,
    PluginDirOption,
    SandboxOption,
    TerraformOption,
    VerboseOption,
    YesOption,
)
from ecsgen.errors import InterruptedByUser

if TYPE_CHECKING:
    from ecsgen.cli.console import Console
    from ecsgen.pipeline.target import Target
    from ecsgen.terraform import Summary


def add_to(app: typer.Typer) -> None:
    """Register the verbs."""
    app.command()(build)
    app.command()(plan)
    app.command()(apply)


def build(
    file: FileOption = DEFAULT_FILE,
    env: EnvOption = None,
    out: OutOption = None,
    no_push: Annotated[bool, typer.Option("--no-push", help="Build into the engine only; write no digests.")] = False,
    sandbox: SandboxOption = False,
    terraform: TerraformOption = None,
    plugin_dir: PluginDirOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Build and push the images, and write their digests."""
    from ecsgen.cli.console import Console
    from ecsgen.pipeline import build as stage
    from ecsgen.pipeline.project import open_project
    from ecsgen.pipeline.registry import apply_registry

    console = Console(as_json=as_json, verbose=verbose)
    if no_push:
        project = open_project(file, out, env)
        images = stage.build_only(project, project.one(), console.report)
    else:
        target = open_target(console, file, out, env, sandbox=sandbox, terraform=terraform, plugin_dir=plugin_dir)
        images = stage.build_images(target, apply_registry(target).urls)
    console.settle()
    if as_json:
        console.document({"images": {image.key: _image(image) for image in images}})
    else:
        for image in images:
            console.data(f"{image.key} {image.reference}")


def plan(
    file: FileOption = DEFAULT_FILE,
    env: EnvOption = None,
    out: OutOption = None,
    sandbox: SandboxOption = False,
    terraform: TerraformOption = None,
    plugin_dir: PluginDirOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Render, plan, and summarize the changes by risk; changes nothing in AWS."""
    from ecsgen.cli.console import Console
    from ecsgen.pipeline import before
    from ecsgen.pipeline import build as images_stage
    from ecsgen.pipeline import deploy as stage
    from ecsgen.pipeline.listener import check_listener
    from ecsgen.pipeline.records import lines as record_lines
    from ecsgen.pipeline.records import records_to_create
    from ecsgen.pipeline.registry import plan_registry
    from ecsgen.terraform import summarize

    console = Console(as_json=as_json, verbose=verbose)
    target = open_target(console, file, out, env, sandbox=sandbox, terraform=terraform, plugin_dir=plugin_dir)
    repositories = plan_registry(target)
    images = images_stage.planned_images(target, repositories.urls)
    check_listener(target)
    target.terraform.init(target.root, target.env, target.plugin_dir, target.report)
    with target.private_folder() as folder:
        planned = stage.plan_environment(target, folder / "environment.tfplan", images)
    records = records_to_create(target)
    console.settle()
    summary = summarize(planned)
    jobs = before.due(target, planned)
    not_built = sorted(key for key, reference in images.items() if "@" not in reference)
    registry = repositories.summary
    is_empty = planned.is_empty and (repositories.plan is None or repositories.plan.is_empty)
    if as_json:
        console.document(
            {
                "environment": target.environment,
                "sandbox": sandbox,
                "empty": is_empty,
                "images": images,
                "not_built": not_built,
                "registry": registry.data() if registry else None,
                "plan": summary.data(),
                "dns_records": [asdict(record) for record in records],
                **({"before": jobs} if jobs else {}),
            }
        )
        return
    if registry is not None and repositories.plan is not None and not repositories.plan.is_empty:
        console.data(console.style("Registry", "1", sys.stdout))
        print_summary(console, registry)
    print_summary(console, summary)
    for line in before.announcement(jobs):
        console.data(line)
    for key in not_built:
        console.data(f"{key} is not built yet: {images[key]} stands for its image, which ecsgen apply builds and pins")
    for line in record_lines(target.application, records):
        console.data(line)


def apply(
    file: FileOption = DEFAULT_FILE,
    env: EnvOption = None,
    out: OutOption = None,
    yes: YesOption = False,
    skip_build: Annotated[bool, typer.Option("--skip-build", help="Deploy the images on record.")] = False,
    image: Annotated[
        list[str] | None, typer.Option("--image", metavar="SERVICE=REF", help="Deploy this image; may be repeated.")
    ] = None,
    redeploy: Annotated[bool, typer.Option("--redeploy", help="Start the same definition anew.")] = False,
    sandbox: SandboxOption = False,
    terraform: TerraformOption = None,
    plugin_dir: PluginDirOption = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Deploy in one shot: render, build, push, plan, ask, apply, and stay until the services are healthy."""
    from ecsgen.cli.console import Console
    from ecsgen.pipeline import before
    from ecsgen.pipeline import build as images_stage
    from ecsgen.pipeline import deploy as stage
    from ecsgen.pipeline.listener import check_listener
    from ecsgen.pipeline.registry import apply_registry
    from ecsgen.pipeline.target import require_terminal_or_yes
    from ecsgen.terraform import summarize

    console = Console(as_json=as_json, verbose=verbose)
    require_terminal_or_yes(yes, is_interactive())
    target = open_target(console, file, out, env, sandbox=sandbox, terraform=terraform, plugin_dir=plugin_dir)
    keys = {item.key for item in target.application.builds}
    chosen = images_stage.parse_choices(image or [], keys)
    check_listener(target)
    building = not skip_build and set(chosen) != keys
    urls = apply_registry(target).urls if building or target.reaches_registry else {}
    if building:
        images_stage.build_images(target, urls, keys - set(chosen))
    images_stage.record(target, chosen)
    images_stage.require_images(target)
    stage.initialize(target)
    ran: dict[str, str] = {}
    with target.private_folder() as folder:
        planned = stage.plan_environment(target, folder / "environment.tfplan")
        summary = summarize(planned)
        console.settle()
        if planned.is_empty:
            console.say("nothing to change")
            deployed = stage.redeploy(target) if redeploy else stage.confirm_healthy(target)
        else:
            jobs = before.due(target, planned)
            for line in (*summary_lines(console, summary, sys.stderr), *before.announcement(jobs)):
                console.styled(line)
            if not yes and not typer.confirm("Apply these changes?", err=True):
                raise InterruptedByUser("not applied", why=f"{target.environment} stays as it is")
            file = folder / "environment.tfplan"
            if jobs:
                file, ran = before.run_first(target, jobs, planned, folder)
            deployed = stage.apply_environment(target, file)
            if redeploy and not _rolled(summary):
                deployed = stage.redeploy(target)
    console.settle()
    _deployed(console, target, deployed, summary, ran)


def _rolled(summary: Summary) -> bool:
    return any(change.change.type == "aws_ecs_service" for group in summary.groups for change in group.entries)


def _deployed(console: Console, target: Target, deployed: Any, summary: Summary, ran: Mapping[str, str]) -> None:
    from ecsgen.pipeline.records import lines as record_lines
    from ecsgen.pipeline.records import records_to_create

    proof, records = _proof(target), records_to_create(target)
    if console.as_json:
        console.document(
            {
                "environment": target.environment,
                "url": deployed.url,
                "services": {
                    name: {"running": tasks, **deployed.reached.of(name)} for name, tasks in deployed.tasks.items()
                },
                **({"static_ips": list(deployed.reached.balancer_ips)} if deployed.reached.balancer_ips else {}),
                "changes": summary.counts,
                "plan": summary.data(),
                "sandbox": target.sandbox is not None,
                "dns_records": [asdict(record) for record in records],
                **({"before": dict(ran)} if ran else {}),
                **({"proved": proof} if proof else {}),
            }
        )
        return
    for name, tasks in deployed.tasks.items():
        console.say(f"{name}: {_running(tasks)}")
    for label, kinds in proof.items():
        console.say(f"sandbox: {label}: {', '.join(kinds)}")
    if target.sandbox is not None and target.application.domain is not None and target.application.domain.url:
        console.say(f"sandbox: there is no TLS here: the address below stands for {target.application.domain.url}")
    if target.sandbox is not None and target.application.has_network_balancers:
        console.say(
            "sandbox: no connection is forwarded by a network load balancer: its addresses stand for those on AWS"
        )
    for line in record_lines(target.application, records):
        console.data(line)
    for line in deployed.reached.lines():
        console.data(line)
    if deployed.url is not None:
        console.data(deployed.url)


def _running(tasks: int) -> str:
    if tasks == 0:
        return "no task is wanted now, and none runs"
    return f"{tasks} {'task runs and is healthy' if tasks == 1 else 'tasks run and are healthy'}"


def _proof(target: Target) -> dict[str, list[str]]:
    """What a run on the sandbox proved, by resource type."""
    if target.sandbox is None:
        return {}
    from ecsgen.sandbox.coverage import proved

    types = {resource.type for resource in target.terraform.state(target.root, target.env)}
    labels = proved(types, target.sandbox.tasks_are_real, target.application.has_network_balancers)
    return {str(label): sorted(kinds) for label, kinds in labels.items() if kinds}


def _image(image: Any) -> dict[str, Any]:
    return {"reference": image.reference, "tag": image.tag, "built": image.built, "pushed": image.pushed}
