"""One function from an exception of botocore to an AwsError: what happened, why, and what to do about it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from botocore import exceptions as botocore_errors
from botocore.exceptions import ClientError

from ecsgen.errors import AwsError

EXPIRED = {"ExpiredToken", "ExpiredTokenException", "RequestExpired", "TokenRefreshRequired"}
INVALID = {"InvalidClientTokenId", "UnrecognizedClientException", "InvalidToken", "InvalidAccessKeyId", "AuthFailure"}
UNSIGNED = {"SignatureDoesNotMatch", "InvalidSignatureException", "IncompleteSignature", "RequestTimeTooSkewed"}
DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "UnauthorizedException", "Forbidden"}
THROTTLED = {
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestLimitExceeded",
    "TooManyRequestsException",
    "RequestThrottled",
    "RequestThrottledException",
    "LimitExceededException",
    "SlowDown",
}

_WHO = re.compile(r"User: (?P<who>\S+) is not authorized")
_ACTION = re.compile(r"not authorized to perform: (?P<action>[\w-]+:[\w*]+)")
_RESOURCE = re.compile(r"on resource: (?P<resource>\S+)")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asked: `profile` is the named one ("" when none is), `sandbox` says that no account was meant."""

    region: str
    profile: str = ""
    sandbox: bool = False


def code_of(error: BaseException) -> str:
    """The AWS error code of a ClientError; empty for anything else."""
    return str(error.response.get("Error", {}).get("Code", "")) if isinstance(error, ClientError) else ""


def is_throttled(error: BaseException) -> bool:
    """Whether AWS asked the caller to slow down."""
    return code_of(error) in THROTTLED


def translate(error: Exception, doing: str, caller: Caller) -> AwsError:
    """The AwsError for an exception of botocore. `doing` completes "could not …"."""
    if isinstance(error, ClientError):
        return _refused(error, doing, caller)
    return (
        _settings(error, doing, caller)
        or _connection(error, doing, caller)
        or AwsError(
            f"could not {doing}", why=_one_line(error), hint="see the AWS CLI's configuration: `aws configure list`"
        )
    )


def _refused(error: ClientError, doing: str, caller: Caller) -> AwsError:
    """AWS answered, and the answer is no."""
    code = code_of(error)
    message = " ".join(str(error.response.get("Error", {}).get("Message", "")).split()) or code
    what = f"could not {doing}"
    if code in EXPIRED:
        return AwsError(what, why=f"the AWS credentials have expired ({code})", hint=_sign_in(caller))
    if code in INVALID:
        return AwsError(
            what,
            why=f"AWS does not accept the credentials ({code}: {message})",
            hint="check them with `aws sts get-caller-identity`; they are also refused where the region "
            f"{caller.region} is not enabled for the account (`aws account list-regions`)",
        )
    if code in UNSIGNED:
        return AwsError(
            what,
            why=f"AWS does not accept the request's signature ({code})",
            hint="the secret access key does not belong to the access key id, or this machine's clock is wrong",
        )
    if code == "OptInRequired":
        return AwsError(
            what,
            why=f"the account has not enabled the region {caller.region}, or the service in it",
            hint="enable the region in the account's settings, or choose another `region`",
        )
    if code in DENIED or "is not authorized to perform" in message:
        return _denied(what, code, message)
    if code in THROTTLED:
        return AwsError(
            what,
            why=f"AWS still throttled the call {error.operation_name} after several tries ({code})",
            hint="wait a minute and run the command again; what is done already is not done twice",
        )
    return AwsError(what, why=f"AWS answered {code} to {error.operation_name}: {message}")


def _denied(what: str, code: str, message: str) -> AwsError:
    """Access denied: AWS's message names who asked, for which action and on what; say it in that order."""
    action, who, resource = _ACTION.search(message), _WHO.search(message), _RESOURCE.search(message)
    if not action:
        return AwsError(what, why=f"AWS denied access ({code}: {message})", hint="ask for the permission it names")
    why = f"{who['who'] if who else 'the caller'} may not {action['action']}"
    if resource:
        why += f" on {resource['resource'].rstrip('.')}"
    explicit = "with an explicit deny" in message
    hint = (
        f"a policy denies {action['action']} explicitly: whoever owns it must make an exception"
        if explicit
        else f"allow {action['action']} to this user or role, or use credentials that have it"
    )
    return AwsError(what, why=why, hint=hint, details=[message])


def _settings(error: Exception, doing: str, caller: Caller) -> AwsError | None:
    """No call was made: the credentials or the configuration cannot be used."""
    what = f"could not {doing}"
    if isinstance(error, botocore_errors.NoCredentialsError):
        return AwsError(
            what,
            why="there are no AWS credentials",
            hint="sign in (`aws sso login`, `aws configure`) or set AWS_PROFILE, "
            "or use `--sandbox` to run without an account",
        )
    if isinstance(error, botocore_errors.PartialCredentialsError):
        return AwsError(what, why=_one_line(error), hint="set both AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
    if isinstance(error, botocore_errors.ProfileNotFound):
        name = error.kwargs.get("profile", caller.profile)
        return AwsError(
            what,
            why=f"the AWS profile {name} does not exist",
            hint="see `aws configure list-profiles`, and set AWS_PROFILE to one of them or unset it",
        )
    if isinstance(error, botocore_errors.ConfigParseError | botocore_errors.InvalidConfigError):
        return AwsError(what, why=_one_line(error), hint="correct the AWS configuration file")
    if _is_sign_in(error):
        return AwsError(
            what, why=f"the sign-in to AWS is missing or has expired ({_one_line(error)})", hint=_sign_in(caller)
        )
    if isinstance(error, botocore_errors.CredentialRetrievalError | botocore_errors.MetadataRetrievalError):
        return AwsError(
            what, why=_one_line(error), hint="check them with `aws sts get-caller-identity`, then run the command again"
        )
    if isinstance(
        error,
        botocore_errors.InvalidRegionError | botocore_errors.NoRegionError | botocore_errors.UnknownRegionError,
    ):
        return AwsError(
            what, why=f"{caller.region} is not an AWS region", hint="set `region` to one, such as eu-west-1"
        )
    return None


def _is_sign_in(error: Exception) -> bool:
    """SSO and `aws login`; the latter's classes are missing in older versions of botocore."""
    kinds = (botocore_errors.SSOError, botocore_errors.TokenRetrievalError, botocore_errors.NoAuthTokenError)
    newer = getattr(botocore_errors, "LoginError", None)
    return isinstance(error, kinds) or (newer is not None and isinstance(error, newer))


def _connection(error: Exception, doing: str, caller: Caller) -> AwsError | None:
    """Nobody answered, or not in time."""
    kinds = (botocore_errors.HTTPClientError, botocore_errors.ConnectionError)
    if not isinstance(error, kinds):
        return None
    what = f"could not {doing}"
    endpoint = str(error.kwargs.get("endpoint_url") or "")
    host = urlsplit(endpoint).netloc or endpoint or "AWS"
    if caller.sandbox:
        return AwsError(
            what,
            why=f"the sandbox at {host} does not answer ({type(error).__name__})",
            hint="see `ecsgen sandbox status`; `ecsgen sandbox up` starts it",
        )
    if isinstance(error, botocore_errors.SSLError):
        return AwsError(
            what,
            why=f"the TLS connection to {host} was refused: {_one_line(error)}",
            hint="behind a proxy that inspects TLS, set AWS_CA_BUNDLE to its certificate",
        )
    if isinstance(error, botocore_errors.ProxyConnectionError):
        return AwsError(what, why=_one_line(error), hint="check HTTPS_PROXY and NO_PROXY")
    return AwsError(
        what,
        why=f"no connection to {host} ({type(error).__name__})",
        hint=f"check the network, and that {caller.region} is a region: there is no such address for one that is not",
    )


def _sign_in(caller: Caller) -> str:
    option = f" --profile {caller.profile}" if caller.profile else ""
    return f"sign in again (`aws sso login{option}`, or however you get credentials) and run the command again"


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".")
