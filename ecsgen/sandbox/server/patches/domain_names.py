"""Names: hosts that lead to a load balancer, zones with an id of one's own, and the HTTPS listener without TLS.

`http://HOST.localhost:PORT/` is taken as `https://HOST/` where the load balancer has a listener for HTTPS, and as
`http://HOST/` where not: the name is looked up in the records of Route 53, and then in the rules of listeners.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

from ministack.services import alb, route53

from ecsgen.sandbox.server.patches.listener_rules import values_of, wildcard
from ecsgen.sandbox.server.patching import need, replace
from ecsgen.sandbox.zones import WITH_ID

SUFFIX = ".localhost"
HTTPS_PORT = 443
_reference = re.compile(rb"<CallerReference>([^<]*)</CallerReference>")


def install() -> None:
    """Patch how a listener is chosen, and how a zone gets its id."""
    replace(alb, "dispatch_request", dispatch(need(alb, "dispatch_request")))
    replace(route53, "_create_hosted_zone", create_zone(need(route53, "_create_hosted_zone")))


def dispatch(original: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """A request to the sandbox's own port, which no listener has, is one to the HTTPS listener if there is one."""

    async def handler(
        balancer: Any,
        method: str,
        path: str,
        headers: Any,
        body: Any,
        query: Any,
        port: int = 80,
        *rest: Any,
        **more: Any,
    ) -> Any:
        ports = _ports(balancer["LoadBalancerArn"])
        if port not in ports and HTTPS_PORT in ports:
            port = HTTPS_PORT
        return await original(balancer, method, path, headers, body, query, port, *rest, **more)

    return handler


def create_zone(original: Callable[..., Any]) -> Callable[..., Any]:
    """CreateHostedZone with the id that the caller reference asks for."""

    def handler(body: bytes, query: Any) -> Any:
        found = _reference.search(body)
        wanted = found[1].decode() if found else ""
        if not wanted.startswith(WITH_ID) or wanted in route53._caller_refs:
            return original(body, query)
        chosen = need(route53, "_zone_id")
        replace(route53, "_zone_id", lambda: wanted.removeprefix(WITH_ID))
        try:
            return original(body, query)
        finally:
            replace(route53, "_zone_id", chosen)

    return handler


def _ports(arn: str) -> set[int]:
    return {int(item.get("Port", 80)) for item in alb._listeners.all_values() if item["LoadBalancerArn"] == arn}


def balancer_of(host: str) -> Mapping[str, Any] | None:
    """The load balancer that a host name leads to."""
    targets = list(_alias_targets(host))
    for balancer in alb._lbs.all_values():
        if balancer["DNSName"].lower() in targets and (found := _application(balancer)) is not None:
            return found
    for rule in alb._rules.all_values():
        for condition in rule.get("Conditions", []):
            values = values_of(condition) if condition.get("Field") == "host-header" else []
            if any(wildcard(host, value.lower()) for value in values):
                return _behind(rule["ListenerArn"])
    return None


def _application(balancer: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The application load balancer itself, or the one that a network load balancer stands in front of."""
    if balancer["Type"] != "network":
        return dict(balancer)
    groups = {
        action.get("TargetGroupArn", "")
        for item in alb._listeners.all_values()
        if item["LoadBalancerArn"] == balancer["LoadBalancerArn"]
        for action in item.get("DefaultActions") or []
    }
    members = {target["Id"] for group, targets in alb._targets.items() if group in groups for target in targets}
    return next((dict(item) for item in alb._lbs.all_values() if item["LoadBalancerArn"] in members), None)


def _alias_targets(host: str) -> Iterator[str]:
    """Where the records of this name lead; a wildcard's only where there is none of the name itself."""
    for name in (host, f"*.{host.partition('.')[2]}"):
        found = [
            record["AliasTarget"]["DNSName"].lower().rstrip(".")
            for records in list(route53._records._data.values())
            for record in records
            if record.get("AliasTarget") and record["Name"].rstrip(".").replace("\\052", "*") == name
        ]
        yield from found
        if found:
            return


def _behind(listener: str) -> Mapping[str, Any] | None:
    arns = [item["LoadBalancerArn"] for item in alb._listeners.all_values() if item["ListenerArn"] == listener]
    return next((dict(item) for item in alb._lbs.all_values() if item["LoadBalancerArn"] in arns), None)


def as_request_to_balancer(scope: Mapping[str, Any]) -> Mapping[str, Any]:
    """A request to `HOST.localhost` as one to HOST through its load balancer; any other one as it is."""
    written = next((value for name, value in scope["headers"] if name == b"host"), b"").decode("latin-1")
    host = written.partition(":")[0].lower()
    if not host.endswith(SUFFIX) or host.endswith(".alb.localhost"):
        return scope
    name = host.removesuffix(SUFFIX)
    balancer = balancer_of(name)
    if balancer is None:
        return scope
    port = f":{HTTPS_PORT}" if HTTPS_PORT in _ports(balancer["LoadBalancerArn"]) else ""
    prefix = f"/_alb/{balancer['LoadBalancerName']}"
    headers = [(key, f"{name}{port}".encode() if key == b"host" else value) for key, value in scope["headers"]]
    return {
        **scope,
        "path": f"{prefix}{scope['path']}",
        "raw_path": prefix.encode() + scope.get("raw_path", scope["path"].encode()),
        "headers": headers,
    }
