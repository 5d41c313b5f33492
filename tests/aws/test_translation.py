"""Every way in which AWS can say no, or not answer, becomes an AwsError that says what to do."""

from __future__ import annotations

import pytest
from botocore import exceptions as botocore_errors
from botocore.exceptions import ClientError

from ecsgen.aws.translation import Caller, code_of, is_throttled, translate
from ecsgen.errors import AwsError

ACCOUNT = Caller("eu-west-9", "work")
SANDBOX = Caller("eu-west-1", sandbox=True)


def refused(code: str, message: str = "no") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "DescribeServices")


DENIED = (
    "User: arn:aws:sts::123456789012:assumed-role/ci/build is not authorized to perform: ecs:DescribeServices on "
    "resource: arn:aws:ecs:eu-west-1:123456789012:service/hello/web because no identity-based policy allows the "
    "ecs:DescribeServices action"
)

CASES = [
    (botocore_errors.NoCredentialsError(), "there are no AWS credentials", "aws sso login"),
    (
        botocore_errors.PartialCredentialsError(provider="env", cred_var="AWS_SECRET_ACCESS_KEY"),
        "AWS_SECRET_ACCESS_KEY",
        "set both",
    ),
    (botocore_errors.ProfileNotFound(profile="home"), "profile home does not exist", "list-profiles"),
    (botocore_errors.ConfigParseError(path="/config", error="x"), "/config", "configuration file"),
    (botocore_errors.InvalidConfigError(error_msg="sso_region is missing"), "sso_region", "configuration file"),
    (botocore_errors.SSOTokenLoadError(error_msg="none"), "sign-in", "aws sso login --profile work"),
    (botocore_errors.UnauthorizedSSOTokenError(), "expired", "aws sso login --profile work"),
    (botocore_errors.TokenRetrievalError(provider="sso", error_msg="expired"), "sign-in", "aws sso login"),
    (
        botocore_errors.CredentialRetrievalError(provider="custom-process", error_msg="exit 1"),
        "custom-process",
        "get-caller-identity",
    ),
    (botocore_errors.InvalidRegionError(region_name="x y"), "eu-west-9 is not an AWS region", "`region`"),
    (refused("ExpiredToken"), "expired", "sign in again"),
    (refused("ExpiredTokenException"), "expired", "sign in again"),
    (refused("InvalidClientTokenId"), "does not accept the credentials", "eu-west-9 is not enabled"),
    (refused("UnrecognizedClientException"), "does not accept the credentials", "eu-west-9 is not enabled"),
    (refused("SignatureDoesNotMatch"), "signature", "clock"),
    (refused("OptInRequired"), "has not enabled the region eu-west-9", "enable the region"),
    (
        refused("AccessDeniedException", DENIED),
        "arn:aws:sts::123456789012:assumed-role/ci/build may not ecs:DescribeServices on "
        "arn:aws:ecs:eu-west-1:123456789012:service/hello/web",
        "allow ecs:DescribeServices",
    ),
    (
        refused("AccessDenied", DENIED.replace("because no identity", "with an explicit deny in an identity")),
        "may not ecs:DescribeServices",
        "denies ecs:DescribeServices explicitly",
    ),
    (refused("AccessDenied", "Access Denied"), "Access Denied", "permission"),
    (refused("ThrottlingException", "Rate exceeded"), "still throttled the call DescribeServices", "again"),
    (
        refused("ServerException", "Service\nUnavailable"),
        "ServerException to DescribeServices: Service Unavailable",
        "",
    ),
    (
        botocore_errors.EndpointConnectionError(endpoint_url="https://ecs.eu-west-9.amazonaws.com/"),
        "no connection to ecs.eu-west-9.amazonaws.com",
        "eu-west-9 is a region",
    ),
    (
        botocore_errors.ConnectTimeoutError(endpoint_url="https://ecs.eu-west-9.amazonaws.com/"),
        "no connection to ecs.eu-west-9.amazonaws.com",
        "network",
    ),
    (botocore_errors.ReadTimeoutError(endpoint_url="https://x/"), "no connection to x", "network"),
    (
        botocore_errors.SSLError(endpoint_url="https://x/", error=ValueError("self-signed")),
        "self-signed",
        "AWS_CA_BUNDLE",
    ),
    (
        botocore_errors.ProxyConnectionError(proxy_url="http://proxy:3128"),
        "http://proxy:3128",
        "HTTPS_PROXY",
    ),
    (botocore_errors.DataNotFoundError(data_path="x"), "x", "aws configure list"),
]


@pytest.mark.parametrize(("error", "why", "hint"), CASES, ids=lambda value: type(value).__name__)
def test_each_error_says_why_and_what_to_do(error: Exception, why: str, hint: str) -> None:
    translated = translate(error, "watch the services", ACCOUNT)
    assert isinstance(translated, AwsError)
    assert translated.exit_code == 6
    assert translated.what == "could not watch the services"
    assert why in translated.why
    assert hint in translated.hint
    assert "\n" not in str(translated)


def test_denied_keeps_the_message_as_a_detail() -> None:
    assert translate(refused("AccessDenied", DENIED), "x", ACCOUNT).details == (DENIED,)


def test_the_sandbox_has_its_own_word_for_no_connection() -> None:
    error = botocore_errors.EndpointConnectionError(endpoint_url="http://127.0.0.1:4566/")
    assert "the sandbox at 127.0.0.1:4566" in translate(error, "x", SANDBOX).why


def test_without_a_profile_no_profile_is_named() -> None:
    assert "--profile" not in translate(refused("ExpiredToken"), "x", SANDBOX).hint


def test_codes() -> None:
    assert code_of(refused("Throttling")) == "Throttling"
    assert code_of(ValueError()) == ""
    assert is_throttled(refused("Throttling"))
    assert not is_throttled(refused("AccessDenied"))
