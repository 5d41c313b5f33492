"""The environment that makes Terraform, boto3 and the aws CLI use the sandbox and nothing else.

Pure: everything that can lead to a real account, or make Terraform behave differently from one machine to the next,
is left out; what a closed network needs to get providers (proxies, plugin cache, CLI configuration) stays, and so
does TF_LOG. Sources: "Environment variables" in the AWS SDKs reference guide, in Terraform's CLI documentation and
of the AWS provider.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from pathlib import Path

from ecsgen.errors import UsageError

DEFAULT_ACCOUNT = "000000000000"
SECRET_KEY = "sandbox"  # noqa: S105 - the emulators accept any

LOOPBACK = ("127.0.0.1", "localhost", ".localhost", "::1")

_TERRAFORM_KEPT = re.compile(r"TF_(LOG|LOG_.*|PLUGIN_CACHE_.*|REGISTRY_.*|PROVIDER_DOWNLOAD_RETRY)")
_TERRAFORM_FILES = ("TF_CLI_CONFIG_FILE", "TERRAFORM_CONFIG")

LEADING = (
    "AWS_CA_BUNDLE",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_DEFAULT_PROFILE",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_PROFILE",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_SECURITY_TOKEN",
    "AWS_SESSION_TOKEN",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
)
"""Variables that lead to a real account or away from the sandbox, unset in a shell whether they are set now or not."""

_HARMLESS = ("AWS_PAGER", "AWS_DEFAULT_OUTPUT", "AWS_CLI_AUTO_PROMPT", "AWS_CLI_FILE_ENCODING")


def aws_variables(
    *, endpoint: str, autoscaling_endpoint: str, region: str, account: str, empty_file: Path
) -> dict[str, str]:
    """The AWS_* variables of the sandbox. `account` is 12 digits: as an access key it chooses the account.

    `empty_file` stands in for ~/.aws/config and ~/.aws/credentials. Raises UsageError for anything else as account.
    """
    if not re.fullmatch(r"[0-9]{12}", account):
        raise UsageError(f"{account!r} is not an account", why="an AWS account has 12 digits", hint="quote it in YAML")
    return {
        "AWS_ACCESS_KEY_ID": account,
        "AWS_CONFIG_FILE": str(empty_file),
        "AWS_DEFAULT_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ENDPOINT_URL_APPLICATION_AUTO_SCALING": autoscaling_endpoint,
        "AWS_REGION": region,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_SHARED_CREDENTIALS_FILE": str(empty_file),
    }


def complete(caller: Mapping[str, str], aws: Mapping[str, str]) -> dict[str, str]:
    """The caller's environment without what leads elsewhere, with the sandbox's variables."""
    kept = {name: value for name, value in caller.items() if _stays(name, value)}
    for name in ("NO_PROXY", "no_proxy"):
        hosts = [host.strip() for host in kept.get(name, "").split(",") if host.strip()]
        kept[name] = ",".join([*hosts, *(host for host in LOOPBACK if host not in hosts)])
    return {**kept, **aws}


def shell_lines(caller: Mapping[str, str], aws: Mapping[str, str]) -> list[str]:
    """Lines for a POSIX shell to evaluate: `unset` what leads elsewhere, `export` what leads to the sandbox."""
    named = [name for name in caller if re.fullmatch(r"AWS_[A-Za-z0-9_]+", name) and name not in _HARMLESS]
    unset = sorted({*LEADING, *named} - set(aws))
    return [f"unset {name}" for name in unset] + [f"export {name}={shlex.quote(aws[name])}" for name in sorted(aws)]


def _stays(name: str, value: str) -> bool:
    if name in _TERRAFORM_FILES:
        return Path(value).is_file()
    if name.startswith("TF_"):
        return _TERRAFORM_KEPT.fullmatch(name) is not None
    return not name.startswith("AWS_")
