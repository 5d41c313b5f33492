"""What needs Terraform and the sandbox: an image that is there already, and a plan beside hand-written Terraform."""

from __future__ import annotations

import json
import os
import random
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measure import Cost, alternate, cost
from benchmarks.table import Row, skipped

if TYPE_CHECKING:
    from ecsgen.pipeline.target import Target

HERE = Path(__file__).resolve().parent
HELLO = HERE.parent / "examples" / "hello"
IMAGE = "web:benchmark"
SECOND_BUILD = "second build of an unchanged context / first build"
PLAN = "fresh plan, rendered / hand-written"
FILES, BYTES = 200, 50_000
"""The build context: as many files, of as many bytes each."""
SECOND_BUILD_TARGET = 0.1
"""Times the first build."""
PLAN_TIMES = 5
PLAN_TARGET = 1.25
"""Times the plan of the hand-written Terraform."""


def second_build() -> Iterator[Row]:
    """Content tag and a look into the registry, against building and pushing the same context."""
    yield from _unless_absent(SECOND_BUILD, _second_build)


def plan() -> Iterator[Row]:
    """A first plan of the smallest example, against the one of a flat root that a person wrote."""
    yield from _unless_absent(PLAN, _plan)


class Absent(Exception):
    """This machine has no engine, Terraform, provider or emulator to measure with; the text says which."""


@contextmanager
def _preparing() -> Iterator[None]:
    """What fails in here is no defect of what is measured, but something that is not there."""
    from ecsgen.errors import AwsError, ImageError, TerraformError, UsageError

    try:
        yield
    except (AwsError, ImageError, TerraformError, UsageError) as error:
        raise Absent(str(error)) from error


def _unless_absent(what: str, rows: Callable[[], list[Row]]) -> Iterator[Row]:
    try:
        yield from rows()
    except Absent as error:
        yield skipped(what, str(error))


def _second_build() -> list[Row]:
    from ecsgen.images.engine import connect
    from ecsgen.pipeline.build import build_images
    from ecsgen.pipeline.registry import apply_registry

    with _preparing():
        connect().close()
    with tempfile.TemporaryDirectory(prefix="ecsgen-bench-") as name:
        folder = Path(name)
        _write_context(folder)
        with _target(folder) as target:
            with _preparing():
                repositories = apply_registry(target).urls

            def timed() -> float:
                start = time.monotonic()
                images = build_images(target, repositories)
                seconds = time.monotonic() - start
                if any(image.built for image in images) != first:
                    raise RuntimeError("the first build must build, and the others must not")
                return seconds

            first = True
            built = timed()
            first = False
            again = min(timed() for _ in range(5))
    note = f"{again:.2f} s, and {built:.2f} s, with {FILES} files of {BYTES // 1000} KB"
    return [Row(SECOND_BUILD, again / built, "times", SECOND_BUILD_TARGET, note=note)]


def _write_context(folder: Path) -> None:
    """A context that no engine has in its cache, and that needs no base image."""
    content = random.Random(time.time_ns())
    (folder / "files").mkdir()
    for number in range(FILES):
        (folder / "files" / str(number)).write_bytes(content.randbytes(BYTES))
    (folder / "Dockerfile").write_text('FROM scratch\nCOPY files /files\nCMD ["/files/0"]\n', encoding="utf-8")
    (folder / "ecsgen.yaml").write_text(
        "name: bench\nregion: eu-west-1\nservices: {web: {build: ., port: 8080, http: true}}\n", encoding="utf-8"
    )


def _plan() -> list[Row]:
    from ecsgen.files.images import write_images
    from ecsgen.terraform.program import child_environment

    with tempfile.TemporaryDirectory(prefix="ecsgen-bench-") as name:
        folder, by_hand = Path(name) / "hello", Path(name) / "by_hand"
        folder.mkdir()
        shutil.copy(HELLO / "ecsgen.yaml", folder)
        shutil.copytree(HERE / "hand_written", by_hand)
        (by_hand / "terraform.tfvars.json").write_text(json.dumps({"image": IMAGE}), encoding="utf-8")
        with _target(folder) as target:
            write_images(target.out, target.environment, {"web": IMAGE})
            env = child_environment(target.env)
            with _preparing():
                for root in (target.root, by_hand):
                    target.terraform.init(root, target.env, target.plugin_dir, target.report)
            _require_same(_resources(target, target.root), _resources(target, by_hand))

            def planned(root: Path) -> Cost:
                return cost([target.terraform.program, "plan", "-input=false", "-out=plan"], cwd=root, env=env)

            ours, theirs = alternate(PLAN_TIMES, lambda: planned(target.root), lambda: planned(by_hand))
    return [
        Row(f"{PLAN}: {what}", mine / other, "times", PLAN_TARGET, note=f"{mine:.2f} s, and {other:.2f} s")
        for what, mine, other in (("CPU", ours.cpu, theirs.cpu), ("time", ours.wall, theirs.wall))
    ]


def _resources(target: Target, root: Path) -> Mapping[str, int]:
    """How many resources of each type a plan of the root creates."""
    with target.private_folder() as folder:
        planned = target.terraform.plan(root, folder / "plan", target.env)
    return Counter(change.type for change in planned.changes)


def _require_same(ours: Mapping[str, int], theirs: Mapping[str, int]) -> None:
    if ours != theirs:
        differing = sorted(kind for kind in {*ours, *theirs} if ours.get(kind) != theirs.get(kind))
        raise RuntimeError(f"benchmarks/hand_written has other resources than the example: {', '.join(differing)}")


@contextmanager
def _target(folder: Path) -> Iterator[Target]:
    """The description of a folder, rendered into a sandbox of its own that is gone afterwards."""
    from ecsgen import sandbox
    from ecsgen.pipeline.project import open_project, write_files
    from ecsgen.pipeline.target import prepare
    from ecsgen.progress import silent

    before = os.environ.get("ECSGEN_SANDBOX_DIR")
    with tempfile.TemporaryDirectory(prefix="ecsgen-bench-") as name:
        os.environ["ECSGEN_SANDBOX_DIR"] = str(Path(name) / "sandbox")
        try:
            project = open_project(folder / "ecsgen.yaml", None, None)
            with _preparing():
                target = prepare(project, sandbox=True, terraform=None, plugin_dir=None, report=silent)
            write_files(project, target.out)
            yield target
        finally:
            sandbox.down(silent)
            del os.environ["ECSGEN_SANDBOX_DIR"]
            if before is not None:
                os.environ["ECSGEN_SANDBOX_DIR"] = before
