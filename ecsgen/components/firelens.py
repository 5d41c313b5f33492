"""Logs that FireLens routes: Fluent Bit in a container beside the others. Carried by the module `task_definition`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal

from ecsgen.fields import Between, Fixed, Int, MemoryMiB, Pattern, Section, Text, one_of
from ecsgen.hcl import Reference
from ecsgen.problems import Finding, Path

ROUTER = "log_router"
"""The router's container, as AWS's examples call it."""
RESERVED = ("log_router", "log-router")
IMAGE = "public.ecr.aws/aws-observability/aws-for-fluent-bit:3.4.16"
"""AWS for Fluent Bit on Amazon Linux 2023; the line 2.x has ended."""

OPTION = Pattern(
    r"[A-Za-z][A-Za-z0-9_.-]{0,127}", "an option of Fluent Bit", "use letters, digits, underscores, points and hyphens"
)
CONFIG = Pattern(r"/(?:[^/\s]+/)*[^/\s]+", "a file in the router's image", "write a path like /fluent-bit/extra.conf")
WRITTEN_BY_ECS = {"match", "match_regex"}
"""Options that ECS writes for each container, in lower case."""
BUFFER_OPTION = "log-driver-buffer-limit"
LINE_BREAK = re.compile(r"[\r\n]")


class FirelensKeys(Section):
    """Which way the output takes."""

    driver: Annotated[Literal["awslogs", "firelens"], one_of("awslogs", "firelens")] = "awslogs"
    """`awslogs`: into the log group. `firelens`: through Fluent Bit, in a container `log_router`, to anywhere."""
    options: dict[Annotated[Fixed, OPTION], Text] = {}
    """FireLens: Fluent Bit's output and its settings, like `{Name: kinesis_firehose, delivery_stream: logs}`."""
    config: Annotated[Fixed, CONFIG] | None = None
    """FireLens: a configuration file in the router's image, in addition to what `options` say, or instead."""
    image: Text = IMAGE
    """FireLens: the router's image, with Fluent Bit."""
    memory: Annotated[MemoryMiB, Between(6, 32 * 1024 * 1024, "MiB")] = 50
    """FireLens: memory that is set aside for the router, of the task's: MiB (50) or with a unit."""
    buffer: Annotated[Int, Between(0, 536_870_911, "lines")] | None = None
    """FireLens: lines of a container that wait in memory for the router; ECS keeps 1048576."""


def check(keys: FirelensKeys, memory: int, containers: list[str], limit: int, path: Path) -> Iterator[Finding]:
    """What ECS or Fluent Bit would refuse. `path` is that of the logs, `memory` the task's in MiB.

    `containers` are the task's without the router, of which ECS takes `limit`.
    """
    if keys.driver == "awslogs":
        for key in (*FirelensKeys.model_fields, "secret_options"):
            if key != "driver" and key in keys.model_fields_set:
                yield Finding(
                    (*path, key),
                    "EG365",
                    f"{key} is a setting of FireLens, and the logs go to CloudWatch Logs directly",
                    "write driver: firelens, or remove it",
                    on_key=True,
                    reads=((*path, "driver"),),
                )
        return
    if not keys.options and keys.config is None:
        yield Finding(
            path,
            "EG366",
            "FireLens does not know where the logs go",
            "write options: {Name: …} with an output of Fluent Bit, or config: with a file in the router's image",
            on_key=True,
            reads=((*path, "options"), (*path, "config")),
        )
    yield from _check_options(keys, path)
    for name in containers:
        if name in RESERVED:
            place = (*path[:-1], "sidecars", name) if name != containers[0] else path[:-1]
            yield Finding(place, "EG368", f"{name} is the container that routes the logs", "rename it", on_key=True)
    if len(containers) == limit:
        yield Finding(
            (*path, "driver"),
            "EG369",
            f"with {ROUTER} the task has {limit + 1} containers, and ECS takes {limit}",
            "join or remove some",
            reads=((*path[:-1], "sidecars"),),
        )
    if keys.memory > memory:
        yield Finding(
            (*path, "memory"),
            "EG370",
            f"container {ROUTER} wants {keys.memory} MiB, and the task has {memory}",
            f"write at most {memory}, or raise the task's memory",
            reads=((*path[:-1], "memory"),),
        )


def _check_options(keys: FirelensKeys, path: Path) -> Iterator[Finding]:
    if keys.options and "Name" not in keys.options:
        yield Finding(
            (*path, "options"),
            "EG366",
            "the options name no output of Fluent Bit",
            "write Name: with one, like cloudwatch_logs, kinesis_firehose, s3 or http",
            on_key=True,
        )
    for name, value in keys.options.items():
        here = (*path, "options", name)
        if name == "Name" and isinstance(value, Reference):
            yield Finding(
                here,
                "EG121",
                "a reference cannot stand here: what the task may do depends on the output",
                "write its name, like cloudwatch_logs, kinesis_firehose, s3 or http",
            )
        elif name.lower() in WRITTEN_BY_ECS:
            yield Finding(here, "EG367", f"{name} is written by ECS for each container", "remove it", on_key=True)
        elif name == BUFFER_OPTION:
            yield Finding(
                here, "EG367", f"{name} has a key of its own", "write buffer: beside the options", on_key=True
            )
        elif not isinstance(value, Reference) and (not value or LINE_BREAK.search(value)):
            yield Finding(
                here, "EG367", f"{name} is not one line of Fluent Bit's configuration", "write a text of one line"
            )


def inputs(keys: FirelensKeys, own: dict[str, str]) -> dict[str, Any]:
    """The router as the module takes it, without its secret options; nothing without FireLens.

    `own` are values that the module has by itself, by option: its region, its log group.
    """
    if keys.driver == "awslogs":
        return {}
    options = {name: value for name, value in sorted(keys.options.items()) if own.get(name) != value}
    return {
        "image": keys.image,
        **({"memory_reservation": keys.memory} if keys.memory != 50 else {}),
        **({"options": options} if options else {}),
        **({"config_file": keys.config} if keys.config is not None else {}),
        **({"buffer_lines": keys.buffer} if keys.buffer is not None else {}),
    }
