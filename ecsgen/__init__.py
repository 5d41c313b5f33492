"""ecsgen turns a short description of a service into plain Terraform for AWS ECS, and deploys it.

Everything from loading a description to verified Terraform text is a library that only reads:

    document = ecsgen.load(Path("ecsgen.yaml"))
    examined = ecsgen.examine(document, {}).require()
    description = examined.environments["default"]
    application = ecsgen.resolve(description, "default", {})
    registry = ecsgen.resolve_registry(description, [build.key for build in application.builds], [], ["default"])
    files = ecsgen.Renderer(ecsgen.templates(None), "ecsgen.yaml").files([application], registry)
    assert not ecsgen.verify(files)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ecsgen.application import Application, RegistryApplication, resolve, resolve_registry
    from ecsgen.checks import Examined, examine
    from ecsgen.description.document import Document
    from ecsgen.description.load import load, parse
    from ecsgen.description.schema import json_schema
    from ecsgen.problems import DescriptionError, Problem, Severity
    from ecsgen.render.format import format_hcl
    from ecsgen.render.render import Renderer
    from ecsgen.render.template_set import templates
    from ecsgen.render.verify import verify

__version__ = "0.1.0"

__all__ = [
    "Application",
    "DescriptionError",
    "Document",
    "Examined",
    "Problem",
    "RegistryApplication",
    "Renderer",
    "Severity",
    "examine",
    "format_hcl",
    "json_schema",
    "load",
    "parse",
    "resolve",
    "resolve_registry",
    "templates",
    "verify",
]

_HOMES = {
    "Application": "application",
    "DescriptionError": "problems",
    "Document": "description.document",
    "Examined": "checks",
    "Problem": "problems",
    "RegistryApplication": "application",
    "Renderer": "render.render",
    "Severity": "problems",
    "examine": "checks",
    "format_hcl": "render.format",
    "json_schema": "description.schema",
    "load": "description.load",
    "parse": "description.load",
    "resolve": "application",
    "resolve_registry": "application",
    "templates": "render.template_set",
    "verify": "render.verify",
}
"""Where each name lives; a name is loaded when it is first used, so that importing ecsgen costs nothing."""


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = _HOMES[name]
    return getattr(import_module(f"{__name__}.{home}"), name)
