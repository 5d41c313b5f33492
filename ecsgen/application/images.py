"""The images that an environment builds, and whose they are."""

from __future__ import annotations

from ecsgen import names
from ecsgen.components import image, registry, task
from ecsgen.description.model import Description, containers, tasks


def builds(description: Description) -> tuple[image.BuildInputs, ...]:
    """The images to build, sorted by key."""
    found = []
    for (kind, name), item in sorted(tasks(description), key=lambda found: found[0][1]):
        for container_name, path, settings in containers(name, item):
            if (build := settings.build) is not None:
                key = image_key(name, container_name)
                found.append(
                    image.BuildInputs(
                        key=key,
                        repository=names.repository(description.name, key),
                        path=(kind, name, *path, "build"),
                        context=build.context,
                        dockerfile=build.dockerfile,
                        target=build.target,
                        args=dict(build.args),
                        secrets=dict(build.secrets),
                        cache_from=tuple(build.cache_from),
                        platform=task.PLATFORMS[item.arch],
                    )
                )
    return tuple(found)


def repository_prefix(description: Description, registry_region: str | None) -> str:
    """What stands before the name of a repository: nothing in the environment's account and region, else its ARN's begin."""
    region = description.registry.region or registry_region or description.region
    account = description.registry.account or description.account
    if account is None or (region, account) == (description.region, description.account):
        return ""
    return registry.arn_prefix(region, account)


def image_key(service_name: str, container_name: str) -> str:
    """Whose image: "web" for the main container, "web/proxy" for a sidecar."""
    return service_name if service_name == container_name else f"{service_name}/{container_name}"
