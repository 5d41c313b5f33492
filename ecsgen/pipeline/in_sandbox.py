"""What a description says about places outside AWS has no meaning in the sandbox: nothing leaves the machine."""

from __future__ import annotations

from collections.abc import Iterator

from ecsgen.components.state import State
from ecsgen.description.model import Description


def kept_here(description: Description) -> Description:
    """The description with its state on this machine, if it is in HCP Terraform, and its images in its own ECR."""
    if description.state.cloud is not None:
        description = description.model_copy(update={"state": State()})
    registry = description.registry.model_copy(
        update={"account": None, "region": None, "role": None, "external": None, "credentials": None}
    )
    return description.model_copy(update={"registry": registry})


def told(description: Description) -> Iterator[str]:
    """One line for a person about each thing that is otherwise in the sandbox."""
    if description.state.cloud is not None:
        yield "the state of the sandbox stays on this machine, not in HCP Terraform"
    if description.registry.external is not None:
        yield f"the images go to the sandbox's own registry, not to {description.registry.external}"
