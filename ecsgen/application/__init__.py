"""One environment with everything decided: names, sizes, ports, priorities, places. Nothing is left to a template.

`resolve` wires the rooms together: each gives its template's inputs, and this module passes values between them.
"""

from __future__ import annotations

from ecsgen.application.connections import (
    allowed,
    called,
    has_exec,
    has_queue,
    listening,
    main_port,
    opened,
    parts,
)
from ecsgen.application.derived import derived_names
from ecsgen.application.domain import served, signs_in
from ecsgen.application.ec2 import has_interface, loads, on_ec2
from ecsgen.application.environment import resolve, resolve_registry
from ecsgen.application.images import builds, image_key
from ecsgen.application.model import Application, JobApplication, RegistryApplication, ServiceApplication
from ecsgen.application.network_balancer import tcp_ports
from ecsgen.application.once import load_balancer_subnets
from ecsgen.application.reach import (
    ListenerRule,
    is_public,
    is_public_by_default,
    listener_rules,
    priorities,
    rules,
    service_rules,
)

__all__ = [
    "Application",
    "JobApplication",
    "ListenerRule",
    "RegistryApplication",
    "ServiceApplication",
    "allowed",
    "builds",
    "called",
    "derived_names",
    "has_exec",
    "has_interface",
    "has_queue",
    "image_key",
    "is_public",
    "is_public_by_default",
    "listener_rules",
    "listening",
    "load_balancer_subnets",
    "loads",
    "main_port",
    "on_ec2",
    "opened",
    "parts",
    "priorities",
    "resolve",
    "resolve_registry",
    "rules",
    "served",
    "service_rules",
    "signs_in",
    "tcp_ports",
]
