"""How requests reach a service: its target group, and the settings of its listener rules.

Carried by the module `service`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from ecsgen.aws_values import CidrOrReference, arn
from ecsgen.fields import (
    Between,
    Fixed,
    Int,
    OneOrMore,
    Pattern,
    Seconds,
    Section,
    Text,
    Word,
    flag_or,
    invalid,
    one_of,
)
from ecsgen.problems import Finding, Path

HOST = Pattern(
    r"(?=.{1,128}$)(?:[A-Za-z0-9*?-]+\.)+[A-Za-z*?]+", "a host name", "write it like shop.example.com or *.example.com"
)
PATH = Pattern(r"[/*][A-Za-z0-9_.$/~\"'@:+&*?-]{0,127}", "a path", "write it like /api, with at most 128 characters")
CHECK_PATH = Pattern(r"/[\x21-\x7e]{0,1023}", "a path", "write it like /health, without spaces")
_RANGES = r"{one}(?:-{one})?(?:,{one}(?:-{one})?)*"
HTTP_CODES = _RANGES.format(one="[2-4][0-9]{2}")
GRPC_CODES = _RANGES.format(one="[0-9]{1,2}")
CODES = Pattern(
    rf"{HTTP_CODES}|{GRPC_CODES}",
    "a list of HTTP codes",
    "write it like 200, 200,302 or 200-399, from 200 to 499; with grpc like 0 or 0-99",
)
RULE_NAME = Pattern(
    r"(?=.{1,32}$)[a-z](?:-?[a-z0-9])*",
    "a name for a rule",
    "use at most 32 lower-case letters, digits and single hyphens, a letter first",
)
VERSIONS = {"http": "HTTP1", "http2": "HTTP2", "grpc": "GRPC"}
"""Protocol in the description -> protocol version of the target group."""
MAIN = "main"
"""The key of the rule that stands in `http` itself."""


class TargetHealth(Section):
    """The load balancer's health check of each task."""

    path: Annotated[Text, CHECK_PATH] | None = None
    """The path that is requested: `/` when not given, with `grpc` the method `/AWS.ALB/healthcheck`."""
    codes: Annotated[Fixed, CODES] | None = None
    """Codes that mean healthy: `200-399` when not given, with `grpc` gRPC's own from 0 to 99, `0-99` when not given."""
    interval: Annotated[Seconds, Between(5, 300, "seconds")] = 30
    """Seconds between two checks."""
    timeout: Annotated[Seconds, Between(2, 120, "seconds")] = 5
    """Seconds to wait for the answer; less than the interval."""
    healthy: Annotated[Int, Between(2, 10, "checks")] = 2
    """Successful checks in a row that make a target healthy."""
    unhealthy: Annotated[Int, Between(2, 10, "checks")] = 3
    """Failed checks in a row that make a target unhealthy."""


class Cognito(Section):
    """Amazon Cognito signs the clients in, before a request reaches the service."""

    user_pool: Annotated[
        Text,
        arn("cognito-idp", "the ARN of a user pool", "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/ID"),
    ]
    """The ARN of the user pool."""
    client: Annotated[Text, Pattern(r"[\w+]{1,128}", "the id of an app client", "copy it from the user pool")]
    """The id of an app client that has a secret and the callback address `https://HOST/oauth2/idpresponse`."""
    domain: Annotated[
        Text, Pattern(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?", "a user pool's domain", "write it like shop-login")
    ]
    """The user pool's domain: its prefix, or a domain of one's own."""
    scope: Word = "openid"
    """What the user is asked to agree to, separated by blanks."""
    session_timeout: Annotated[Seconds, Between(1, 604_800, "seconds")] = 604_800
    """Seconds until a user has to sign in again; 7 days are the longest."""
    on_unauthenticated: Annotated[Literal["authenticate", "deny", "allow"], one_of("authenticate", "deny", "allow")] = (
        "authenticate"
    )
    """Who is not signed in is sent to the login (`authenticate`), gets 401 (`deny`), or comes in all the same (`allow`)."""


def _no_oidc(value: Any) -> Any:
    if isinstance(value, dict) and "oidc" in value:
        raise invalid(
            "with OIDC at the listener the client's secret would stand in Terraform's state",
            "use cognito, which can ask an OIDC provider in its turn, or sign users in within the service",
            "EG446",
        )
    return value


class Auth(Section):
    """Who signs clients in at the load balancer."""

    cognito: Cognito
    """A user pool of Amazon Cognito."""


OptionalAuth = Annotated[Auth | None, BeforeValidator(_no_oidc), flag_or(Auth.model_fields)]


class RuleKeys(Section):
    """Which requests a rule of the listener gives to the service."""

    host: Annotated[list[Annotated[Text, HOST]], OneOrMore()] = []
    """Host names, one or a list; without any, every host."""
    path: Annotated[list[Annotated[Fixed, PATH]], OneOrMore()] = ["/"]
    """Paths, one or a list: `/` is everything, `/api` is `/api` and `/api/*`, a `*` stands as written."""
    sources: Annotated[list[CidrOrReference], OneOrMore()] = []
    """CIDR blocks of clients that the rule is for; everyone when empty."""
    priority: Annotated[Int, Between(1, 50_000)] | None = None
    """The rule's priority; chosen by how specific the rule is when not given."""


class HttpRule(RuleKeys):
    """One more rule that leads to the service."""

    name: Annotated[Fixed, RULE_NAME] | None = None
    """A name that stays when the rule changes, so that it is changed in place; made of the rule when not given."""
    auth: OptionalAuth = None
    """Who signs clients in; that of the service when not given, nobody with `false`."""


class Http(RuleKeys):
    """HTTP requests from the load balancer to the service."""

    rules: list[HttpRule] = []
    """More rules that lead to the service. Where `host`, `path`, `sources` and `priority` are all absent beside them, they are the only ones."""
    container: Fixed | None = None
    """The container that gets the requests; the main one when not given."""
    health: TargetHealth = TargetHealth()
    """The load balancer's health check."""
    grace: Annotated[Seconds, Between(0, 2_147_483, "seconds")] | None = None
    """Seconds after a task's start in which failing checks do not stop it; 60, or the container's start period if longer."""
    sticky: Annotated[Seconds, Between(1, 604_800, "seconds")] | None = None
    """Seconds for which a client is sent to the same task."""
    drain: Annotated[Seconds, Between(0, 3600, "seconds")] = 30
    """Seconds that a task finishes its requests in before it is stopped."""
    protocol: Annotated[Literal["http", "http2", "grpc"], one_of("http", "http2", "grpc")] = "http"
    """The protocol between load balancer and task: HTTP/1.1, HTTP/2 or gRPC; the latter two need `domain`."""
    auth: OptionalAuth = None
    """Sign clients in at the load balancer; needs `domain`."""


class HttpKeys(Section):
    """HTTP, if the service serves it."""

    http: Annotated[Http | None, flag_or(Http.model_fields)] = None
    """Requests from the load balancer: `true`, or a map."""


@dataclass(frozen=True, slots=True)
class HttpInputs:
    """Inputs of the module `service` for its target group and listener rules, these by key.

    `grace` None: 60 seconds, or, with `start_period`, the container's own start period if that is longer.
    `protocol_version` None: HTTP1, the module's default.
    """

    container: str
    target_group_name: str
    protocol_version: str | None
    listener_rules: dict[str, dict[str, Any]]
    health_path: str
    health_codes: str
    health: TargetHealth
    grace: int | None
    start_period: bool
    sticky: int | None
    drain: int


def written_rules(http: Http) -> list[tuple[Path, RuleKeys, Auth | None]]:
    """The rules: path below `http`, settings, and who signs clients in. The one of `http` itself comes first."""
    own = not http.rules or http.model_fields_set & RuleKeys.model_fields.keys()
    return [
        *([((), http, http.auth)] if own else []),
        *(
            (("rules", index), rule, rule.auth if "auth" in rule.model_fields_set else http.auth)
            for index, rule in enumerate(http.rules)
        ),
    ]


def auth_inputs(auth: Auth | None) -> dict[str, Any]:
    """What a rule's authentication adds to the rule as the module takes it."""
    if auth is None:
        return {}
    found = auth.cognito
    return {
        "authenticate_cognito": {
            "user_pool_arn": found.user_pool,
            "user_pool_client_id": found.client,
            "user_pool_domain": found.domain,
            "scope": found.scope,
            "session_timeout": found.session_timeout,
            "on_unauthenticated_request": found.on_unauthenticated,
        }
    }


def resolve(
    http: Http, target_group_name: str, service: str, listener_rules: dict[str, dict[str, Any]], checked: set[str]
) -> HttpInputs:
    """The main container is named like its service; `checked` are the containers with a health check of their own."""
    container = http.container or service
    is_grpc = http.protocol == "grpc"
    return HttpInputs(
        container=container,
        target_group_name=target_group_name,
        protocol_version=VERSIONS[http.protocol] if http.protocol != "http" else None,
        listener_rules=listener_rules,
        health_path=http.health.path or ("/AWS.ALB/healthcheck" if is_grpc else "/"),
        health_codes=http.health.codes or ("0-99" if is_grpc else "200-399"),
        health=http.health,
        grace=http.grace,
        start_period=container in checked,
        sticky=http.sticky,
        drain=http.drain,
    )


def check(http: Http, containers: dict[str, tuple[int | None, int]], main: str, path: Path) -> Iterator[Finding]:
    """What the load balancer would refuse. `containers`: name -> its first TCP port, its health check's start period."""
    here = (*path, "http")
    name = http.container or main
    if name not in containers:
        yield Finding(
            (*here, "container"),
            "EG410",
            f"the task has no container {name}",
            f"its containers: {', '.join(containers)}",
            reads=((*path, "sidecars"),),
        )
    else:
        port, start = containers[name]
        if port is None:
            place = path if name == main else (*path, "sidecars", name)
            yield Finding(
                here,
                "EG411",
                f"container {name} has no TCP port that requests could go to",
                "write port: 8080 beside http" if name == main else f"write port: 8080 in {name}",
                on_key=True,
                reads=((*place, "port"), (*place, "ports"), (*here, "container")),
            )
        if http.grace is not None and http.grace < start:
            yield Finding(
                (*here, "grace"),
                "EG412",
                f"the grace period ({http.grace} s) ends before the container's own start period ({start} s)",
                f"write at least {start}",
                reads=((*here, "container"),),
            )
    health = http.health
    if health.timeout >= health.interval:
        yield Finding(
            (*here, "health", "timeout"),
            "EG413",
            f"the timeout ({health.timeout} s) is not below the interval ({health.interval} s)",
            f"write at most {health.interval - 1}",
            reads=((*here, "health", "interval"),),
        )
    yield from _check_codes(http, (*here, "health", "codes"))


def check_listener(http: Http, has_https: bool, hint: str, path: Path) -> Iterator[Finding]:
    """What needs an HTTPS listener where there is none, and what AWS does not offer together.

    The source is AWS's guide to Application Load Balancers, "Target groups", "Protocol version".
    """
    here, protocol = (*path, "http"), http.protocol
    signing = [(), *(("rules", index) for index, rule in enumerate(http.rules) if rule.auth)]
    places = [(*here, *below, "auth") for below in (signing if http.auth else signing[1:])]
    if protocol != "http":
        what = f"in front of {protocol} a load balancer signs nobody in: its rules can only forward"
        for place in places:
            yield Finding(place, "EG479", what, "remove auth, or protocol", on_key=True, reads=((*here, "protocol"),))
        if not has_https:
            what = f"a load balancer speaks {protocol} only behind an HTTPS listener"
            yield Finding((*here, "protocol"), "EG441", what, hint, reads=(("domain",),))
    elif not has_https:
        what = "users are signed in only at an HTTPS listener"
        for place in places:
            yield Finding(place, "EG441", what, hint, on_key=True, reads=(("domain",),))


def check_twice(rule: RuleKeys, path: Path) -> Iterator[Finding]:
    """A rule that has the key of an earlier one of its service: its name, its priority, or all that it says."""
    name = rule.name if isinstance(rule, HttpRule) else None
    if name is not None:
        what, hint = f"another rule of the service is called {name}", "choose another name"
        yield Finding((*path, "name"), "EG477", what, hint)
    elif rule.priority is not None:
        what, hint = f"priority {rule.priority} is given to another rule of the service too", "choose another"
        yield Finding((*path, "priority"), "EG417", what, hint)
    else:
        yield Finding(path, "EG415", "another rule of the service says the same", "remove one of them")


def _check_codes(http: Http, path: Path) -> Iterator[Finding]:
    codes = http.health.codes
    if codes is None:
        return
    is_grpc = http.protocol == "grpc"
    if not re.fullmatch(GRPC_CODES if is_grpc else HTTP_CODES, codes):
        yield Finding(
            path,
            "EG440",
            f"{codes} are not codes of {'gRPC' if is_grpc else 'HTTP'}",
            "write it like 0 or 0-99" if is_grpc else "write it like 200 or 200-399",
            reads=((*path[:-2], "protocol"),),
        )
    for index, part in enumerate(codes.split(",")):
        low, _, high = part.partition("-")
        if high and int(high) < int(low):
            yield Finding(
                path,
                "EG104",
                f"{part} (number {index + 1}) runs backwards",
                f"write {high}-{low}",
            )
