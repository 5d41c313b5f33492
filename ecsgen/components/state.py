"""Where Terraform keeps its state: the backend of both roots."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, Any

from ecsgen import scalars
from ecsgen.aws_values import KMS_ARN, KMS_EXAMPLE, REGION
from ecsgen.fields import Fixed, Pattern, Section, invalid, kind_of
from ecsgen.problems import Finding

BUCKET = Pattern(
    r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
    "the name of an S3 bucket",
    "use 3 to 63 lower-case letters, digits, points and hyphens",
)
REGIONS = (
    "af-south-1",
    "ap-east-1",
    "ap-east-2",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-south-2",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ap-southeast-5",
    "ap-southeast-6",
    "ap-southeast-7",
    "ca-central-1",
    "ca-west-1",
    "cn-north-1",
    "cn-northwest-1",
    "eu-central-1",
    "eu-central-2",
    "eu-north-1",
    "eu-south-1",
    "eu-south-2",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "eusc-de-east-1",
    "il-central-1",
    "me-central-1",
    "me-south-1",
    "mx-central-1",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-gov-east-1",
    "us-gov-west-1",
    "us-west-1",
    "us-west-2",
)
KMS_KEY = Pattern(rf"{KMS_ARN}(?:key|alias)/[A-Za-z0-9/_-]+", "the ARN of a KMS key", KMS_EXAMPLE)


class S3State(Section):
    """State in an S3 bucket, locked by S3 itself."""

    bucket: Annotated[Fixed, BUCKET]
    """The bucket; it must exist and should keep versions."""
    prefix: (
        Annotated[
            Fixed,
            Pattern(
                r"[^/\s](?:[^\s]{0,798}[^/\s])?",
                "a prefix",
                "write it without a slash at its ends, with at most 800 characters",
            ),
        ]
        | None
    ) = None
    """A folder in the bucket."""
    region: Annotated[Fixed, REGION] | None = None
    """The bucket's region; the description's own when not given."""
    kms_key: Annotated[Fixed, KMS_KEY] | None = None
    """The KMS key that encrypts the state."""


class CloudState(Section):
    """State in HCP Terraform, one workspace for each root: APPLICATION-ENVIRONMENT and APPLICATION-registry."""

    organization: Annotated[
        Fixed,
        Pattern(
            r"[A-Za-z0-9_-]{3,40}",
            "the name of an organization of HCP Terraform",
            "use 3 to 40 letters, digits, hyphens and underscores",
        ),
    ]
    """The organization; it must exist. The token is the user's own, and stays out of the description."""
    project: (
        Annotated[
            Fixed,
            Pattern(
                r"(?=.{3,40}$)[A-Za-z0-9_-](?:[A-Za-z0-9 _-]*[A-Za-z0-9_-])?",
                "the name of a project of HCP Terraform",
                "use 3 to 40 letters, digits, spaces, hyphens and underscores",
            ),
        ]
        | None
    ) = None
    """The project of the workspaces; without it the organization's default one."""


class State(Section):
    """Where the state is kept; without `s3` and `cloud` in a file beside the Terraform."""

    s3: S3State | None = None
    """An S3 bucket."""
    cloud: CloudState | None = None
    """HCP Terraform; instead of `s3`."""


HINT = "write local, or s3: {bucket: NAME}, or cloud: {organization: NAME}"


def read_state(value: Any) -> Any:
    """`local`, or a map."""
    if isinstance(value, str) and not scalars.is_null(value):
        if str(value) == "local":
            return {}
        raise invalid(f'"{value}" is not possible here', HINT, "EG105")
    if not isinstance(value, (dict, State)):
        raise invalid(f"local or a map is expected, not {kind_of(value)}", HINT)
    return value


@dataclass(frozen=True, slots=True)
class Backend:
    """Where one root has its state: a backend, or HCP Terraform (`kind` is "cloud").

    `settings` is empty for the local backend; `workspace` is what the block inside a cloud block says.
    """

    kind: str
    settings: dict[str, Any]
    workspace: dict[str, Any] = field(default_factory=dict)


def resolve(state: State, application: str, root: str, region: str) -> Backend:
    """`root` is "registry" or the environment's name."""
    if state.cloud is not None:
        workspace = {"name": f"{application}-{root}"}
        if state.cloud.project:
            workspace["project"] = state.cloud.project
        return Backend("cloud", {"organization": state.cloud.organization}, workspace)
    if state.s3 is None:
        return Backend("local", {})
    parts = [state.s3.prefix] if state.s3.prefix else []
    settings: dict[str, Any] = {
        "bucket": state.s3.bucket,
        "key": "/".join([*parts, application, root, "terraform.tfstate"]),
        "region": state.s3.region or region,
        "encrypt": True,
        "use_lockfile": True,
    }
    if state.s3.kms_key:
        settings["kms_key_id"] = state.s3.kms_key
    return Backend("s3", settings)


def check(state: State) -> Iterator[Finding]:
    """One place for the state, and bucket names that S3 would refuse."""
    if state.s3 is not None and state.cloud is not None:
        yield Finding(
            ("state", "cloud"),
            "EG711",
            "the state is in a bucket already",
            "remove one of s3 and cloud",
            reads=(("state", "s3"),),
        )
    bucket = state.s3.bucket if state.s3 else ""
    if ".." in bucket or re.fullmatch(r"\d+\.\d+\.\d+\.\d+", bucket):
        yield Finding(
            ("state", "s3", "bucket"),
            "EG701",
            f'"{bucket}" cannot be the name of a bucket',
            "use letters, digits and hyphens",
        )
