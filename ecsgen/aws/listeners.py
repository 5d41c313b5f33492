"""Rules of a load balancer's listener that others may have made: what they match and where they lead."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ecsgen.aws.session import Aws


@dataclass(frozen=True, slots=True)
class Found:
    """One rule of a listener. `target_groups` are the names of those it leads to; `others`: it has more conditions."""

    priority: int
    hosts: tuple[str, ...]
    paths: tuple[str, ...]
    sources: tuple[str, ...]
    others: bool
    target_groups: tuple[str, ...]

    def __str__(self) -> str:
        wanted = [
            *(f"host {host}" for host in self.hosts),
            *(f"path {path}" for path in self.paths),
            *(f"source {source}" for source in self.sources),
        ]
        target = f", to {', '.join(self.target_groups)}" if self.target_groups else ""
        return f"rule {self.priority} ({', '.join(wanted) or 'other conditions'}{target})"


def rules_of(aws: Aws, listener_arn: str) -> list[Found]:
    """The listener's rules but for its default one, by priority (DescribeRules)."""
    with aws.calling(f"read the rules of the listener {listener_arn}"):
        pages = list(aws.elbv2.get_paginator("describe_rules").paginate(ListenerArn=listener_arn))
    rules = [rule for page in pages for rule in page["Rules"] if str(rule.get("Priority", "")).isdigit()]
    return sorted((_found(rule) for rule in rules), key=lambda rule: rule.priority)


def _found(rule: Any) -> Found:
    values: dict[str, tuple[str, ...]] = {}
    for condition in rule.get("Conditions", []):
        field = str(condition.get("Field", ""))
        settings: dict[str, Any] = next((found for name, found in condition.items() if name.endswith("Config")), {})
        values[field] = tuple(sorted(settings.get("Values") or condition.get("Values") or ()))
    return Found(
        priority=int(rule["Priority"]),
        hosts=values.pop("host-header", ()),
        paths=values.pop("path-pattern", ()),
        sources=values.pop("source-ip", ()),
        others=bool(values),
        target_groups=tuple(sorted(set(_target_groups(rule)))),
    )


def _target_groups(rule: Any) -> Iterator[str]:
    for action in rule.get("Actions", []):
        several = action.get("ForwardConfig", {}).get("TargetGroups", [])
        for arn in (action.get("TargetGroupArn"), *(group.get("TargetGroupArn") for group in several)):
            if arn and ":targetgroup/" in arn:
                yield str(arn).partition(":targetgroup/")[2].partition("/")[0]
