"""Decides everything about one job: its task, where it runs, and when."""

from __future__ import annotations

from ecsgen import names
from ecsgen.application.ec2 import on_ec2, provider
from ecsgen.application.model import JobApplication
from ecsgen.application.service import resolve_task
from ecsgen.application.volumes import file_systems
from ecsgen.components import job, service
from ecsgen.description.model import Description
from ecsgen.hcl import Ref


def resolve_job(
    description: Description, environment: str, name: str, public: bool, registry_region: str | None
) -> JobApplication:
    """`registry_region` is that of the repositories, if it is another."""
    item, application = description.jobs[name], description.name
    schedule = names.schedule(application, environment, name)
    return JobApplication(
        name=name,
        label=names.label(name),
        task=resolve_task(description, environment, name, item, registry_region, with_exec=False),
        job=job.resolve(
            item,
            name,
            job.Names(
                schedule=schedule,
                schedule_role=names.role(application, environment, name, "schedule"),
                dead_letter_queue=names.undelivered(application, environment, name),
                state_machine=schedule,
                state_machine_role=names.role(application, environment, name, "runs"),
                state_machine_log_group=names.state_machine_log_group(application, environment, name),
            ),
            strategy=service.strategy(item.capacity, provider(description)),
            public=public,
            assign_public_ip=public and not on_ec2(item),
            subnet_ids=item.network.subnets,
            security_group_ids=item.network.security_groups,
            log_retention_days=Ref(f"module.{names.label(name)}_task.log_retention_days"),
            log_kms_key_arn=item.logs.kms_key,
            permissions_boundary=item.permissions.boundary,
        ),
        efs=file_systems(description, environment, name, public),
        tags=dict(sorted(item.tags.items())),
    )
