"""What is there already in an account is not in the sandbox: a description with stand-ins in its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ecsgen.components import existing_network
from ecsgen.components.network import Tagged
from ecsgen.description.model import Description
from ecsgen.pipeline.project import Project
from ecsgen.progress import Event, Kind, Report

if TYPE_CHECKING:
    from ecsgen.sandbox import Sandbox
    from ecsgen.sandbox.stand_ins import Wanted


def with_stand_ins(project: Project, sandbox: Sandbox, report: Report) -> Project:
    """The project with the sandbox's ids for what its environment says is there already."""
    name = project.one()
    description = project.environments[name]
    wanted = _wanted(description)
    if wanted is None:
        return project
    found = sandbox.stand_ins(wanted, description.region, description.account)
    shown = [f"{real} is {stand_in}" for real, stand_in in found.items()]
    shown += [f"the cluster is called {wanted.cluster} there too"] if wanted.cluster else []
    text = f"; {', '.join(shown)}" if shown else ""
    report(Event(Kind.LINE, "", f"what is there already has stand-ins in the sandbox{text}"))
    environments = {**project.environments, name: _replaced(description, found)}
    return replace(project, examined=replace(project.examined, environments=environments))


def _wanted(description: Description) -> Wanted | None:
    from ecsgen.sandbox.stand_ins import Wanted

    network = description.network
    existing = existing_network.is_existing(network.vpc)
    if not existing and description.cluster.existing is None:
        return None
    named = (network.public_subnets, network.private_subnets)
    services = description.services.values()
    return Wanted(
        vpc=(network.vpc if isinstance(network.vpc, str) else network.vpc.tags) if existing else None,
        subnets=tuple(
            dict.fromkeys(
                [
                    *(subnet for subnets in named if not isinstance(subnets, Tagged) for subnet in sorted(subnets)),
                    *(subnet for item in services for subnet in item.network.subnets),
                ]
            )
        ),
        tagged_subnets=tuple(subnets.tags for subnets in named if isinstance(subnets, Tagged)),
        security_groups=tuple(dict.fromkeys(group for item in services for group in item.network.security_groups)),
        cluster=description.cluster.existing,
        capacity_provider=description.cluster.capacity_provider,
        listener=description.load_balancer.existing,
    )


def _replaced(description: Description, found: Mapping[str, str]) -> Description:
    def those(ids: Sequence[str]) -> list[str]:
        return [found.get(one, one) for one in ids]

    network, balancer = description.network, description.load_balancer
    changes = {
        key: those(subnets)
        for key, subnets in (("public_subnets", network.public_subnets), ("private_subnets", network.private_subnets))
        if not isinstance(subnets, Tagged)
    }
    vpc = found.get(network.vpc, network.vpc) if isinstance(network.vpc, str) else network.vpc
    return description.model_copy(
        update={
            "network": network.model_copy(update={"vpc": vpc, **changes}),
            "load_balancer": balancer.model_copy(
                update={"existing": found.get(balancer.existing or "", balancer.existing)}
            ),
            "services": {
                name: item.model_copy(
                    update={
                        "network": item.network.model_copy(
                            update={
                                "subnets": those(item.network.subnets),
                                "security_groups": those(item.network.security_groups),
                            }
                        )
                    }
                )
                for name, item in description.services.items()
            },
        }
    )
