"""From a container definition of ECS to what the Docker Engine is asked for; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

SECOND = 1_000_000_000
CHECK_SECONDS = 3
"""A container's health check runs at least this often, so that a sandbox does not wait for AWS's 30 seconds."""
STOP_SECONDS = 30

Definition = Mapping[str, Any]


def environment(definition: Definition, override: Definition, from_files: Mapping[str, str]) -> dict[str, str]:
    """A container's variables: files first, then the definition, then what RunTask overrides."""
    result = dict(from_files)
    for source in (definition, override):
        result.update({item["name"]: item.get("value", "") for item in source.get("environment") or []})
    return result


def docker_options(
    definition: Definition,
    override: Definition,
    variables: Mapping[str, str],
    *,
    image: str,
    namespace: str,
    task_cpu: int | None,
    task_memory: int | None,
    engine_cpus: int,
    volumes: Mapping[str, str],
    labels: Mapping[str, str],
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Arguments for the container and for its host configuration.

    `namespace` is the id of the container whose network is joined; `task_cpu` in CPU units and `task_memory` in MiB
    are the task's size; `volumes` maps a volume of the task definition to the engine's name for it.
    """
    command = override.get("command") or definition.get("command")
    container: dict[str, Any] = {
        "image": image,
        "environment": dict(variables),
        "labels": {**(definition.get("dockerLabels") or {}), **labels},
    }
    optional = {
        "command": list(command) if command else None,
        "entrypoint": list(definition["entryPoint"]) if definition.get("entryPoint") else None,
        "user": definition.get("user"),
        "working_dir": definition.get("workingDirectory"),
        "healthcheck": health_check(definition),
        "tty": definition.get("pseudoTerminal"),
        "stdin_open": definition.get("interactive"),
    }
    container.update({name: value for name, value in optional.items() if value})
    host = {
        "network_mode": f"container:{namespace}",
        "log_config": {"type": "json-file", "config": {"max-size": "20m"}},
        **_limits(definition, override, task_cpu, task_memory, engine_cpus),
        **_linux(definition),
    }
    binds = [
        f"{volumes[point['sourceVolume']]}:{point['containerPath']}:{'ro' if point.get('readOnly') else 'rw'}"
        for point in definition.get("mountPoints") or []
        if point.get("sourceVolume") in volumes
    ]
    if binds:
        host["binds"] = binds
    return container, host


def _limits(
    definition: Definition, override: Definition, task_cpu: int | None, task_memory: int | None, engine_cpus: int
) -> dict[str, Any]:
    result: dict[str, Any] = {}
    if shares := override.get("cpu") or definition.get("cpu"):
        result["cpu_shares"] = max(2, int(shares))
    if task_cpu and task_cpu < engine_cpus * 1024:
        result["nano_cpus"] = task_cpu * SECOND // 1024
    if memory := override.get("memory") or definition.get("memory") or task_memory:
        result["mem_limit"] = result["memswap_limit"] = int(memory) * 1024 * 1024
    if reservation := override.get("memoryReservation") or definition.get("memoryReservation"):
        result["mem_reservation"] = int(reservation) * 1024 * 1024
    limits = [
        {"Name": item["name"], "Soft": item["softLimit"], "Hard": item["hardLimit"]}
        for item in definition.get("ulimits") or []
    ]
    if limits:
        result["ulimits"] = limits
    return result


def _linux(definition: Definition) -> dict[str, Any]:
    linux = definition.get("linuxParameters") or {}
    capabilities = linux.get("capabilities") or {}
    optional = {
        "cap_add": capabilities.get("add"),
        "cap_drop": capabilities.get("drop"),
        "init": linux.get("initProcessEnabled"),
        "read_only": definition.get("readonlyRootFilesystem"),
        "shm_size": (linux.get("sharedMemorySize") or 0) * 1024 * 1024,
        "tmpfs": {
            item["containerPath"]: ",".join([f"size={item['size']}m", *item.get("mountOptions", [])])
            for item in linux.get("tmpfs") or []
        },
    }
    return {name: value for name, value in optional.items() if value}


def health_check(definition: Definition) -> dict[str, Any] | None:
    """Docker's HEALTHCHECK for a container's; {"test": ["NONE"]} silences one that the image brings, as on Fargate.

    The check runs more often than on AWS. So that nothing fails here that AWS would accept, the time that
    passes until the first failure counts stays AWS's: what the shorter interval saves is added to the start period.
    """
    check = definition.get("healthCheck")
    if not check:
        return {"test": ["NONE"]}
    interval, retries = int(check.get("interval", 30)), int(check.get("retries", 3))
    shorter = min(interval, CHECK_SECONDS)
    return {
        "test": list(check["command"]),
        "interval": shorter * SECOND,
        "timeout": int(check.get("timeout", 5)) * SECOND,
        "retries": retries,
        "start_period": (int(check.get("startPeriod") or 0) + (interval - shorter) * retries) * SECOND,
    }


def is_essential(definition: Definition) -> bool:
    """Whether the task ends with this container; ECS's default is that it does."""
    return definition.get("essential") is not False


def dependencies(definition: Definition) -> dict[str, str]:
    """Container -> condition (START, HEALTHY, COMPLETE, SUCCESS) that this one waits for."""
    return {item["containerName"]: item["condition"] for item in definition.get("dependsOn") or []}


def stop_seconds(definition: Definition) -> int:
    """How long the container gets between SIGTERM and SIGKILL."""
    value = definition.get("stopTimeout")
    return STOP_SECONDS if value is None else int(value)


def stop_order(definitions: Sequence[Definition], running: set[str]) -> list[str]:
    """The running containers that may be stopped now: those that no other running one depends on."""
    needed = {name for item in definitions if item["name"] in running for name in dependencies(item)}
    free = [item["name"] for item in definitions if item["name"] in running and item["name"] not in needed]
    return free or sorted(running)
