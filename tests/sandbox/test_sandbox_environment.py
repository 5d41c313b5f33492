from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ecsgen.errors import UsageError
from ecsgen.sandbox import Sandbox, environment

AWS = environment.aws_variables(
    endpoint="http://127.0.0.1:1",
    autoscaling_endpoint="http://127.0.0.1:2",
    region="eu-west-1",
    account="123456789012",
    empty_file=Path("/state/it's empty"),
)


@pytest.mark.parametrize(
    "name",
    [
        "AWS_PROFILE",
        "AWS_DEFAULT_PROFILE",
        "AWS_SESSION_TOKEN",
        "AWS_ROLE_ARN",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        "AWS_ENDPOINT_URL_S3",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
        "AWS_CA_BUNDLE",
        "AWS_SOMETHING_NEW",
        "TF_VAR_images",
        "TF_CLI_ARGS",
        "TF_CLI_ARGS_plan",
        "TF_WORKSPACE",
        "TF_DATA_DIR",
        "TF_REATTACH_PROVIDERS",
        "TF_TOKEN_app_terraform_io",
        "TF_AWS_DEFAULT_TAGS_owner",
        "TF_ENCRYPTION",
        "TF_CLI_CONFIG_FILE",
        "TERRAFORM_CONFIG",
    ],
)
def test_leaves_out_what_leads_elsewhere(name: str) -> None:
    assert name not in environment.complete({name: "/nowhere/at/all"}, AWS)


def test_keeps_the_rest(tmp_path: Path) -> None:
    config = tmp_path / "terraformrc"
    config.touch()
    caller = {
        "PATH": "/bin",
        "HOME": "/home/me",
        "TF_LOG": "DEBUG",
        "TF_LOG_PATH": "log",
        "TF_PLUGIN_CACHE_DIR": "/cache",
        "TF_CLI_CONFIG_FILE": str(config),
        "HTTPS_PROXY": "http://proxy:3128",
        "ECSGEN_PLUGIN_DIR": "/mirror",
    }
    made = environment.complete(caller, AWS)
    assert caller.items() <= made.items()
    assert AWS.items() <= made.items()
    assert set(made) - set(caller) - set(AWS) == {"NO_PROXY", "no_proxy"}


def test_proxies_do_not_capture_loopback() -> None:
    made = environment.complete({"NO_PROXY": "corp.example, localhost"}, AWS)
    assert made["NO_PROXY"] == "corp.example,localhost,127.0.0.1,.localhost,::1"
    assert made["no_proxy"] == "127.0.0.1,localhost,.localhost,::1"


@pytest.mark.parametrize("account", ["", "12345678901", "1234567890123", "12345678901a", "١٢٣٤٥٦٧٨٩٠١٢"])
def test_an_account_has_twelve_digits(account: str) -> None:
    with pytest.raises(UsageError, match="12 digits"):
        environment.aws_variables(
            endpoint="", autoscaling_endpoint="", region="eu-west-1", account=account, empty_file=Path("x")
        )


def test_a_shell_takes_the_lines_as_they_are_meant(tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    caller = {
        "PATH": "/usr/bin:/bin",
        "AWS_PROFILE": "production",
        "AWS_ENDPOINT_URL_ECS": "https://real",
        "AWS_PAGER": "less",
        f"AWS_X;touch {trap}": "1",
        "TF_WORKSPACE": "prod",
    }
    lines = environment.shell_lines(caller, AWS)
    shell = subprocess.run(
        ["/bin/sh", "-c", 'eval "$1"; env -0', "sh", "\n".join(lines)], env=caller, capture_output=True, check=True
    )
    got = dict(pair.split("=", 1) for pair in shell.stdout.decode().split("\0") if "=" in pair)
    assert not trap.exists()
    assert AWS.items() <= got.items()
    assert "AWS_PROFILE" not in got
    assert "AWS_ENDPOINT_URL_ECS" not in got
    assert (got["AWS_PAGER"], got["TF_WORKSPACE"]) == ("less", "prod")
    assert all(line.startswith(("unset AWS_", "export AWS_")) for line in lines)
    assert {"unset AWS_SESSION_TOKEN", "unset AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"} <= set(lines)


def test_boto3_reaches_the_sandbox_and_nothing_else(sandbox: Sandbox, tmp_path: Path) -> None:
    home = tmp_path / ".aws"
    home.mkdir()
    (home / "config").write_text("[default]\nendpoint_url = http://127.0.0.1:1\nregion = us-west-2\n")
    caller = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path),
        "AWS_PROFILE": "production",
        "AWS_ENDPOINT_URL_STS": "http://127.0.0.1:1",
        "HTTP_PROXY": "http://127.0.0.1:1",
        "http_proxy": "http://127.0.0.1:1",
    }
    code = (
        "import boto3, json;"
        "sts = boto3.client('sts'); scaling = boto3.client('application-autoscaling');"
        "targets = scaling.describe_scalable_targets(ServiceNamespace='ecs')['ScalableTargets'];"
        "print(json.dumps([sts.get_caller_identity()['Account'], sts.meta.region_name, targets]))"
    )
    env = sandbox.environment("eu-central-1", "210987654321", caller=caller)
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == ["210987654321", "eu-central-1", []]
