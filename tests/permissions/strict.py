"""For these tests: an emulator that enforces IAM policies, an application in it, and calls made as one of its roles."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from descriptions import render

REGION = "eu-west-1"
ACCOUNT = "111122223333"
CLUSTER = f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/shop-default"


@dataclass
class Account:
    """An account of the emulator, with policy enforcement on."""

    process: subprocess.Popen[bytes]
    port: int
    key: str = ""
    """The ARN of a KMS key, once it is prepared."""
    registry: str = ""
    """The ARN of a private registry's credentials, likewise."""
    _trust: dict[str, dict[str, Any]] = field(default_factory=dict)
    _policies: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    _roles: dict[str, Role] = field(default_factory=dict)
    _clients: dict[tuple[str, str], Any] = field(default_factory=dict)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self, service: str, keys: dict[str, str] | None = None) -> Any:
        """A boto3 client: the account's root, or whoever the keys belong to."""
        import boto3
        from botocore.config import Config

        keys = keys or root(ACCOUNT)
        found = self._clients.get((service, keys["aws_access_key_id"]))
        if found is None:
            found = self._clients[service, keys["aws_access_key_id"]] = boto3.client(
                service,
                region_name=REGION,
                endpoint_url=self.endpoint,
                config=Config(retries={"max_attempts": 1}),
                **keys,
            )
        return found

    def trust(self, role: str) -> dict[str, Any]:
        """Who may assume a role, as it was applied."""
        if role not in self._trust:
            self._trust[role] = self.client("iam").get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"]
        return self._trust[role]

    def policies(self, role: str) -> list[dict[str, Any]]:
        """A role's policies as they were applied: its own, and those of AWS that are attached to it."""
        if role in self._policies:
            return self._policies[role]
        iam = self.client("iam")
        own = [
            iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
            for name in iam.list_role_policies(RoleName=role)["PolicyNames"]
        ]
        attached = iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
        self._policies[role] = own + [_managed(policy["PolicyArn"]) for policy in attached]
        return self._policies[role]

    def actions(self, role: str) -> set[str]:
        """Everything that a role's policies allow, on whatever."""
        statements = [statement for policy in self.policies(role) for statement in policy["Statement"]]
        assert all(statement["Effect"] == "Allow" for statement in statements)
        assert not any({"NotAction", "NotResource"} & statement.keys() for statement in statements)
        return {action for statement in statements for action in _as_list(statement["Action"])}

    def allows(self, role: str, action: str, resource: str, **keys: Any) -> bool:
        """Whether a role's policies allow an action that no API of the emulator asks for: by its evaluator alone.

        `keys` are the condition keys of the request, with __ for the colon.
        """
        return self._evaluate(self.policies(role), role, action, resource, keys)

    def trusts(self, role: str, **keys: Any) -> bool:
        """Whether the service that a role names may assume it, under these condition keys: by the evaluator alone."""
        return self._evaluate([self.trust(role)], role, "sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/{role}", keys)

    @staticmethod
    def _evaluate(policies: list[dict[str, Any]], role: str, action: str, resource: str, keys: dict[str, Any]) -> bool:
        from ministack.core.iam_evaluator import EvalContext, evaluate, parse_policy_document

        request = EvalContext(
            principal_arn=f"arn:aws:sts::{ACCOUNT}:assumed-role/{role}/test",
            principal_type="AssumedRole",
            principal_account=ACCOUNT,
            action=action,
            resource_arn=resource,
            region=REGION,
            service_context={name.replace("__", ":", 1).lower(): value for name, value in keys.items()},
        )
        return evaluate(request, [parse_policy_document(policy) for policy in policies]).decision == "Allow"

    def assume(self, role: str) -> Role:
        """Act as a role. Only an AWS service may assume it; the account is let in, which changes no permission."""
        if role not in self._roles:
            document = self.trust(role)
            root = {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
            }
            self.client("iam").update_assume_role_policy(
                RoleName=role, PolicyDocument=json.dumps({**document, "Statement": [*document["Statement"], root]})
            )
            session = self.client("sts").assume_role(
                RoleArn=f"arn:aws:iam::{ACCOUNT}:role/{role}", RoleSessionName="test"
            )["Credentials"]
            self._roles[role] = Role(
                self,
                {
                    "aws_access_key_id": session["AccessKeyId"],
                    "aws_secret_access_key": session["SecretAccessKey"],
                    "aws_session_token": session["SessionToken"],
                },
            )
        return self._roles[role]


def root(owner: str) -> dict[str, str]:
    """Keys of an account's root, as the emulator takes them."""
    return {"aws_access_key_id": owner, "aws_secret_access_key": "x"}


def _as_list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _managed(arn: str) -> dict[str, Any]:
    """A managed policy's document: moto's copy of what AWS publishes. The emulator attaches it without knowing it."""
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    found = json.loads(aws_managed_policies_data)[arn.rpartition("/")[2]]
    assert arn == f"arn:aws:iam::aws:policy{found['Path']}{arn.rpartition('/')[2]}"
    document: dict[str, Any] = found["Document"]
    return document


@dataclass(frozen=True)
class Role:
    """Calls made with a role's credentials."""

    account: Account
    keys: dict[str, str]

    def may(self, service: str, operation: str, /, **arguments: Any) -> bool:
        """Whether the policies let a call through; what the service then thinks of it is another matter."""
        from botocore.exceptions import ClientError

        try:
            getattr(self.account.client(service, self.keys), operation)(**arguments)
        except ClientError as error:
            return error.response["Error"]["Code"] not in {
                "AccessDenied",
                "AccessDeniedException",
                "UnauthorizedOperation",
                "AuthorizationError",
            }
        return True


def definition(account: Account, name: str) -> str:
    """The ARN of the task definition of a service or job."""
    found: list[str] = account.client("ecs").list_task_definitions(familyPrefix=f"shop-default-{name}")[
        "taskDefinitionArns"
    ]
    return found[-1]


def queue(account: Account, name: str) -> str:
    """A queue's URL by its name."""
    url: str = account.client("sqs").get_queue_url(QueueName=name)["QueueUrl"]
    return url


def start() -> Account:
    """Start the emulator with its policy enforcement on; tasks are simulated."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {
        "PATH": os.environ["PATH"],
        "AUTH": "true",
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_REGION": REGION,
        "ECSGEN_SANDBOX_ID": f"test-{uuid.uuid4().hex[:8]}",
        "ECSGEN_SANDBOX_ENGINE": "0",
    }
    account = Account(subprocess.Popen([sys.executable, "-m", "ecsgen.sandbox.server"], env=env), port)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert account.process.poll() is None, "the server ended while it started"
        try:
            with urllib.request.urlopen(f"{account.endpoint}/_ministack/health", timeout=5) as answer:
                assert json.load(answer)["auth"] == "enabled"
                return account
        except OSError:
            time.sleep(0.1)
    stop(account)
    raise AssertionError("the server does not answer")


def stop(account: Account) -> None:
    """End the server."""
    account.process.send_signal(signal.SIGTERM)
    try:
        account.process.wait(30)
    except subprocess.TimeoutExpired:
        account.process.kill()
        account.process.wait()


def prepare(account: Account) -> None:
    """What the application reads, and next to each thing one of the same kind that is none of its business."""
    account.key = account.client("kms").create_key()["KeyMetadata"]["Arn"]
    account.registry = account.client("secretsmanager").create_secret(Name="registry", SecretString="x")["ARN"]
    for name in ("token", "other"):
        account.client("ssm").put_parameter(Name=f"/shop/{name}", Value="x", Type="SecureString")
    for name in ("password", "other"):
        account.client("secretsmanager").create_secret(Name=f"shop/{name}", SecretString="x")
    for name in ("web", "other"):
        account.client("ecr").create_repository(repositoryName=f"shop/{name}")
    for name in ("letters", "bills", "others"):
        account.client("sqs").create_queue(QueueName=name)
    for bucket in ("team-config", "parcels-logs", "other"):
        account.client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})


def write(description: str, folder: Path, **images: str) -> None:
    """Render a description; `images` are those of its services."""
    for path, text in render(description).items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    built = {name: f"{image}@sha256:{'0' * 64}" for name, image in images.items()}
    (folder / "default" / "images.auto.tfvars.json").write_text(json.dumps({"images": built}))


def apply(account: Account, root: Path, plugin_dir: str | None, *targets: str, owner: str = ACCOUNT) -> None:
    """Apply a root, or parts of it, with plain Terraform. `owner`: the AWS account to do it in."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TF_"))}
    env |= {
        "AWS_ENDPOINT_URL": account.endpoint,
        "AWS_ACCESS_KEY_ID": owner,
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "CHECKPOINT_DISABLE": "1",
    }
    program = os.environ.get("ECSGEN_TERRAFORM") or shutil.which("terraform") or shutil.which("tofu") or "terraform"
    mirror = [f"-plugin-dir={plugin_dir}"] if plugin_dir else []
    for words in (
        ["init", *mirror],
        ["apply", "-auto-approve", *(f"-target={target}" for target in targets)],
    ):
        done = subprocess.run(
            [program, words[0], "-no-color", "-input=false", *words[1:]],
            cwd=root,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
