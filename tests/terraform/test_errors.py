"""Failures of Terraform are recognised, and each says what to do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ecsgen.errors import TerraformError
from ecsgen.terraform import events
from ecsgen.terraform.causes import DEPLOYMENT_CAUSES, KNOWN, Cause
from ecsgen.terraform.errors import CommandError, failure
from ecsgen.terraform.events import Diagnostic

RECORDED: dict[str, Any] = json.loads((Path(__file__).parent / "data" / "failures.json").read_text())
API = "operation error ECS: CreateService, https response error StatusCode: 400, RequestID: 0a-1b, "


def explain(*diagnostics: Diagnostic, other: tuple[str, ...] = ()) -> CommandError:
    return failure("infra/prod failed", diagnostics, folder="infra/prod", program="terraform", other=other)


def recorded(name: str) -> CommandError:
    parsed = events.parse(json.dumps(RECORDED[name]))
    assert isinstance(parsed, Diagnostic)
    return explain(parsed)


@pytest.mark.parametrize(
    ("name", "cause", "why", "hint"),
    [
        ("stale-plan", Cause.STALE_PLAN, "changed after the plan", "plan again"),
        ("wrong-account", Cause.WRONG_ACCOUNT, "for the account 123456789012", "AWS_PROFILE"),
        ("no-credentials", Cause.NO_CREDENTIALS, "there are no AWS credentials", "aws sso login"),
        ("no-credentials-backend", Cause.NO_CREDENTIALS, "there are no AWS credentials", "AWS_PROFILE"),
        ("already-exists-role", Cause.ALREADY_EXISTS, "one of that name already", "`import` block"),
        ("already-exists-repository", Cause.ALREADY_EXISTS, "one of that name already", "delete it"),
        ("no-bucket", Cause.NO_BUCKET, "for the state (no-such-bucket) does not exist", "create it"),
        ("backend-changed", Cause.BACKEND_CHANGED, "has changed", "terraform init -migrate-state` in infra/prod"),
        ("backend-changed-plan", Cause.BACKEND_CHANGED, "has changed", "terraform init -reconfigure`"),
        ("provider-not-found-network", Cause.PROVIDER_NOT_FOUND, "found or downloaded", "--plugin-dir"),
        ("provider-not-found-folder", Cause.PROVIDER_NOT_FOUND, "found or downloaded", "ECSGEN_PLUGIN_DIR"),
        ("terraform-version", Cause.TERRAFORM_VERSION, "not one that the generated files accept", "ECSGEN_TERRAFORM"),
        ("postcondition", Cause.ROLLED_BACK, "rolled back", "why its tasks stopped"),
    ],
)
def test_recorded_failures(name: str, cause: Cause, why: str, hint: str) -> None:
    error = recorded(name)
    assert error.cause is cause
    assert error.exit_code == 5
    assert isinstance(error, TerraformError)
    assert why in error.why
    assert hint in error.hint
    assert error.details


def test_a_locked_state_says_who_and_since_when_and_how_to_unlock() -> None:
    error = recorded("locked-s3")
    assert error.cause is Cause.LOCKED
    assert error.why == "the state is locked by ana@laptop for apply since 2026-11-23 23:13:39 UTC"
    assert "terraform force-unlock 2a884703-2288-e77a-b5ee-fda8ff15f02d` in infra/prod" in error.hint
    assert "only if you are sure" in error.hint


def test_the_resource_is_named_where_the_provider_does() -> None:
    assert recorded("already-exists-role").why.startswith("creating IAM Role (hello-default-web-execution): there is")
    text = "waiting for ECS Service (arn:aws:ecs:eu-west-1:1:service/a/web) update: timeout while waiting for state"
    assert explain(Diagnostic("error", text)).why.startswith(f"{text.split(': timeout')[0]}: the service did not")


def test_a_lock_that_says_nothing() -> None:
    error = explain(Diagnostic("error", "Error acquiring the state lock", "Error message: no answer"))
    assert error.why == "the state is locked"
    assert "force-unlock LOCK_ID" in error.hint


@pytest.mark.parametrize(
    ("text", "cause", "said"),
    [
        (
            f"creating ECS Service (web): {API}AccessDeniedException: User: arn:aws:sts::123456789012:assumed-role/ci/x "
            "is not authorized to perform: ecs:CreateService on resource: arn:aws:ecs:eu-west-1:123456789012:service/a/b",
            Cause.ACCESS_DENIED,
            "do not allow ecs:CreateService; have that permission given to arn:aws:sts::123456789012:assumed-role/ci/x",
        ),
        ("reading S3 Bucket (x): api error AccessDenied: Access Denied", Cause.ACCESS_DENIED, "whoever runs this"),
        (
            "Retrieving AWS account details: validating provider credentials: operation error STS: GetCallerIdentity, "
            "https response error StatusCode: 403, api error ExpiredToken: The security token included in the request "
            "is expired",
            Cause.EXPIRED_CREDENTIALS,
            "expired or wrong",
        ),
        (
            "StatusCode: 403, api error InvalidClientTokenId: The security token included in the request is invalid.",
            Cause.EXPIRED_CREDENTIALS,
            "aws sso login",
        ),
        ("The SSO session associated with this profile has expired", Cause.EXPIRED_CREDENTIALS, "sign in again"),
        (
            "waiting for ECS Service (arn:aws:ecs:eu-west-1:123456789012:service/a/web) create: timeout while waiting "
            "for state to become 'tfSTABLE' (last state: 'tfPENDING', timeout: 20m0s)",
            Cause.NOT_STEADY,
            "deploy.timeout",
        ),
        (
            "Resource postcondition failed\nThe deployment of the service web was rolled back: it runs a instead of b.",
            Cause.ROLLED_BACK,
            "rolled back",
        ),
        (
            "creating ELBv2 Listener Rule: operation error Elastic Load Balancing v2: CreateRule, "
            "PriorityInUse: Priority '49000' is currently in use",
            Cause.PRIORITY_IN_USE,
            "http.priority",
        ),
        (
            f"creating ECS Service (shop-prod-web): {API}InvalidParameterException: The specified capacity provider "
            "strategy cannot contain a capacity provider that is not associated with the cluster. Associate the "
            "capacity provider with the cluster and try again.",
            Cause.NO_CAPACITY_PROVIDER,
            "have the cluster's owner add it",
        ),
        (
            "Cycle: module.web_task.output.arn (expand), module.web_service.aws_ecs_service.this, "
            "module.web_service.output.name (expand), module.web_task.var.containers (expand)",
            Cause.CYCLE,
            "take away the {ref: …} that leads to what needs it",
        ),
        ("deleting ELBv2 Target Group: ResourceInUse: Target group 'x' is currently in use", Cause.IN_USE, "uses it"),
        ("deleting EC2 Subnet (s): api error DependencyViolation: has dependencies", Cause.IN_USE, "in a minute"),
        (
            "ECR Repository (hello/web) not empty, consider using force_delete: RepositoryNotEmptyException",
            Cause.NOT_EMPTY,
            "empty it",
        ),
        (
            "OperationNotPermitted: Load balancer 'x' cannot be deleted because deletion protection is enabled",
            Cause.PROTECTED,
            "deletion_protection: false",
        ),
        ("creating EC2 VPC: api error VpcLimitExceeded: The maximum number of VPCs", Cause.QUOTA, "Service Quotas"),
        ("creating ELBv2 Rule: TooManyRules: The maximum number of rules", Cause.QUOTA, "Service Quotas"),
        ("DuplicateTargetGroupName: A target group with the same name exists", Cause.ALREADY_EXISTS, "another name"),
        ("InvalidParameterException: Creation of service was not idempotent.", Cause.ALREADY_EXISTS, "another name"),
        ("creating ECR Repository (x): KmsException: The key is disabled", Cause.KMS, "key exists in this region"),
        (
            "AccessDeniedException: User: arn:aws:iam::123456789012:user/a is not authorized to perform: kms:Decrypt",
            Cause.KMS,
            "its policy allows",
        ),
        ("ThrottlingException: Rate exceeded", Cause.THROTTLED, "in a minute"),
        ("Inconsistent dependency lock file", Cause.PROVIDER_LOCK, "terraform init -upgrade` in infra/prod"),
        ("Failed to save state: error uploading state", Cause.STATE_NOT_SAVED, "state push errored.tfstate"),
        (
            "updating ECS Service: InvalidParameterException: Volume configuration provided but no matching "
            "configuredAtLaunch volume found in task definition",
            Cause.DISK_STAYS,
            "--volume-configurations '[]'",
        ),
        (
            "Instance cannot be destroyed\nResource module.a__b_efs.aws_efs_file_system.this has "
            "lifecycle.prevent_destroy set, but the plan calls for this resource to be destroyed.",
            Cause.PROTECTED,
            "`protect` forbids that",
        ),
        ("Plugin did not respond: the plugin encountered an error", Cause.CRASH, "crashed"),
        ("dial tcp: lookup ecs.eu-west-9.amazonaws.com: no such host", Cause.NETWORK, "could not be reached"),
    ],
)
def test_known_messages(text: str, cause: Cause, said: str) -> None:
    error = explain(Diagnostic("error", text))
    assert error.cause is cause
    assert said in str(error)


def test_an_unknown_failure_is_told_in_its_own_words() -> None:
    error = explain(Diagnostic("error", "Odd thing", "Very odd.", "aws_x.y", "main.tf", 3))
    assert str(error) == "infra/prod failed: Odd thing"
    assert error.cause is Cause.OTHER
    assert error.details == ("Odd thing (aws_x.y, main.tf:3)", "Very odd.")


def test_all_errors_are_shown_once_and_the_gravest_gives_the_reason() -> None:
    quota = Diagnostic("error", "api error VpcLimitExceeded")
    save = Diagnostic("error", "Failed to save state", "no bucket")
    halted = Diagnostic("error", "execution halted")
    warning = Diagnostic("warning", "Deprecated")
    error = explain(quota, quota, warning, halted, save)
    assert error.cause is Cause.STATE_NOT_SAVED
    assert error.why.endswith("(and 1 more error)")
    assert error.diagnostics == (quota, save)
    assert error.details == ("api error VpcLimitExceeded", "Failed to save state", "no bucket")


def test_where_terraform_only_says_that_it_halted() -> None:
    assert explain(Diagnostic("error", "execution halted")).why == "execution halted"


def test_a_crash_without_json() -> None:
    error = explain(other=("!!! TERRAFORM CRASH !!!", "panic: nil pointer", *["stack"] * 100))
    assert error.cause is Cause.OTHER or error.cause is Cause.CRASH
    assert len(error.details) == 50
    assert explain(other=("panic: nil pointer", "stack")).cause is Cause.CRASH
    assert explain().why == "it gave no reason"


def test_deployment_causes_are_those_of_a_service_that_did_not_become_healthy() -> None:
    assert {Cause.ROLLED_BACK, Cause.NOT_STEADY} == DEPLOYMENT_CAUSES


def test_every_cause_says_why_and_what_to_do() -> None:
    assert {known.cause for known in KNOWN} == set(Cause) - {Cause.OTHER}
    assert all(known.why and known.hint for known in KNOWN)
