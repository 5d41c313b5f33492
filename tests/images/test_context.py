"""The walk: what is part of a context, in which order, and the lines that say so to any builder."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from ecsgen.errors import ImageError
from ecsgen.images.build import Build
from ecsgen.images.context import Entry, Type, ignore_lines, read

Make = Callable[..., Build]


def write(context: Path, *paths: str) -> None:
    for path in paths:
        (context / path).parent.mkdir(parents=True, exist_ok=True)
        (context / path).write_text(path)


def paths(build: Build) -> list[str]:
    return [entry.path for entry in read(build).entries]


def test_every_kind_of_entry(context: Path, make_build: Make) -> None:
    build = make_build()
    write(context, "run.sh", "src/app.py")
    (context / "run.sh").chmod(0o744)
    (context / "empty").mkdir()
    (context / "link").symlink_to("./src/../run.sh")
    os.mkfifo(context / "pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(context / "socket"))
        assert read(build).entries == (
            Entry("Dockerfile", Type.FILE),
            Entry("empty", Type.FOLDER),
            Entry("link", Type.LINK, link="./src/../run.sh"),
            Entry("pipe", Type.OTHER),
            Entry("run.sh", Type.FILE, executable=True),
            Entry("src", Type.FOLDER),
            Entry("src/app.py", Type.FILE),
        )


def test_a_link_to_a_folder_is_not_entered(context: Path, make_build: Make, tmp_path: Path) -> None:
    build = make_build()
    (context / "loop").symlink_to(".")
    (context / "out").symlink_to(tmp_path)
    assert paths(build) == ["Dockerfile", "loop", "out"]


def test_what_comes_back_brings_its_folders(context: Path, make_build: Make) -> None:
    build = make_build()
    write(context, "a/b/keep", "a/b/drop", "a/c/drop", "other/x")
    (context / ".dockerignore").write_text("*\n!a/b/keep\n")
    assert paths(build) == ["a", "a/b", "a/b/keep"]
    assert read(build).left_out == (".dockerignore", "Dockerfile", "a/b/drop", "a/c", "other")


def test_the_ignore_file_of_the_dockerfile_comes_first(context: Path, make_build: Make) -> None:
    build = make_build()
    write(context, "a", "b")
    (context / ".dockerignore").write_text("a\n")
    (context / "Dockerfile.dockerignore").write_text("b\n")
    assert paths(build) == [".dockerignore", "Dockerfile", "Dockerfile.dockerignore", "a"]


def test_excluded_paths_never_come_back(context: Path, make_build: Make) -> None:
    build = make_build(exclude=("infra", "odd [name]"))
    write(context, "infra/default/terraform.tfstate", "infra/keep", "odd [name]/x", "app")
    (context / ".dockerignore").write_text("!infra/keep\n")
    assert paths(build) == [".dockerignore", "Dockerfile", "app"]


def test_patterns_are_handed_on_unless_builders_read_them_differently(context: Path, make_build: Make) -> None:
    build = make_build(exclude=("infra",))
    write(context, "docs/a.md", "docs/b.md", "x")
    ignore = context / ".dockerignore"
    ignore.write_text("# notes\n**/*.pyc\n/docs/\n")
    assert ignore_lines(build) == ["**/*.pyc", "docs", "infra"]
    ignore.write_text("docs\n!docs/a.md\n")
    assert ignore_lines(build) == ["docs/b.md"]


def test_a_folder_that_cannot_be_read_matters_only_when_it_is_part(
    context: Path, make_build: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = make_build()
    (context / "secret").mkdir()
    scandir = os.scandir

    def refuse(path: Path) -> object:
        if Path(path).name == "secret":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr("ecsgen.images.context.os.scandir", refuse)
    with pytest.raises(ImageError) as caught:
        read(build)
    assert "permission denied" in caught.value.why
    assert str(context / "secret") in caught.value.why
    (context / ".dockerignore").write_text("secret\n!**/x\n")
    assert paths(build) == [".dockerignore", "Dockerfile"]


def test_a_bad_pattern_is_named_with_its_file(context: Path, make_build: Make) -> None:
    build = make_build()
    (context / ".dockerignore").write_text("ok\n[broken\n")
    with pytest.raises(ImageError) as caught:
        read(build)
    assert caught.value.exit_code == 4
    assert str(caught.value) == (
        f"the image of web cannot be built: Docker refuses the pattern [broken in {context / '.dockerignore'};"
        " correct that line"
    )


def test_names_that_are_not_text(context: Path, make_build: Make) -> None:
    build = make_build()
    (Path(os.fsdecode(os.fsencode(context) + b"/\xff.txt"))).write_text("x")
    assert paths(build) == ["Dockerfile", "\udcff.txt"]
