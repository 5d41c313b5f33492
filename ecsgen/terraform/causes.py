"""The failures of Terraform that ecsgen knows: how each is recognised, why it happens, what to do about it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Cause(StrEnum):
    """Why Terraform failed, for whoever decides what to do next."""

    LOCKED = "locked"
    STALE_PLAN = "stale-plan"
    STATE_NOT_SAVED = "state-not-saved"
    NO_CREDENTIALS = "no-credentials"
    EXPIRED_CREDENTIALS = "expired-credentials"
    WRONG_ACCOUNT = "wrong-account"
    ACCESS_DENIED = "access-denied"
    PROVIDER_NOT_FOUND = "provider-not-found"
    PROVIDER_LOCK = "provider-lock"
    BACKEND_CHANGED = "backend-changed"
    NO_BUCKET = "no-bucket"
    TERRAFORM_VERSION = "terraform-version"
    CYCLE = "cycle"
    ROLLED_BACK = "rolled-back"
    NOT_STEADY = "not-steady"
    PRIORITY_IN_USE = "priority-in-use"
    DISK_STAYS = "disk-stays"
    NO_CAPACITY_PROVIDER = "no-capacity-provider"
    IN_USE = "in-use"
    NOT_EMPTY = "not-empty"
    PROTECTED = "protected"
    ALREADY_EXISTS = "already-exists"
    QUOTA = "quota"
    KMS = "kms"
    THROTTLED = "throttled"
    NETWORK = "network"
    CRASH = "crash"
    OTHER = "other"


DEPLOYMENT_CAUSES = frozenset({Cause.ROLLED_BACK, Cause.NOT_STEADY})
"""Terraform worked; the service it deployed did not become healthy."""


@dataclass(frozen=True, slots=True)
class Known:
    """A failure to recognise: `pattern` in a diagnostic's text; why and hint are formats of its named groups.

    They may also name {folder}, {program} (terraform or tofu), and of a lock {id} and {lock} (by whom, since when).
    """

    cause: Cause
    pattern: str
    why: str
    hint: str

    def search(self, text: str) -> re.Match[str] | None:
        """Where the failure stands in a diagnostic's text."""
        return re.search(self.pattern, text, re.IGNORECASE)


# In order of weight: of several failures the one that stands first is the main one, so special ones precede general.
KNOWN = (
    Known(
        Cause.LOCKED,
        r"Error acquiring the state lock",
        "the state is locked{lock}",
        "wait until it is released; only if you are sure that nothing runs any more, "
        "run `{program} force-unlock {id}` in {folder}",
    ),
    Known(
        Cause.STALE_PLAN,
        r"Saved plan is stale",
        "the state was changed after the plan was made",
        "someone else applied in between: plan again and look at the changes",
    ),
    Known(
        Cause.STATE_NOT_SAVED,
        r"Failed to (?:save|persist) state|errored\.tfstate|Error saving state",
        "the new state could not be saved, so Terraform does not know what it has created",
        "when the cause below is mended, run `{program} state push errored.tfstate` in {folder}, before anything else",
    ),
    Known(
        Cause.WRONG_ACCOUNT,
        r"AWS account ID not allowed: (?P<account>\d+)",
        "the credentials are for the account {account}, which the description's `account` does not allow",
        "use credentials (AWS_PROFILE) of the right account, or correct `account`",
    ),
    Known(
        Cause.EXPIRED_CREDENTIALS,
        r"ExpiredToken|RequestExpired|token (?:included in the request )?(?:is|has) expired"
        r"|session[\w ]*(?: has| is)? expired|InvalidClientTokenId|UnrecognizedClientException|InvalidGrantException"
        r"|token is invalid|SignatureDoesNotMatch|AuthFailure",
        "AWS does not accept the credentials: they are expired or wrong",
        "sign in again, for example with `aws sso login`",
    ),
    Known(
        Cause.NO_CREDENTIALS,
        r"No valid credential sources? found|NoCredentialProviders|failed to refresh cached credentials"
        r"|failed to get shared config profile|Unable to locate credentials",
        "there are no AWS credentials",
        "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or sign in with `aws sso login`",
    ),
    Known(
        Cause.KMS,
        r"KMS\w*Exception|AccessDenied[\s\S]*\bkms:|kms:[\s\S]*not authorized",
        "a KMS key refuses to be used",
        "check that the key exists in this region, is enabled, and that its policy allows the use",
    ),
    Known(
        Cause.ACCESS_DENIED,
        r"(?:(?P<who>arn:aws[\w:/@.+=,-]*) is )?not authorized to perform:? (?P<action>[\w-]+:\w+)",
        "the credentials do not allow {action}",
        "have that permission given to {who}",
    ),
    Known(
        Cause.ACCESS_DENIED,
        r"AccessDenied|UnauthorizedOperation|AuthorizationError|StatusCode: 403",
        "the credentials do not allow this",
        "have the permission given to whoever runs this",
    ),
    Known(
        Cause.NO_BUCKET,
        r"S3 bucket \"(?P<bucket>[^\"]*)\" does not exist|NoSuchBucket",
        "the S3 bucket for the state{bucket} does not exist",
        "create it (versioned, private), or correct `state` in the description",
    ),
    Known(
        Cause.BACKEND_CHANGED,
        r"Backend (?:configuration|type) changed|Backend configuration block has changed",
        "the place of the state (`state` in the description) has changed",
        "move the state with `{program} init -migrate-state` in {folder}, "
        "or start with what is there already with `{program} init -reconfigure`",
    ),
    Known(
        Cause.PROVIDER_LOCK,
        r"Inconsistent dependency lock file|locked provider|checksums? (?:previously )?recorded|doesn't match any",
        "the provider does not fit .terraform.lock.hcl",
        "run `{program} init -upgrade` in {folder} and commit the lock file",
    ),
    Known(
        Cause.PROVIDER_NOT_FOUND,
        r"Failed to (?:query available provider packages|install provider|resolve provider packages)"
        r"|Required plugins are not installed|was not found in any of the search locations",
        "the AWS provider could not be found or downloaded",
        "check the network and the proxy; where there is none, name a folder with the provider by "
        "--plugin-dir or ECSGEN_PLUGIN_DIR (`terraform providers mirror` makes one)",
    ),
    Known(
        Cause.TERRAFORM_VERSION,
        r"Unsupported (?:Terraform|OpenTofu) Core version",
        "this {program} is not one that the generated files accept",
        "install another version, or name it with --terraform or ECSGEN_TERRAFORM",
    ),
    Known(
        Cause.CYCLE,
        r"\ACycle: ",
        "parts of the Terraform need each other, and none of them can come first",
        "take away the {{ref: …}} that leads to what needs it: a service cannot be told what comes after itself",
    ),
    Known(
        Cause.ROLLED_BACK,
        r"postcondition failed[\s\S]*(?:rolled back|task definition)",
        "the deployment was rolled back: the service does not run the task definition it was given",
        "see why its tasks stopped, mend it, and apply again",
    ),
    Known(
        Cause.NOT_STEADY,
        r"waiting for ECS Service[\s\S]*(?:timeout while waiting|unexpected state)",
        "the service did not become steady in time",
        "see why its tasks stop or stay unhealthy; if they only need longer, raise `deploy.timeout`",
    ),
    Known(
        Cause.PRIORITY_IN_USE,
        r"PriorityInUse|Priority '?(?P<priority>\d+)'? is currently in use",
        "another rule of the load balancer has that priority already",
        "render again, so that the lock file gives it another one, or set `http.priority`",
    ),
    Known(
        Cause.NO_CAPACITY_PROVIDER,
        r"capacity provider (?:that is|which is|is) not associated with the cluster"
        r"|capacity provider[^.]{0,200} not associated with",
        "the cluster does not have the capacity provider that a service names in `capacity`",
        "have the cluster's owner add it (`aws ecs put-cluster-capacity-providers` replaces the whole list), "
        "or name another `capacity`",
    ),
    Known(
        Cause.DISK_STAYS,
        r"no matching configuredAtLaunch volume",
        "the service has a disk on EBS that is no longer described, and the provider cannot take it away",
        "run `aws ecs update-service --cluster CLUSTER --service SERVICE --task-definition FAMILY "
        "--volume-configurations '[]'` with the names above, and apply again",
    ),
    Known(
        Cause.PROTECTED,
        r"lifecycle\.prevent_destroy",
        "a file system is to be deleted with all its files, and `protect` forbids that",
        "if its files may go, remove `protect` from the volume first; if not, take back the change that deletes it",
    ),
    Known(
        Cause.PROTECTED,
        r"deletion protection is enabled|DeletionProtection",
        "it is protected against deletion",
        "set `load_balancer.deletion_protection: false`, apply, then try again",
    ),
    Known(
        Cause.NOT_EMPTY,
        r"RepositoryNotEmpty|BucketNotEmpty|\bnot empty\b",
        "there is still something in it",
        "empty it first, then try again",
    ),
    Known(
        Cause.IN_USE,
        r"ResourceInUse|DependencyViolation|DeleteConflict|ClusterContains\w+|is (?:currently )?in use",
        "something else still uses it",
        "if that is being deleted, try again in a minute; else remove it first",
    ),
    Known(
        Cause.ALREADY_EXISTS,
        r"AlreadyExists|already exists|Duplicate\w*Name|Duplicate(?:TargetGroup|LoadBalancer|Permission)"
        r"|Creation of service was not idempotent|already in use by",
        "there is one of that name already, which this state does not know",
        "delete it, choose another name, or take it over with an `import` block beside the generated files",
    ),
    Known(
        Cause.THROTTLED,
        r"Throttling|TooManyRequests|Rate exceeded|RequestLimitExceeded|SlowDown",
        "AWS allows no more requests for the moment",
        "try again in a minute",
    ),
    Known(
        Cause.QUOTA,
        r"LimitExceeded|QuotaExceeded|TooMany\w+|maximum number of|reached the (?:limit|quota)|service quota",
        "a quota of the account is used up",
        "raise it in the Service Quotas console, or remove what is not needed any more",
    ),
    Known(
        Cause.CRASH,
        r"Plugin did not respond|plugin encountered an error|plugin crashed|\bpanic:",
        "the provider or Terraform itself crashed",
        "try again; if it stays, report it to the provider with the lines below",
    ),
    Known(
        Cause.NETWORK,
        r"no such host|connection re(?:fused|set)|i/o timeout|TLS handshake|network is unreachable|x509:",
        "AWS or a registry could not be reached",
        "check the network, the proxy and the region",
    ),
)
