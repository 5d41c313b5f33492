"""The images that an environment builds, whose they are, and where they are kept."""

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
                        repository=repository(description, key),
                        path=(kind, name, *path, "build"),
                        context=build.context,
                        dockerfile=build.dockerfile,
                        target=build.target,
                        args=dict(build.args),
                        secrets=dict(build.secrets),
                        cache_from=tuple(build.cache_from),
                        platform=task.PLATFORMS[item.arch],
                        external=description.registry.external is not None,
                    )
                )
    return tuple(found)


def repository(description: Description, key: str) -> str:
    """The repository of an image that is built: its name in ECR, or in another registry, with the host."""
    external = description.registry.external
    return names.repository(description.name, key) if external is None else registry.external_repository(external, key)


def pulled_from(description: Description, key: str, registry_region: str | None) -> str | None:
    """The ECR repository of an image that is built, by name or ARN, for the permission to pull; None in another registry."""
    name = repository(description, key)
    if description.registry.external is not None:
        return registry.arn_of(name)
    return repository_prefix(description, registry_region) + name


def credentials_of(description: Description, settings: image.ImageKeys) -> tuple[str | None, str | None]:
    """The secret that ECS pulls a container's image with, and the KMS key that encrypts it; None where there is none."""
    given = settings.credentials if settings.build is None else description.registry.credentials
    return (given, None) if given is None or isinstance(given, str) else (given.source, given.kms_key)


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
