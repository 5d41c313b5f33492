"""What the walk says is part of a context, against what real builds could copy out of it."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ecsgen.images.build import Build
from ecsgen.images.context import read
from ecsgen.progress import silent

if TYPE_CHECKING:
    from conftest import Bench

pytestmark = pytest.mark.docker

FILES = """a.txt|b.md|README.md|docs/x.md|docs/deep/y.md|docs/deep/z.txt|node_modules/m/index.js|src/app.py|src/app.pyc
src/sub/app.pyc|.env|.git/HEAD|sp ace.txt|ümlaut.txt|[odd].txt|!bang.txt|#hash.txt|foo/bar/baz.txt|foo/bar/qux|foo/keep
tmpa|tmpb/x|tmpc/sub/y|^caret|a^b""".replace("\n", "|").split("|")

IGNORED = [
    "",
    "*.md\n!README.md\nREADME*",
    "**/*.md",
    "*\n!src",
    "*\n!src/**\n**/*.pyc",
    "docs\n!docs/deep/y.md",
    "docs/**\n!docs",
    "**\n!a.txt\n!foo/bar",
    "# comment\n\n  /a.txt  \n./docs/../b.md\r\n",
    "foo/*\n!foo/bar\nfoo/bar/qux",
    "*/*/z.txt\n**/sub",
    "tmp?\n!tmpb",
    "[a-c].*\n!b.md\n\\[odd\\].txt\n\\!bang.txt\n\\#hash.txt",
    "**/.*\n!.env",
    "node_modules\nempty/\nlink",
    "*\n!**/*.txt\nfoo",
    "src/**/app.pyc\n***z",
    "**/app*\n!src/sub",
    "foo\n!foo/bar/baz.txt",
    "a*b\nsp ace.txt\nu*\nümlaut.txt",
    "**foo\nfoo**",
    "f**\n!**/baz.txt",
    "**/deep/**\n!docs/deep",
    ".dockerignore\nDockerfile\ndirlink\n[^a]*/",
    "a^b",
    "/\n.\n./\n!*",
]


@pytest.fixture
def tree(context: Path) -> Path:
    for name in FILES:
        (context / name).parent.mkdir(parents=True, exist_ok=True)
        (context / name).write_text(name)
    (context / "empty" / "inside").mkdir(parents=True)
    (context / "link").symlink_to("./a.txt")
    (context / "dirlink").symlink_to("docs")
    (context / "run.sh").write_text("exit")
    (context / "run.sh").chmod(0o755)
    return context


def copied(bench: Bench, reference: str) -> dict[str, tuple[str, bool, str]]:
    """What the image has under /ctx, by path: type, executable, link target. No container is started."""
    container = bench.engine._api.create_container(reference, command="none")["Id"]
    try:
        archive = io.BytesIO(b"".join(bench.engine._api.export(container)))
    finally:
        bench.engine._api.remove_container(container)
    return {
        member.name.removeprefix("ctx/").rstrip("/"): (
            "folder" if member.isdir() else "link" if member.issym() else "file",
            member.isfile() and bool(member.mode & 0o100),
            member.linkname if member.issym() else "",
        )
        for member in tarfile.open(fileobj=archive)
        if member.name.startswith("ctx/") and member.name != "ctx/"
    }


def compare(bench: Bench, build: Build) -> None:
    reference = bench.name()
    bench.engine.build(build, reference, silent)
    walked = {entry.path: (str(entry.type), entry.executable, entry.link) for entry in read(build).entries}
    assert copied(bench, reference) == walked


def dockerfile(bench: Bench) -> str:
    return f"FROM scratch\n{bench.label}COPY . /ctx/\n"


def test_ignore_files_with_buildkit(tree: Path, bench: Bench, make_build: Callable[..., Build]) -> None:
    if bench.engine.builder is None:
        pytest.skip("no docker command here has BuildKit")
    make_build(dockerfile(bench))
    # Not side by side: BuildKit (Docker 20.10) mixes up builds of one folder that leave out different files of it.
    for number, text in enumerate(IGNORED):
        # One Dockerfile each, since the ignore file of a Dockerfile is found by its name.
        path = tree.parent / f"Dockerfile.{number}"
        path.write_text(dockerfile(bench))
        path.with_name(f"{path.name}.dockerignore").write_text(text)
        compare(bench, Build(text, tree, path, "linux/amd64"))


@pytest.mark.parametrize(
    "text", ["", "docs\n!docs/deep/y.md", "*\n!src\n!.dockerignore", "Dockerfile", ".dockerignore"]
)
def test_ignore_files_with_the_classic_builder(
    tree: Path, bench: Bench, make_build: Callable[..., Build], text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench.engine, "_builder", [None])
    build = make_build(dockerfile(bench))
    (tree / ".dockerignore").write_text(text)
    compare(bench, build)


def test_a_dockerfile_outside_with_excluded_paths(tree: Path, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    outside = tree.parent / "elsewhere"
    outside.write_text(dockerfile(bench))
    build = Build("web", tree, outside, "linux/amd64", exclude=("docs", "[odd].txt"))
    compare(bench, build)
    monkeypatch.setattr(bench.engine, "_builder", [None])
    compare(bench, build)
