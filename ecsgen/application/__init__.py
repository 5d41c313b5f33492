"""One environment with everything decided: names, sizes, ports, priorities, places. Nothing is left to a template.

`resolve` wires the rooms together: each gives its template's inputs, and this module passes values between them.
"""

from __future__ import annotations

from ecsgen.application.environment import resolve, resolve_registry
from ecsgen.application.images import builds, image_key
from ecsgen.application.model import Application, JobApplication, RegistryApplication, ServiceApplication
from ecsgen.application.once import load_balancer_subnets
from ecsgen.application.reach import is_public, priorities, rule_key, rule_of, rules

__all__ = [
    "Application",
    "JobApplication",
    "RegistryApplication",
    "ServiceApplication",
    "builds",
    "image_key",
    "is_public",
    "load_balancer_subnets",
    "priorities",
    "resolve",
    "resolve_registry",
    "rule_key",
    "rule_of",
    "rules",
]
