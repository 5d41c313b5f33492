"""A cause, and whom it is about: the pieces that every kind of cause is told with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ecsgen.aws.model import ContainerDefinition, TaskDefinition
    from ecsgen.problems import Path


@dataclass(frozen=True, slots=True)
class Cause:
    """One line that names the cause, the places in the description to look at (nearest first), and what to do."""

    headline: str
    points_to: tuple[Path, ...]
    hint: str


@dataclass(frozen=True, slots=True)
class About:
    """Whom a text is about: a service by its key, one of its containers, and what is defined for them.

    The main container has the service's key as its name. `public`: whether tasks have a public address; None: unknown.
    `capacity` is a capacity provider's name ("FARGATE_SPOT").
    """

    key: str
    container: str
    definition: TaskDefinition | None = None
    public: bool | None = None
    capacity: str = ""

    @property
    def defined(self) -> ContainerDefinition | None:
        """What the task definition says of the container."""
        containers = self.definition.containers if self.definition else ()
        return next((one for one in containers if one.name == self.container), None)

    @property
    def image(self) -> str:
        """The container's image; a word for it where the definition is not known."""
        return self.defined.image if self.defined and self.defined.image else "the image"

    def in_service(self, *rest: str) -> Path:
        """A place below the service."""
        return ("services", self.key, *rest)

    def in_container(self, *rest: str) -> Path:
        """A place below the container: the service itself, or one of its sidecars."""
        if self.container in {"", self.key}:
            return self.in_service(*rest)
        return ("services", self.key, "sidecars", self.container, *rest)
