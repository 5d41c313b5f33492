"""The state in an S3 bucket with S3's own lock: the bucket is the sandbox's."""

from __future__ import annotations

import pytest
from live_project import Project
from live_sandbox import Sandbox
from live_stacks import WORKER, site

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("live-trouble")]


def test_state_in_s3(project: Project, base_image: str, sandbox: Sandbox) -> None:
    state = "state:\n  s3: {bucket: vault-state, prefix: teams/one}\n"
    project.write({"ecsgen.yaml": WORKER.format(name="vault") + state, **site(base_image, "a worker")})
    project.apply().require()
    assert not list(project.workspace.glob("*/terraform.tfstate"))
    listed = sandbox.client("s3").list_objects_v2(Bucket="vault-state")["Contents"]
    keys = sorted(item["Key"] for item in listed)
    assert all(key.startswith("teams/one/") for key in keys)
    assert not [key for key in keys if key.endswith(".tflock")]
    assert project.plan().require().document["empty"] is True
    project.destroy("--registry").require()
