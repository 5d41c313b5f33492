"""The sandboxes of the live tests, a base image made here, and stacks that come up while other tests run.

The provider waits a minute for every load balancer. So the tests are in two groups, each with a worker and a sandbox of
its own, and the stacks that have a load balancer are applied in the background, two at a time, from a group's first
test on; a test that needs one waits for it.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import live_stacks
import pytest
from live_project import Project, Stack
from live_sandbox import Sandbox

SIDE_BY_SIDE = 2
NEVER_INHERITED = ("AWS_", "TF_", "ECSGEN_", "DOCKER_")


@pytest.fixture(scope="session")
def clean_env(plugin_dir: str | None) -> dict[str, str]:
    """The environment of a user who has set nothing up: no account, no Terraform settings."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(NEVER_INHERITED)}
    for name in ("DOCKER_HOST", "ECSGEN_TERRAFORM"):
        if name in os.environ:
            env[name] = os.environ[name]
    if plugin_dir:
        env["ECSGEN_PLUGIN_DIR"] = plugin_dir
    return env


@pytest.fixture(scope="session")
def base_image() -> Iterator[str]:
    """An image of nothing but Debian's static busybox with all its commands; no registry is asked."""
    import docker

    busybox = shutil.which("busybox")
    if busybox is None:
        missing = "there is no static busybox to make an image of: apt-get install busybox-static"
        pytest.fail(missing) if "docker" in os.environ.get("ECSGEN_REQUIRE", "") else pytest.skip(missing)
    dockerfile = b'FROM scratch\nCOPY busybox /bin/busybox\nRUN ["/bin/busybox", "--install", "/bin"]\n'
    context = io.BytesIO()
    with tarfile.open(fileobj=context, mode="w") as archive:
        archive.add(Path(busybox).resolve(), "busybox")
        entry = tarfile.TarInfo("Dockerfile")
        entry.size = len(dockerfile)
        archive.addfile(entry, io.BytesIO(dockerfile))
    context.seek(0)
    client = docker.from_env()
    tag = f"ecsgen-test-busybox:{uuid.uuid4().hex[:12]}"
    client.images.build(fileobj=context, custom_context=True, tag=tag, rm=True)
    yield tag
    client.images.remove(tag, force=True)
    client.close()


@pytest.fixture(scope="session")
def sandbox(clean_env: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """One sandbox for all live tests of a worker, taken down at the end; nothing of it may be left then."""
    folder = tmp_path_factory.mktemp("live") / "sandbox"
    env = {**clean_env, "ECSGEN_SANDBOX_DIR": str(folder)}
    command = [sys.executable, "-m", "ecsgen", "sandbox"]
    try:
        started = subprocess.run([*command, "up", "--json"], env=env, capture_output=True, text=True, check=False)
        assert started.returncode == 0, started.stderr
        document = json.loads(started.stdout)
        assert document["tasks_are_real"], started.stderr
        record = json.loads((folder / "sandbox.json").read_text())
        running = Sandbox(env, record["id"], document["endpoint"])
        yield running
    finally:
        ended = subprocess.run([*command, "down"], env=env, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert (running.containers(), running.networks(), folder.exists()) == ([], [], False)


@pytest.fixture
def project(sandbox: Sandbox, tmp_path: Path) -> Project:
    """An empty folder of a user's; tests write a description into it."""
    return _project(sandbox.env, tmp_path)


def _project(env: dict[str, str], parent: Path) -> Project:
    folder = parent / "project"
    folder.mkdir()
    return Project(folder, env)


# Stacks in the background --------------------------------------------------------------------------------------------


class Background:
    """Applies stacks side by side, in the order in which they were asked for."""

    def __init__(self, sandbox: Sandbox, base_image: str, parent: Path) -> None:
        self._sandbox, self._base_image, self._parent = sandbox, base_image, parent
        self._pool = ThreadPoolExecutor(SIDE_BY_SIDE, thread_name_prefix="stacks")
        self._futures: dict[str, Future[Stack]] = {}

    def begin(self, name: str, bring_up: live_stacks.BringUp) -> None:
        """Queue a stack, unless it was queued before."""
        if name in self._futures:
            return

        def work() -> Stack:
            parent = self._parent / name
            parent.mkdir()
            project = _project(self._sandbox.env, parent)
            return Stack(project, bring_up(project, self._base_image, self._sandbox))

        self._futures[name] = self._pool.submit(work)

    def get(self, name: str) -> Stack:
        """Wait for a stack. Raises what its runs raised."""
        return self._futures[name].result()

    def close(self) -> None:
        """Wait for what has begun, and begin nothing more."""
        self._pool.shutdown(wait=True, cancel_futures=True)


@pytest.fixture(scope="session")
def background(sandbox: Sandbox, base_image: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Background]:
    """The stacks that tests share."""
    stacks = Background(sandbox, base_image, tmp_path_factory.mktemp("stacks"))
    try:
        yield stacks
    finally:
        stacks.close()


@pytest.fixture(autouse=True)
def under_way(request: pytest.FixtureRequest, background: Background) -> None:
    """The stacks that this worker's tests ask for by name are on their way from its first live test on."""
    groups = [mark.args for mark in request.node.iter_markers("xdist_group")]
    items = [item for item in request.session.items if [m.args for m in item.iter_markers("xdist_group")] == groups]
    wanted = {name for item in items for name in getattr(item, "fixturenames", ())}
    for name, bring_up in live_stacks.STACKS.items():
        if name in wanted:
            background.begin(name, bring_up)


def _stack(name: str) -> Callable[[None, Background], Stack]:
    @pytest.fixture(name=name)
    def stack(under_way: None, background: Background) -> Stack:
        return background.get(name)

    return stack


for one in live_stacks.STACKS:
    globals()[one] = _stack(one)
