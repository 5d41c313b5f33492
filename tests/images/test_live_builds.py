"""Builds with a real engine: BuildKit through a CLI, the classic builder, failures, platforms, cancellation."""

from __future__ import annotations

import os
import shutil
import sys
import threading
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ecsgen.errors import ImageError, InterruptedByUser
from ecsgen.images.build import Build
from ecsgen.images.builders import Builder, Means
from ecsgen.images.engine import Engine, connect
from ecsgen.images.side_by_side import run_side_by_side
from ecsgen.images.tag import content_tag
from ecsgen.progress import Event, Kind, silent

if TYPE_CHECKING:
    from conftest import Bench, Told

pytestmark = pytest.mark.docker

Make = Callable[..., Build]

SLEEP = f"RUN echo asleep; sleep 1000 # {uuid.uuid4()}\n"
"""A step that no cache holds."""


@pytest.fixture
def buildkit(session_engine: Engine) -> Builder:
    builder = session_engine.builder
    if builder is None:
        pytest.skip("no docker command here has BuildKit")
    return builder


@pytest.fixture
def classic(session_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session_engine, "_builder", [None])


def run(bench: Bench, reference: str, *command: str) -> str:
    api = bench.engine._api
    container = api.create_container(reference, command=list(command), network_disabled=True)["Id"]
    try:
        api.start(container)
        api.wait(container, timeout=60)
        return str(api.logs(container).decode())
    finally:
        api.remove_container(container, force=True)


def test_arguments_target_and_secrets(
    bench: Bench, busybox: str, make_build: Make, buildkit: Builder, told: Told, context: Path
) -> None:
    build = make_build(
        f"{busybox}"
        "FROM base AS wanted\n"
        "ARG GREETING=none\n"
        "ARG LD_PRELOAD=none\n"
        "RUN --mount=type=secret,id=token --mount=type=secret,id=key \\\n"
        '  echo "$GREETING/$LD_PRELOAD/$(sha256sum < /run/secrets/token)/$(cat /run/secrets/key)" > /said\n'
        "FROM base AS unwanted\nRUN exit 1\n",
        target="wanted",
        args={"GREETING": "hello there", "LD_PRELOAD": ""},
        secrets={"token": "env:ECSGEN_TEST_TOKEN", "key": "file:key,1.txt"},
    )
    (context / "key,1.txt").write_text("from a file")
    reference = bench.name()
    with pytest.raises(ImageError, match="the environment variable ECSGEN_TEST_TOKEN is not set"):
        bench.engine.build(build, reference, told)
    assert told.events == []
    engine = connect({**os.environ, "ECSGEN_TEST_TOKEN": "hunter2"})
    try:
        engine.build(build, reference, told)
    finally:
        engine.close()
    greeting, preload, digest, key = run(bench, reference, "cat", "/said").strip().split("/")
    assert (greeting, preload, key) == ("hello there", "", "from a file")
    assert digest.split()[0] == "f52fbd32b2b3b86ff88ef6c490628285f482af15ddcb29541f94bcf526a3f6c7"
    assert "hunter2" not in "\n".join(told.texts())
    assert "hunter2" not in str(bench.inspect(reference)) + str(bench.engine._api.history(reference))
    assert any("RUN --mount=type=secret" in text for text in told.texts(Kind.LINE))
    assert {event.scope for event in told.events} == {"web"}


def test_a_failing_step(bench: Bench, busybox: str, make_build: Make, buildkit: Builder, told: Told) -> None:
    build = make_build(f"{busybox}RUN echo one; echo two >&2; exit 7\n", key="web/proxy")
    with pytest.raises(ImageError) as caught:
        bench.engine.build(build, bench.name(), told)
    error = caught.value
    assert error.what == "the image of web/proxy was not built"
    assert error.why == "the step RUN echo one; echo two >&2; exit 7 ended with exit code 7"
    assert error.hint == f"read its last output, and correct {build.dockerfile}"
    assert sorted(error.details) == ["one", "two"]
    assert {"one", "two"} <= set(told.texts(Kind.STATUS))


def test_an_unchanged_second_build(
    bench: Bench, make_build: Make, buildkit: Builder, told: Told, context: Path
) -> None:
    build = make_build()
    (context / "app").write_text("one")
    reference = f"{bench.name()}-{content_tag(build, bench.engine)}"
    bench.references.append(reference)
    assert not bench.engine.exists_locally(reference)
    bench.engine.build(build, reference, silent)
    assert bench.engine.exists_locally(reference)
    first = bench.inspect(reference)["Id"]
    bench.engine.build(build, reference, told)
    assert bench.inspect(reference)["Id"] == first
    assert any(text.endswith("unchanged, from the cache") for text in told.texts(Kind.LINE))
    (context / "app").write_text("two")
    assert content_tag(build, bench.engine) not in reference


def test_a_base_image_counts_by_what_it_is(bench: Bench, make_build: Make, buildkit: Builder, context: Path) -> None:
    base = bench.name()
    other = bench.name()
    (context / "app").write_text("one")
    bench.engine.build(make_build(), base, silent)
    bench.engine.build(make_build("FROM scratch\nCOPY app /other\n"), other, silent)
    tags = []
    for source in (base, other, base):
        bench.engine.tag(source, f"ecsgen-test-base:{os.getpid()}")
        bench.references.append(f"ecsgen-test-base:{os.getpid()}")
        engine = connect()  # an engine asks once for each base image
        build = make_build(f"FROM ecsgen-test-base:{os.getpid()}\n")
        tags.append(content_tag(build, engine))
        assert engine.base_digest(f"ecsgen-test-base:{os.getpid()}", "linux/amd64") == bench.inspect(source)["Id"]
        engine.close()
    assert tags[0] == tags[2] != tags[1]
    assert bench.engine.base_digest("127.0.0.1:9/not/there:1", "linux/amd64") is None
    assert bench.engine.base_digest("x@sha256:aa", "linux/amd64") == "sha256:aa"


def test_the_platform_asked_for(bench: Bench, make_build: Make, buildkit: Builder) -> None:
    reference = bench.name()
    bench.engine.build(make_build(platform="linux/arm64"), reference, silent)
    assert bench.engine.image_platform(reference) == "linux/arm64"
    assert bench.engine.image_platform("ecsgen-test:not-there") is None


@pytest.mark.usefixtures("classic")
def test_an_image_for_another_platform_is_refused(bench: Bench, make_build: Make) -> None:
    base, reference = bench.name(), bench.name()
    bench.engine.build(make_build(platform="linux/arm64"), base, silent)
    # The classic builder takes the base image that is there, whatever its platform.
    build = make_build(f"FROM {base}\nCOPY Dockerfile /again\n")
    with pytest.raises(ImageError) as caught:
        bench.engine.build(build, reference, silent)
    assert caught.value.what == "the image of web is for the wrong platform"
    assert caught.value.why == "it was built for linux/arm64, and its task runs on linux/amd64"
    assert not bench.engine.exists_locally(reference)


def test_a_program_for_another_processor(
    bench: Bench, busybox: str, make_build: Make, buildkit: Builder, context: Path
) -> None:
    program = bytearray((context / "busybox").read_bytes())
    program[18:20] = b"\xf7\x00"  # e_machine: eBPF, which no machine runs as a program
    (context / "busybox").write_bytes(program)
    with pytest.raises(ImageError, match="another processor") as caught:
        bench.engine.build(make_build(busybox, platform="linux/arm64"), bench.name(), silent)
    assert "binfmt and qemu" in caught.value.hint
    assert "build for linux/arm64" in caught.value.hint


def test_a_base_image_that_cannot_be_pulled(bench: Bench, make_build: Make, buildkit: Builder) -> None:
    build = make_build("FROM 127.0.0.1:9/none/base:1\n")
    with pytest.raises(ImageError) as caught:
        bench.engine.build(build, bench.name(), silent)
    assert caught.value.what == "the base image 127.0.0.1:9/none/base:1 of web cannot be pulled"
    assert caught.value.why == "its registry cannot be reached from the Docker Engine"


def test_a_cancelled_build_ends(bench: Bench, busybox: str, make_build: Make, buildkit: Builder) -> None:
    cancel = threading.Event()

    def cancel_when_it_runs(event: Event) -> None:
        if event.text == "asleep":
            cancel.set()

    with pytest.raises(InterruptedByUser, match="build of web was stopped"):
        bench.engine.build(make_build(f"{busybox}{SLEEP}"), bench.name(), cancel_when_it_runs, cancel)
    with pytest.raises(InterruptedByUser, match="build of web was not begun"):
        bench.engine.build(make_build(), bench.name(), silent, cancel)


def test_a_failure_ends_the_builds_beside_it(
    bench: Bench, busybox: str, make_build: Make, buildkit: Builder, context: Path
) -> None:
    asleep = threading.Event()

    def variant(key: str, dockerfile: str) -> Build:
        path = context / f"{key}.Dockerfile"
        path.write_text(busybox + dockerfile)
        return Build(key, context, path, "linux/amd64")

    def report(event: Event) -> None:
        if event.text == "asleep":
            asleep.set()

    def worker(build: Build, cancel: threading.Event) -> None:
        if build.key == "bad":
            assert asleep.wait(120)
        bench.engine.build(build, bench.name(), report, cancel)

    make_build(busybox)
    builds = [variant("slow", SLEEP), variant("bad", "RUN exit 9\n")]
    with pytest.raises(ImageError, match="the image of bad was not built: the step RUN exit 9 ended with exit code 9"):
        run_side_by_side(builds, worker)


@pytest.mark.usefixtures("classic")
def test_without_buildkit(bench: Bench, busybox: str, make_build: Make, told: Told) -> None:
    build = make_build(
        f"{busybox}{bench.label}ARG GREETING\nRUN echo $GREETING > /said\nFROM base\nRUN exit 1\n",
        args={"GREETING": "hello"},
        target="base",
    )
    reference = bench.name()
    bench.engine.build(build, reference, told)
    assert run(bench, reference, "cat", "/said") == "hello\n"
    (warning,) = told.texts(Kind.WARNING)
    assert "no docker command here has BuildKit" in warning
    assert "buildx" in warning
    assert "Step 1/6 : FROM scratch AS base" in told.texts(Kind.LINE)


@pytest.mark.usefixtures("classic")
def test_a_failing_step_without_buildkit(bench: Bench, busybox: str, make_build: Make) -> None:
    build = make_build(f"{busybox}{bench.label}RUN echo one; exit 7\n")
    with pytest.raises(ImageError) as caught:
        bench.engine.build(build, bench.name(), silent)
    assert caught.value.why == "the step RUN echo one; exit 7 ended with exit code 7"
    assert caught.value.details == ("one",)


@pytest.mark.usefixtures("classic")
@pytest.mark.parametrize(
    ("dockerfile", "secrets", "reason"),
    [
        ("FROM scratch\nRUN --mount=type=cache,target=/c true\n", {}, "RUN --mount (line 2)"),
        ("# syntax=docker/dockerfile:1\nFROM scratch\n", {}, "# syntax="),
        ("FROM scratch\nCOPY <<EOF /x\nEOF\n", {}, "COPY with a here-document (line 2)"),
        ("FROM scratch\n", {"token": "env:PATH"}, "the build secret token"),
    ],
)
def test_what_needs_buildkit_is_not_tried_without(
    bench: Bench, make_build: Make, told: Told, dockerfile: str, secrets: dict[str, str], reason: str
) -> None:
    build = make_build(dockerfile, secrets=secrets)
    with pytest.raises(ImageError) as caught:
        bench.engine.build(build, bench.name(), told)
    assert caught.value.why == f"{build.dockerfile} needs BuildKit for {reason}, and no docker command here has it"
    assert "buildx plugin" in caught.value.hint
    assert told.events == []


BUILDX = """#!{python}
# Stands in for Docker's CLI with buildx: takes its words, and builds with the CLI that has BuildKit built in.
import json, os, sys
if sys.argv[1:] == ["buildx", "version"]:
    print("github.com/docker/buildx v0.24.0 d0e5e86")
elif sys.argv[1:3] == ["buildx", "build"]:
    with open({log!r}, "w") as log:
        json.dump(sys.argv, log)
    rest = [word for word in sys.argv[3:] if word not in ("--load", "--provenance=false", "--sbom=false")]
    os.execv({real!r}, [{real!r}, "build", *rest])
else:
    sys.exit(1)
"""


def test_buildx_is_called_as_it_wants_to_be(
    bench: Bench, make_build: Make, buildkit: Builder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if buildkit.means is not Means.BUILT_IN:
        pytest.skip("the stand-in for buildx needs a docker command with BuildKit built in")
    folder, log = tmp_path / "bin", tmp_path / "log.json"
    folder.mkdir()
    program = folder / "docker"
    program.write_text(BUILDX.format(python=sys.executable, log=str(log), real=str(buildkit.program)))
    program.chmod(0o755)
    engine = connect({**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"})
    reference = bench.name()
    try:
        assert engine.builder == Builder(program, Means.BUILDX, (0, 24))
        engine.build(make_build(args={"A": "value"}), reference, silent)
    finally:
        engine.close()
    assert bench.engine.exists_locally(reference)
    written = log.read_text()
    assert '"buildx", "build", "--load", "--provenance=false", "--sbom=false", "--progress=plain"' in written
    assert '"--build-arg", "A"' in written
    assert "value" not in written


def test_nothing_of_a_build_stays_on_disk(
    bench: Bench, make_build: Make, buildkit: Builder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    before = sorted(path.name for path in tmp_path.rglob("*"))
    build = make_build()
    bench.engine.build(build, bench.name(), silent)
    shutil.rmtree(build.context)
    build.context.mkdir()
    assert sorted(path.name for path in tmp_path.rglob("*")) == before
