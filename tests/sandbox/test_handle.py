from __future__ import annotations

from pathlib import Path

import boto3
import pytest
from botocore.config import Config

from ecsgen.errors import AwsError
from ecsgen.progress import silent
from ecsgen.sandbox import Sandbox, down, status, up

Env = dict[str, str]


def test_a_workspace_is_private_and_one_for_each_description(toys: Env, tmp_path: Path) -> None:
    team = tmp_path / "team"
    team.mkdir()
    (team / "ecsgen.yaml").touch()
    (tmp_path / "link.yaml").symlink_to(team / "ecsgen.yaml")
    sandbox = up(silent, env=toys)
    first = sandbox.workspace(team / "ecsgen.yaml")
    (first / "state").write_text("kept")
    assert first.stat().st_mode & 0o777 == 0o700
    assert sandbox.workspace(tmp_path / "link.yaml") == first
    assert (first / "state").read_text() == "kept"
    second = sandbox.workspace(tmp_path / "ecsgen.yaml")
    assert second != first
    assert list(second.iterdir()) == []
    assert status(toys).workspaces == (str(tmp_path / "ecsgen.yaml"), str(team / "ecsgen.yaml"))
    assert [path.name for path in team.iterdir()] == ["ecsgen.yaml"]

    down(silent, env=toys)
    assert not first.exists()
    with pytest.raises(AwsError, match="the sandbox is gone"):
        sandbox.workspace(team / "ecsgen.yaml")
    assert not sandbox.folder.exists()


def test_addresses(sandbox: Sandbox) -> None:
    port = sandbox.port
    assert sandbox.load_balancer_url("Hello-default") == f"http://hello-default.alb.localhost:{port}/"
    assert sandbox.load_balancer_url("hello", "api/x?y=1") == f"http://hello.alb.localhost:{port}/api/x?y=1"
    assert sandbox.registry == f"127.0.0.1:{port}"


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
def test_the_bucket_of_the_state(sandbox: Sandbox, region: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    monkeypatch.setenv("AWS_CA_BUNDLE", "/nowhere")
    bucket = f"team-state-{region}"
    for _ in range(2):
        sandbox.ensure_bucket(bucket, region, "123456789012")
    monkeypatch.delenv("AWS_PROFILE")
    client = boto3.client(
        "s3",
        region_name=region,
        endpoint_url=sandbox.endpoint,
        aws_access_key_id="123456789012",
        aws_secret_access_key="any",
        config=Config(proxies={}),
        verify=False,
    )
    assert bucket in [one["Name"] for one in client.list_buckets()["Buckets"]]
    assert (client.get_bucket_location(Bucket=bucket)["LocationConstraint"] or "us-east-1") == region


def test_a_bucket_that_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(AwsError, match="the bucket Not_A_Bucket could not be made in the sandbox"):
        sandbox.ensure_bucket("Not_A_Bucket", "eu-west-1")
