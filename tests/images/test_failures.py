"""Progress and errors, from outputs that real builders wrote (`outputs/`: built_in is Docker 20.10, buildx is newer)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ecsgen.errors import ImageError
from ecsgen.images.build import Build
from ecsgen.images.failures import explain
from ecsgen.images.plain import Failure, PlainProgress
from ecsgen.progress import Kind, silent

if TYPE_CHECKING:
    from conftest import Told

OUTPUTS = Path(__file__).parent / "outputs"
Make = Callable[..., Build]


def read(name: str, build: Build, report: Callable[..., None] = silent) -> ImageError:
    progress = PlainProgress(report, build.key)
    for line in (OUTPUTS / f"{name}.txt").read_text().splitlines():
        progress.take(line)
    return explain(build, progress.failure())


def said(build: Build, message: str, step: str = "RUN make", *lines: str) -> ImageError:
    return explain(build, Failure(step, message, lines))


@pytest.mark.parametrize(
    ("name", "what", "why", "hint"),
    [
        (
            "built_in_run",
            "the image of web was not built",
            "the step RUN echo Collecting nosuchpackage; echo ERROR: No matching distribution found >&2; exit 1 ended with exit code 1",
            "read its last output, and correct DOCKERFILE",
        ),
        (
            "buildx_run",
            "the image of web was not built",
            "the step RUN pip install -r requirements.txt ended with exit code 1",
            "read its last output, and correct DOCKERFILE",
        ),
        (
            "built_in_base_unreachable",
            "the base image nosuchimage:1 of web cannot be pulled",
            "its registry cannot be reached from the Docker Engine",
            "check the network and the proxy of the Docker Engine: docker pull nosuchimage:1 must work"
            " (a copy that the engine has already counts if it is for linux/amd64)",
        ),
        (
            "buildx_rate_limit",
            "the base image golang:1.23 of web cannot be pulled",
            "its registry answers that this machine has pulled too many images for now",
            "wait, sign in with docker login for a higher limit, or use a copy of the image in another registry,"
            " for example public.ecr.aws/docker/library/NAME",
        ),
        (
            "built_in_frontend",
            "the Dockerfile frontend docker/dockerfile:1 of web cannot be pulled",
            "its registry cannot be reached from the Docker Engine",
            "check the network and the proxy of the Docker Engine: docker pull docker/dockerfile:1 must work"
            " (a copy that the engine has already counts if it is for linux/amd64)",
        ),
        (
            "built_in_missing_file",
            "the image of web was not built",
            "the step COPY requirements.txt /app/ names a file that the build context does not have",
            "write its path relative to CONTEXT, and see whether .dockerignore leaves it out",
        ),
        (
            "buildx_missing_file",
            "the image of web was not built",
            "the step COPY requirements.txt /app/ names a file that the build context does not have",
            "write its path relative to CONTEXT, and see whether .dockerignore leaves it out",
        ),
        (
            "built_in_syntax",
            "the image of web was not built",
            "DOCKERFILE has an error: line 2: unknown instruction: RNU",
            "correct it",
        ),
        (
            "buildx_syntax",
            "the image of web was not built",
            "DOCKERFILE has an error: on line 2: unknown instruction: RNU (did you mean RUN?)",
            "correct it",
        ),
        (
            "built_in_target",
            "the image of web was not built",
            "DOCKERFILE has no stage release",
            "write FROM … AS release there, or name another target in the description",
        ),
        (
            "built_in_secret",
            "the image of web was not built",
            'the step RUN --mount=type=secret,id=token,required=true ["/bin/busybox"] needs a secret that the description'
            " does not give",
            "write it under build: {secrets: {ID: env:NAME}}",
        ),
        (
            "built_in_exec_format",
            "the image of web was not built",
            "a program in the image is for another processor than the one that runs the build",
            "this is a build for linux/amd64: build on such a machine, or install emulation for the engine"
            " (binfmt and qemu: on Debian apt-get install qemu-user-static binfmt-support)",
        ),
    ],
)
def test_recorded_failures(make_build: Make, name: str, what: str, why: str, hint: str) -> None:
    build = make_build(target="release" if name == "built_in_target" else None)
    error = read(name, build)
    places = {"DOCKERFILE": str(build.dockerfile), "CONTEXT": str(build.context)}
    for short, place in places.items():
        why, hint = why.replace(short, place), hint.replace(short, place)
    assert (error.what, error.why, error.hint) == (what, why, hint)
    assert error.exit_code == 4
    assert error.details


def test_the_last_lines_of_the_failed_step_are_shown(make_build: Make) -> None:
    assert read("built_in_run", make_build()).details == (
        "Collecting nosuchpackage",
        "ERROR: No matching distribution found",
    )


def test_without_output_the_message_is_shown(make_build: Make) -> None:
    assert read("built_in_missing_file", make_build()).details == (
        'failed to compute cache key: "/requirements.txt" not found: not found',
    )


@pytest.mark.parametrize(
    ("message", "step", "words"),
    [
        (
            'process "x" did not complete successfully: exit code: 137',
            "RUN npm ci",
            "RUN npm ci was killed, most likely",
        ),
        ("The command '/bin/sh -c make' returned a non-zero code: 2", "RUN make", "RUN make ended with exit code 2"),
        ("write /x: no space left on device", "COPY . /", "the disk of the Docker Engine is full"),
        ("failed to reach build target release in Dockerfile", "", "has no stage"),
        ("Error response from daemon: client version 1.41 is too old", "", "docker command is too old"),
        (
            "pull access denied for x/y, repository does not exist or may require 'docker login'",
            "FROM x/y",
            "refuses it",
        ),
        ("manifest for python:9 not found: manifest unknown: manifest unknown", "FROM python:9", "does not have it"),
        (
            "docker.io/library/python:9: not found",
            "[internal] load metadata for docker.io/library/python:9",
            "does not have it",
        ),
        (
            "no match for platform in manifest: not found",
            "[internal] load metadata for docker.io/x/y:1",
            "exist for linux/amd64",
        ),
        ("tls: failed to verify certificate: x509: certificate signed by unknown authority", "FROM a", "not trusted"),
        ("unexpected status: 401 Unauthorized", "FROM example.com/private:1", "refuses it"),
        ("something new", "RUN x", "something new"),
    ],
)
def test_other_messages(make_build: Make, message: str, step: str, words: str) -> None:
    assert words in said(make_build(), message, step).why


def test_output_decides_only_where_it_may(make_build: Make) -> None:
    exit_code = "executor failed running [/bin/sh -c x]: exit code: 6"
    dns = said(make_build(), exit_code, "RUN apt-get update", "Temporary failure resolving 'deb.debian.org'")
    assert "could not resolve a host's name" in dns.why
    full = said(make_build(), exit_code, "RUN cp", "cp: error writing '/x': No space left on device")
    assert "disk of the Docker Engine is full" in full.why
    innocent = said(make_build(), exit_code, "RUN test", "ERROR: page not found", "manifest unknown", "denied")
    assert innocent.why == "the step RUN test ended with exit code 6"


def test_progress_is_told_as_it_comes(make_build: Make, told: Told) -> None:
    read("buildx_run", make_build(), told)
    assert told.texts(Kind.LINE) == [
        "[1/3] FROM docker.io/library/python:3.12-slim@sha256:" + "0" * 64,
        "[1/3] FROM docker.io/library/python:3.12-slim@sha256:" + "0" * 64 + ": unchanged, from the cache",
        "[2/3] COPY requirements.txt .",
        "[3/3] RUN pip install -r requirements.txt",
    ]
    assert "ERROR: No matching distribution found for nosuchpackage" in told.texts(Kind.STATUS)
    assert {event.scope for event in told.events} == {"web"}
    told.events.clear()
    read("built_in_run", make_build(), told)
    assert "[stage-1 1/2] RUN echo Collecting flask; sleep 1.2; echo done: done in 1.5 s" in told.texts(Kind.LINE)
    assert not [text for text in told.texts() if text.startswith("sha256:")]


def test_steps_that_take_turns_are_kept_apart(make_build: Make) -> None:
    progress = PlainProgress(silent, "web")
    for line in (
        "#5 [a 1/2] RUN one",
        "#6 [b 1/2] RUN two",
        "#5 0.100 from one",
        "#5 ...",
        "",
        "#6 [b 1/2] RUN two",
        "#6 0.200 from two",
        '#5 ERROR: process "/bin/sh -c one" did not complete successfully: exit code: 1',
        "#6 CANCELED",
        "#6 ERROR: context canceled",
    ):
        progress.take(line)
    assert progress.failure() == Failure(
        "RUN one", 'process "/bin/sh -c one" did not complete successfully: exit code: 1', ("from one",)
    )


def test_a_cli_that_fails_before_any_step(make_build: Make) -> None:
    progress = PlainProgress(silent, "web")
    progress.take("ERROR: Cannot connect to the Docker daemon at unix:///x.sock. Is the docker daemon running?")
    progress.take("View build details: docker-desktop://dashboard/build/x")
    assert "connection to the Docker Engine was lost" in explain(make_build(), progress.failure()).why
    assert said(make_build(), "", "").details == ()
