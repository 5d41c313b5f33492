"""Clients of AWS for one region, made when first used, and their errors in words a user can act on.

Two worlds. Without `env` everything is resolved as the AWS CLI does it: profiles, SSO, roles, proxies. With `env` (the
sandbox's environment) nothing of the process environment or of `~/.aws` is read, so a run against the
sandbox can neither reach an account nor fail because of the settings for one.
"""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import boto3.session
import botocore.config
import botocore.loaders
import botocore.session
from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from ecsgen.aws.translation import Caller, translate

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_sts import STSClient

    from ecsgen.errors import AwsError

CONNECT_SECONDS = 10
READ_SECONDS = 30
ATTEMPTS = 5
SANDBOX_ATTEMPTS = 2


class Aws:
    """AWS in one region, for the caller that the environment names.

    `env` replaces the process environment; it must hold AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID and
    AWS_SECRET_ACCESS_KEY (else KeyError), and may hold AWS_SESSION_TOKEN and AWS_ENDPOINT_URL_<SERVICE>.
    `role` is the ARN of a role that the caller assumes. Making an Aws calls nothing and reads nothing; the clients may be used from several threads.
    """

    def __init__(self, region: str, env: Mapping[str, str] | None = None, role: str | None = None) -> None:
        self.region = region
        self._role = role
        self._env = None if env is None else dict(env)
        if self._env is not None:
            for name in ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
                _ = self._env[name]
        self._lock = threading.Lock()
        self._session: boto3.session.Session | None = None
        self._clients: dict[str, Any] = {}

    @property
    def ecs(self) -> ECSClient:
        """Amazon ECS."""
        return cast("ECSClient", self._client("ecs"))

    @property
    def ec2(self) -> Any:
        """Amazon EC2."""
        return self._client("ec2")

    @property
    def ecr(self) -> ECRClient:
        """Amazon ECR."""
        return cast("ECRClient", self._client("ecr"))

    @property
    def elbv2(self) -> ElasticLoadBalancingv2Client:
        """Elastic Load Balancing."""
        return cast("ElasticLoadBalancingv2Client", self._client("elbv2"))

    @property
    def logs(self) -> CloudWatchLogsClient:
        """Amazon CloudWatch Logs."""
        return cast("CloudWatchLogsClient", self._client("logs"))

    @property
    def sts(self) -> STSClient:
        """AWS Security Token Service."""
        return cast("STSClient", self._client("sts"))

    @contextmanager
    def calling(self, doing: str) -> Iterator[None]:
        """Turn botocore's exceptions into AwsError; `doing` completes "could not …" ("read the account")."""
        try:
            yield
        except (BotoCoreError, ClientError) as error:
            raise self.translated(error, doing) from error

    def translated(self, error: Exception, doing: str) -> AwsError:
        """The AwsError for an exception of botocore, for callers that handle some codes themselves."""
        if self._env is not None:
            return translate(error, doing, Caller(self.region, sandbox=True))
        profile = os.environ.get("AWS_DEFAULT_PROFILE") or os.environ.get("AWS_PROFILE", "")
        return translate(error, doing, Caller(self.region, profile))

    def _client(self, service: str) -> Any:
        """A client, made once; botocore's sessions are not safe to use from two threads, its clients are."""
        with self._lock:
            if service not in self._clients:
                self._clients[service] = self._make(service)
            return self._clients[service]

    def _make(self, service: str) -> Any:
        config = botocore.config.Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"mode": "standard", "total_max_attempts": ATTEMPTS if self._env is None else SANDBOX_ATTEMPTS},
            user_agent_extra="ecsgen",
        )
        if self._session is None:
            core = botocore.session.Session() if self._env is None else isolated(self._env)
            if self._role is not None:
                core = assuming(core, self._role, self.region)
            self._session = boto3.session.Session(botocore_session=core, region_name=self.region)
        # boto3-stubs knows one overload a service; the name is a variable here.
        make: Any = self._session.client
        if self._env is None:
            return make(service, config=config)
        # An empty mapping, not None: botocore would take HTTP_PROXY and send the sandbox's traffic there.
        config = config.merge(botocore.config.Config(proxies={}))
        service_id = self._session._session.get_service_model(service).service_id
        variable = f"AWS_ENDPOINT_URL_{service_id.replace(' ', '_').upper()}"
        return make(service, config=config, endpoint_url=self._env.get(variable, self._env["AWS_ENDPOINT_URL"]))


def assuming(core: botocore.session.Session, role: str, region: str) -> botocore.session.Session:
    """A session with the credentials of a role, which are asked for when first needed and renewed when they expire."""

    def fetch() -> dict[str, str]:
        source = core.get_credentials()
        if source is None:
            raise NoCredentialsError
        creator = functools.partial(core.create_client, region_name=region)
        extra = {"RoleSessionName": "ecsgen"}
        return dict(AssumeRoleCredentialFetcher(creator, source, role, extra_args=extra).fetch_credentials())

    session = botocore.session.Session()
    session._credentials = DeferredRefreshableCredentials(fetch, "assume-role")  # type: ignore[attr-defined]
    return session


def isolated(env: Mapping[str, str]) -> botocore.session.Session:
    """A botocore session that knows the credentials in `env` and nothing else.

    Every session variable loses its environment variable, both shared files are the null device, credentials are
    set (so no chain looks for others: no profile, no container or instance metadata), and models come
    from botocore alone, not from `~/.aws/models`.
    """
    variables = {
        name: (key, None, default, convert)
        for name, (key, _, default, convert) in botocore.session.Session.SESSION_VARIABLES.items()
    }
    for name in ("config_file", "credentials_file"):
        variables[name] = (None, None, os.devnull, None)
    session = botocore.session.Session(session_vars=variables)
    builtin = botocore.loaders.Loader.BUILTIN_DATA_PATH
    loader = botocore.loaders.Loader(extra_search_paths=[builtin], include_default_search_paths=False)
    session.register_component("data_loader", loader)
    session.set_credentials(env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"], env.get("AWS_SESSION_TOKEN"))
    return session
