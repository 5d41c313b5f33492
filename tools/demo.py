"""The main job on the embedded AWS, from a description to a service that answers, and back to nothing (`make demo`).

Every step is a command that a user would type. With a Docker Engine the tasks are real containers; without one the
images are not built, nothing is fetched, and the tasks are simulated.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from base_image import BASE, provide

from ecsgen.sandbox import fetch

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "examples" / "hello"


def main() -> int:
    """Run the demo; the exit code is 0 when every step did what it should."""
    if not (os.environ.get("ECSGEN_TERRAFORM") or shutil.which("terraform") or shutil.which("tofu")):
        title("Terraform or OpenTofu is missing: install version 1.10 or newer and put it on PATH")
        return 5
    engine = engine_answers()
    if engine:
        title(f"Base image {BASE}")
        print(provide())
    else:
        title("There is no Docker Engine: build and fetch are skipped, and the tasks are simulated")
        print("On Debian, `make engine` installs and starts one.")
    with private_copy() as folder:
        try:
            return job(folder, engine=engine)
        finally:
            ecsgen(folder, "sandbox", "down")


def job(folder: Path, *, engine: bool) -> int:
    """The steps, in the order of a user's."""
    title("What goes in")
    print((folder / "ecsgen.yaml").read_text().rstrip())
    ecsgen(folder, "validate")
    ecsgen(folder, "render")
    title("What comes out: infra/default/service_web.tf")
    print((folder / "infra/default/service_web.tf").read_text().rstrip())
    url = ecsgen(folder, "apply", "--sandbox", "--yes").strip().splitlines()[-1]
    if engine:
        title(f"GET {url}")
        answer = fetch(url)
        print(f"{answer.status} {answer.text.rstrip()}")
        if answer.status != 200 or "Hello" not in answer.text:
            return fail("the service does not answer through the load balancer")
    document = json.loads(ecsgen(folder, "plan", "--sandbox", "--json"))
    title(f"A second plan is {'empty' if document['empty'] else 'NOT empty'}")
    if not document["empty"]:
        return fail("the second plan is not empty")
    ecsgen(folder, "destroy", "--sandbox", "--registry", "--yes")
    title("Everything is gone again")
    return 0


def ecsgen(folder: Path, *words: str) -> str:
    """Run one command as a user would, and return what it printed on stdout. Ends the demo when it fails."""
    title(f"ecsgen {' '.join(words)}")
    done = subprocess.run(
        [sys.executable, "-m", "ecsgen", *words],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    sys.stdout.write(done.stdout if "--json" not in words else "")
    sys.stdout.flush()
    if done.returncode:
        raise SystemExit(done.returncode)
    return done.stdout


@contextmanager
def private_copy() -> Iterator[Path]:
    """A copy of the example with a sandbox of its own, both gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="ecsgen-demo-") as name:
        folder = Path(name) / "hello"
        shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("infra"))
        os.environ["ECSGEN_SANDBOX_DIR"] = str(Path(name) / "sandbox")
        yield folder


def engine_answers() -> bool:
    """Whether there is a Docker Engine."""
    from ecsgen.errors import ImageError
    from ecsgen.images.engine import connect

    try:
        connect().close()
    except ImageError:
        return False
    return True


def title(text: str) -> None:
    """A heading in the output."""
    print(f"\n== {text}", flush=True)


def fail(text: str) -> int:
    """Say what went wrong."""
    print(f"error: {text}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
