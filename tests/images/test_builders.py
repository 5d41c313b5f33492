"""Which Docker CLI builds: stand-ins for `docker` answer for their version as the real ones do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ecsgen.images.builders import Builder, Means, find_builder

NO_BUILDX = 'echo "docker: unknown command: docker buildx" >&2; exit 1'


def install(folder: Path, version: str, buildx: str = NO_BUILDX) -> str:
    folder.mkdir()
    program = folder / "docker"
    program.write_text(
        f'#!/bin/sh\ncase "$1" in buildx) {buildx} ;; --version) echo "{version}" ;; *) exit 9 ;; esac\n'
    )
    program.chmod(0o755)
    return str(folder)


def env(*folders: str) -> dict[str, str]:
    return {"PATH": os.pathsep.join([*folders, "/nowhere"])}


def test_buildx_is_preferred_wherever_it_is(tmp_path: Path) -> None:
    first = install(tmp_path / "first", "Docker version 20.10.24+dfsg1, build 297e128")
    second = install(
        tmp_path / "second",
        "Docker version 28.2.2, build e6534b4",
        'echo "github.com/docker/buildx v0.24.0 d0e5e86c8b88ae4865040bc96917c338f4dd673c"',
    )
    assert find_builder(env(first, second)) == Builder(tmp_path / "second" / "docker", Means.BUILDX, (0, 24))


def test_an_older_cli_behind_a_newer_one_without_buildx(tmp_path: Path) -> None:
    first = install(tmp_path / "first", "Docker version 28.2.2, build e6534b4")
    second = install(tmp_path / "second", "Docker version 20.10.24+dfsg1, build 297e128")
    assert find_builder(env(first, second)) == Builder(tmp_path / "second" / "docker", Means.BUILT_IN, (20, 10))


@pytest.mark.parametrize(
    "version",
    ["Docker version 28.2.2, build e6534b4", "podman version 4.3.1", "Docker version 17.03.0-ce, build 3a232c8", ""],
)
def test_a_cli_without_buildkit_does_not_count(tmp_path: Path, version: str) -> None:
    assert find_builder(env(install(tmp_path / "only", version))) is None


def test_no_cli_at_all(tmp_path: Path) -> None:
    (tmp_path / "docker").mkdir()
    assert find_builder(env(str(tmp_path))) is None


def test_a_program_on_the_path_twice_is_asked_once(tmp_path: Path) -> None:
    real = install(tmp_path / "real", "Docker version 28.2.2, build x", f"echo asked >> {tmp_path}/log; exit 1")
    (tmp_path / "link").symlink_to(real)
    assert find_builder(env(str(tmp_path / "link"), real)) is None
    assert (tmp_path / "log").read_text() == "asked\n"


def test_commands() -> None:
    program = Path("/usr/bin/docker")
    assert Builder(program, Means.BUILT_IN, (20, 10)).command() == ["/usr/bin/docker", "build"]
    assert Builder(program, Means.BUILDX, (0, 9)).command() == ["/usr/bin/docker", "buildx", "build", "--load"]
    assert Builder(program, Means.BUILDX, (0, 24)).command() == [
        "/usr/bin/docker",
        "buildx",
        "build",
        "--load",
        "--provenance=false",
        "--sbom=false",
    ]
    assert Builder(program, Means.BUILT_IN, (20, 10)).environment({"A": "1"})["DOCKER_BUILDKIT"] == "1"
