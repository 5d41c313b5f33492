"""What every test may rely on: the tools found on this machine, or a skip with its reason.

`ECSGEN_REQUIRE=terraform,docker,checkov` turns a missing tool from a skip into a failure, as CI does.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from hypothesis import settings

# In CI the same examples every time, so that a failure there can be looked at here.
settings.register_profile("ci", derandomize=True, database=None)
if os.environ.get("CI"):
    settings.load_profile("ci")

# A shell's background job ignores Ctrl-C, and so does all that it starts; what is tested here is a program that does not.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Every command of Terraform decodes the provider's whole schema: a third of its work is garbage collection.
if "GOGC" not in os.environ:
    os.environ |= {"GOGC": "off", "GOMEMLIMIT": "1GiB"}

ROOT = Path(__file__).resolve().parent.parent


@cache
def _plugin_dir() -> str | None:
    """The folder of a local provider mirror, as `make` finds it, or None."""
    found = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "provider_mirror.py")], capture_output=True, text=True, check=True
    )
    return found.stdout or None


@cache
def missing_terraform() -> str:
    """Why tests that need Terraform cannot run here; empty when they can."""
    if not (os.environ.get("ECSGEN_TERRAFORM") or shutil.which("terraform") or shutil.which("tofu")):
        return "no terraform or tofu on PATH"
    return ""


@cache
def missing_docker() -> str:
    """Why tests that need a Docker Engine cannot run here; empty when they can."""
    import docker
    from docker.errors import DockerException

    try:
        client = docker.from_env(timeout=10)
        client.ping()
        client.close()
    except DockerException as error:
        return f"no Docker Engine answers: {error}"
    return ""


@cache
def find_checkov() -> str | None:
    """The program, from the environment of its own that `make checkov` makes, or from PATH."""
    own = ROOT / ".venv-checkov" / "bin" / "checkov"
    return str(own) if own.is_file() else shutil.which("checkov")


@cache
def missing_checkov() -> str:
    """Why tests that need checkov cannot run here; empty when they can."""
    return "" if find_checkov() else "no checkov: `make checkov` installs it into an environment of its own"


TOOLS = {"terraform": missing_terraform, "docker": missing_docker, "checkov": missing_checkov}
"""What a marker needs: a function that says why it is missing."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("live"):
            item.add_marker(pytest.mark.terraform)
            item.add_marker(pytest.mark.docker)


def pytest_runtest_setup(item: pytest.Item) -> None:
    required = set(filter(None, os.environ.get("ECSGEN_REQUIRE", "").split(",")))
    for tool, probe in TOOLS.items():
        if item.get_closest_marker(tool) and (reason := probe()):
            if tool in required:
                pytest.fail(f"{tool} is required here: {reason}")
            pytest.skip(reason)


@pytest.fixture(scope="session")
def plugin_dir() -> str | None:
    """A local provider mirror for `terraform init -plugin-dir`, or None: the registry is used."""
    return _plugin_dir()


@pytest.fixture(scope="session")
def terraform_env(plugin_dir: str | None) -> dict[str, str]:
    """An environment for Terraform without accounts: no credentials, no CLI configuration, the mirror if there is one."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TF_"))}
    env.update(CHECKPOINT_DISABLE="1", TF_IN_AUTOMATION="1")
    if plugin_dir:
        env["ECSGEN_PLUGIN_DIR"] = plugin_dir
    return env


@pytest.fixture(scope="session")
def checkov() -> str:
    """The checkov program."""
    return str(find_checkov())
