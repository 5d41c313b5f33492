"""The content tag changes with everything that decides the image, and with nothing else."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from ecsgen.errors import ImageError
from ecsgen.images.build import Build
from ecsgen.images.tag import content_tag

Make = Callable[..., Build]


@dataclass
class Digests:
    known: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)

    def base_digest(self, reference: str, platform: str) -> str | None:
        self.asked.append((reference, platform))
        return self.known.get(reference)


@pytest.fixture
def build(make_build: Make, context: Path) -> Build:
    made = make_build("FROM python:3.12\nCOPY . /\n", args={"A": "1"})
    (context / "app.py").write_text("print()")
    (context / "run.sh").write_text("exit")
    (context / "link").symlink_to("app.py")
    (context / "empty").mkdir()
    (context / ".dockerignore").write_text("*.log\n")
    return made


def test_the_tag_is_a_short_hash_and_stays(build: Build) -> None:
    tag = content_tag(build, None)
    assert len(tag) == 20
    assert set(tag) <= set("0123456789abcdef")
    assert content_tag(build, None) == tag


def test_a_known_tag(make_build: Make, context: Path) -> None:
    """The format itself: a change of it builds every image of every user again, so it must be meant (see FORMAT)."""
    build = make_build()
    (context / "a").write_text("x")
    assert content_tag(build, None) == "95a5cad92c699a190cfa"


CHANGES: dict[str, Callable[[Path], object]] = {
    "content": lambda root: (root / "app.py").write_text("print(1)"),
    "a new file": lambda root: (root / "new").write_text(""),
    "a name": lambda root: (root / "app.py").rename(root / "main.py"),
    "the executable bit": lambda root: (root / "run.sh").chmod(0o755),
    "a link's target": lambda root: ((root / "link").unlink(), (root / "link").symlink_to("run.sh")),
    "a link instead of its file": lambda root: ((root / "run.sh").unlink(), (root / "run.sh").symlink_to("app.py")),
    "an empty folder": lambda root: (root / "empty").rmdir(),
    "a file instead of a folder": lambda root: ((root / "empty").rmdir(), (root / "empty").write_text("")),
    "the Dockerfile": lambda root: (root / "Dockerfile").write_text("FROM python:3.12\nCOPY . /app\n"),
    "what is ignored": lambda root: (root / ".dockerignore").write_text("*.log\nrun.sh\n"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_change_that_matters(build: Build, change: Callable[[Path], object]) -> None:
    before = content_tag(build, None)
    change(build.context)
    assert content_tag(build, None) != before


def test_files_are_told_apart_from_each_other(build: Build) -> None:
    before = content_tag(build, None)
    (build.context / "app.py").write_text("exit")
    (build.context / "run.sh").write_text("print()")
    assert content_tag(build, None) != before


UNIMPORTANT: dict[str, Callable[[Path], object]] = {
    "times": lambda root: os.utime(root / "app.py", (1, 1)),
    "who else may read": lambda root: (root / "app.py").chmod(0o600),
    "an ignored file": lambda root: (root / "debug.log").write_text("x"),
}


@pytest.mark.parametrize("change", UNIMPORTANT.values(), ids=UNIMPORTANT.keys())
def test_a_change_that_does_not_matter(build: Build, change: Callable[[Path], object]) -> None:
    before = content_tag(build, None)
    change(build.context)
    assert content_tag(build, None) == before


def test_the_inputs_beside_the_context(build: Build) -> None:
    variants = [
        build,
        replace(build, platform="linux/arm64"),
        replace(build, target="x"),
        replace(build, args={"A": "2"}),
        replace(build, args={"A": "1", "B": ""}),
        replace(build, args={"B": "1"}),
        replace(build, secrets={"token": "env:TOKEN"}),
    ]
    assert len({content_tag(each, None) for each in variants}) == len(variants)
    # Where a secret comes from, what speeds a build up, and whose it is do not change its result.
    one, other = ({"token": source} for source in ("env:TOKEN", "file:/x"))
    assert content_tag(replace(build, secrets=one), None) == content_tag(replace(build, secrets=other), None)
    assert content_tag(replace(build, cache_from=("x",), key="other"), None) == content_tag(build, None)
    assert content_tag(replace(build, args={"B": "2", "A": "1"}), None) == (
        content_tag(replace(build, args={"A": "1", "B": "2"}), None)
    )


def test_the_same_files_elsewhere_have_the_same_tag(build: Build, tmp_path: Path) -> None:
    before = content_tag(build, None)
    other = build.context.rename(tmp_path / "moved")
    assert content_tag(replace(build, context=other, dockerfile=other / "Dockerfile"), None) == before


def test_base_images_count_by_digest(build: Build) -> None:
    old, new = Digests({"python:3.12": "sha256:old"}), Digests({"python:3.12": "sha256:new"})
    assert len({content_tag(build, engine) for engine in (old, new, None)}) == 3
    assert content_tag(build, Digests()) == content_tag(build, None)
    assert old.asked == [("python:3.12", "linux/amd64")]


def test_a_secret_is_never_read(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", "one")
    with_secret = replace(build, secrets={"token": "env:TOKEN", "key": "file:/does/not/exist"})
    before = content_tag(with_secret, None)
    monkeypatch.setenv("TOKEN", "two")
    assert content_tag(with_secret, None) == before


def test_what_is_missing_is_named(build: Build) -> None:
    with pytest.raises(ImageError, match=r"its build context .* does not exist"):
        content_tag(replace(build, context=build.context / "none"), None)
    with pytest.raises(ImageError, match=r"its Dockerfile .* does not exist"):
        content_tag(replace(build, dockerfile=build.context / "none"), None)
