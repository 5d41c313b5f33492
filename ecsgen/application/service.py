"""Decides everything about one service: its task, its containers, how it runs, is reached and scales."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ecsgen import names
from ecsgen.application.connections import called, ingress_of
from ecsgen.application.ec2 import has_interface, on_ec2, provider
from ecsgen.application.images import credentials_of, image_key, pulled_from
from ecsgen.application.model import ServiceApplication
from ecsgen.application.network_balancer import tcp_of
from ecsgen.application.once import target_group_home
from ecsgen.application.reach import rule_inputs
from ecsgen.application.volumes import disk, file_systems, task_volumes
from ecsgen.components import (
    autoscaling,
    cloudwatch,
    connect,
    container,
    firelens,
    health,
    http,
    linux,
    permissions,
    placement,
    queue,
    registry,
    scaling_schedule,
    secrets,
    service,
    steps,
    task,
    volumes,
)
from ecsgen.description.model import Description, Scaling, Service, Sidecar, Task, containers
from ecsgen.hcl import Ref, Reference


def resolve_service(
    description: Description,
    environment: str,
    name: str,
    public: bool,
    numbers: Mapping[str, int],
    registry_region: str | None,
    after: Sequence[str] = (),
) -> ServiceApplication:
    """`numbers` are the priorities of all listener rules by key; `registry_region` is that of the repositories, if it is another.

    `after` are the services that are deployed before it.
    """
    application, item = description.name, description.services[name]
    checked = {part for part, _, settings in containers(name, item) if settings.health is not None}
    worked_off = _queue(description, environment, name)
    own_task = resolve_task(description, environment, name, item, registry_region, with_exec=item.exec)
    return ServiceApplication(
        name=name,
        label=names.label(name),
        task=own_task if worked_off is None else _working_off(own_task, name, worked_off),
        service=service.resolve(
            item,
            service_name(description, environment, name),
            public,
            scaled=item.scaling is not None,
            instances=provider(description),
            on_ec2=on_ec2(item),
            daemon=item.daemon,
            placement=(placement.strategies(item.placement), placement.constraints(item.placement)),
        ),
        http=http.resolve(
            item.http,
            names.target_group(
                application,
                environment,
                name,
                "HTTP",
                http.VERSIONS[item.http.protocol],
                "ip" if has_interface(item) else "instance",
                *target_group_home(description),
            ),
            name,
            rule_inputs(name, item, numbers),
            checked,
        )
        if item.http is not None
        else None,
        tcp=tcp_of(description, environment, name),
        connect=connect.resolve(
            item.connect,
            called(name, item),
            name,
            service_name(description, environment, name),
            [names.label(other) for other in after],
        )
        if item.connect is not None
        else None,
        ingress=ingress_of(description, name),
        autoscaling=_scaling(item.scaling, worked_off) if item.scaling is not None else None,
        queue=worked_off,
        efs=file_systems(description, environment, name, public),
        ebs=disk(application, environment, name, (settings for _, _, settings in containers(name, item))),
        tags=dict(sorted(item.tags.items())),
        before=item.deploy.before,
    )


def _queue(description: Description, environment: str, name: str) -> queue.QueueInputs | None:
    scaling = description.services[name].scaling
    if scaling is None or scaling.queue is None:
        return None
    return queue.resolve(scaling.queue, names.queue(description.name, environment, name), names.label(name))


def _working_off(own: task.TaskInputs, name: str, worked_off: queue.QueueInputs) -> task.TaskInputs:
    """The task with what it needs for its queue: the URL in its main container, and the permissions."""
    main = own.containers[name]
    environment = dict(sorted({**main.get("environment", {}), worked_off.env: worked_off.url}.items()))
    return replace(
        own,
        containers={**own.containers, name: {**main, "environment": environment}},
        statements=(*own.statements, *queue.statements(worked_off)),
    )


def _scaling(scaling: Scaling, worked_off: queue.QueueInputs | None) -> autoscaling.AutoscalingInputs:
    return autoscaling.resolve(
        scaling,
        None if worked_off is None else {"name": worked_off.metric_name, "backlog": worked_off.backlog},
        cloudwatch.resolve(scaling.metric),
        steps.resolve(scaling.steps),
        scaling_schedule.resolve(scaling.schedule),
        scaling_schedule.owned(scaling.schedule),
    )


def service_name(description: Description, environment: str, name: str) -> str:
    """What ECS calls the service: in a cluster that others share, a name that is nobody else's."""
    return names.family(description.name, environment, name) if description.cluster.existing is not None else name


def resolve_task(
    description: Description, environment: str, name: str, item: Task, registry_region: str | None, *, with_exec: bool
) -> task.TaskInputs:
    """The task of a service or of a job: its containers, its roles, its log group."""
    application = description.name
    parts = list(containers(name, item))
    kept = [*(settings.secrets for _, _, settings in parts), item.logs.secret_options]
    login_keys = {key for _, _, settings in parts for key in credentials_of(description, settings)[1:] if key}
    routers = [item.logs.image] if item.logs.driver == "firelens" else []
    return task.TaskInputs(
        family=names.family(application, environment, name),
        cpu=item.cpu,
        memory=item.memory,
        cpu_architecture=item.arch.upper(),
        ephemeral_storage_gib=item.storage,
        execution_role_name=names.role(application, environment, name, "execution"),
        task_role_name=names.role(application, environment, name, "task"),
        log_group_name=names.log_group(application, environment, name),
        log_retention_days=item.logs.retention,
        log_kms_key_arn=item.logs.kms_key,
        ecr_repositories=tuple(
            repository
            for part, _, settings in parts
            if (
                repository := pulled_from(description, image_key(name, part), registry_region)
                if settings.build is not None
                else registry.arn_of(settings.image or "")
            )
        )
        + tuple(arn for image in routers if (arn := registry.arn_of(image))),
        volumes=task_volumes(name, (settings for _, _, settings in parts)),
        containers={part: _container(description, name, item, part, settings) for part, _, settings in parts},
        ecr_images=tuple(
            sorted(
                {
                    image
                    for image in (*(settings.image for _, _, settings in parts), *routers)
                    if isinstance(image, Reference)
                }
            )
        ),
        secret_kms_key_arns=tuple(sorted(set().union(*map(secrets.keys, kept)) | login_keys)),
        policy_arns=permissions.policies(item.permissions)[0],
        named_policy_arns=permissions.policies(item.permissions)[1],
        statements=tuple(permissions.statements(item.permissions)),
        permissions_boundary=item.permissions.boundary,
        exec=with_exec,
        on_ec2=on_ec2(item),
        network_mode=item.network.mode,
        log_router={
            **firelens.inputs(
                item.logs,
                {"region": description.region, "log_group_name": names.log_group(application, environment, name)},
            ),
            **secrets.inputs(item.logs.secret_options),
        },
    )


def _container(description: Description, name: str, item: Task, part: str, settings: Task | Sidecar) -> dict[str, Any]:
    key = image_key(name, part)
    credentials, _ = credentials_of(description, settings)
    own = {**container.inputs(settings), **linux.inputs(settings)}
    # Fargate tells a container its region by itself.
    if on_ec2(item) and "AWS_REGION" not in settings.secrets:
        own["environment"] = {"AWS_REGION": description.region, **own.get("environment", {})}
    if isinstance(item, Service) and item.connect is not None:
        target = called(name, item)
        if target is not None and target.container == part:
            own["ports"] = connect.name_port(own["ports"], item.connect, target)
    return {
        "image": settings.image if settings.image is not None else Ref(f'var.images["{key}"]'),
        **({"repository_credentials_arn": credentials} if credentials else {}),
        **({} if settings.essential else {"essential": False}),
        **own,
        **({"mount_points": volumes.mounts(settings.volumes)} if settings.volumes else {}),
        **secrets.inputs(settings.secrets),
        **({"health_check": health.inputs(settings.health)} if settings.health else {}),
    }
