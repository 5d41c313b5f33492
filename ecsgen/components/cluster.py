"""The ECS cluster of an environment. Carried by the module `cluster`; one that is there already by `existing_cluster`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

from ecsgen import names
from ecsgen.fields import Fixed, Pattern, Section, one_of


class Cluster(Section):
    """The cluster that the environment's services run in."""

    existing: (
        Annotated[
            Fixed,
            Pattern(
                r"[A-Za-z0-9_-]{1,255}", "the name of a cluster", "write its name, not its ARN: existing: my-cluster"
            ),
        ]
        | None
    ) = None
    """The name of a cluster that is there already, to be used and not changed."""
    capacity_provider: (
        Annotated[
            Fixed,
            Pattern(
                r"(?i:(?!aws|ecs|fargate))[A-Za-z0-9_-]{1,255}",
                "the name of a capacity provider with EC2 instances",
                "write the name that its owner gave it, which does not begin with aws, ecs or fargate",
            ),
        ]
        | None
    ) = None
    """A capacity provider that the `existing` cluster has: where `capacity: ec2` runs."""
    insights: Annotated[Literal["enabled", "enhanced", "disabled"], one_of("enabled", "enhanced", "disabled")] = (
        "enabled"
    )
    """CloudWatch Container Insights: metrics of tasks and services, with `enhanced` of containers too; both are billed."""
    namespace: (
        Annotated[
            Fixed,
            Pattern(
                r"[A-Za-z0-9][A-Za-z0-9_.-]{0,254}", "a Cloud Map namespace", "use letters, digits, hyphens and points"
            ),
        ]
        | None
    ) = None
    """A Cloud Map namespace to create for Service Connect. With `connect` on a service there is one in any case, named like the cluster."""


@dataclass(frozen=True, slots=True)
class ClusterInputs:
    """Inputs of the module `cluster`."""

    existing: ClassVar[bool] = False

    name: str
    container_insights: str
    namespace: str | None


def resolve(cluster: Cluster, application: str, environment: str, connected: bool) -> ClusterInputs:
    """`connected`: whether a service takes part in Service Connect."""
    name = names.stack(application, environment)
    return ClusterInputs(name, cluster.insights, cluster.namespace or (name if connected else None))
