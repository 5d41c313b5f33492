"""Load balancers: targets with real health, requests only to those that may have them, in any account and region."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from ministack.core.arn import parse_arn
from ministack.core.responses import StreamingResponse, set_request_account_id, set_request_region
from ministack.services import alb

from ecsgen.sandbox.server import http2
from ecsgen.sandbox.server.patching import need, replace
from ecsgen.sandbox.server.records import WAKE
from ecsgen.sandbox.server.rollouts import drain_seconds
from ecsgen.sandbox.server.targets import Board, Target

Answer = tuple[int, dict[str, Any], Any]

SIMULATED = b"The tasks of this sandbox are simulated: there is no Docker Engine, so nothing answers here.\n"

NO_GRPC = b"The sandbox makes the health check of gRPC, and carries no other calls.\n"


def install(*, simulated: bool) -> Board:
    """Give every target group a place on the board, and let the load balancers choose their targets from it."""
    board = Board(_group, group_is_used, WAKE.set)
    replace(alb, "_describe_target_health", describe_target_health(board, need(alb, "_describe_target_health")))
    replace(alb, "_register_targets", register(board, need(alb, "_register_targets")))
    replace(alb, "_deregister_targets", deregister(board, need(alb, "_deregister_targets")))
    replace(alb, "_delete_tg", delete_group(need(alb, "_delete_tg")))
    replace(alb, "_delete_lb", delete_balancer(need(alb, "_delete_lb"), need(alb, "_delete_listener")))
    replace(alb, "_forward_to_tg", forward(board, need(alb, "_proxy_http_target"), need(alb, "_forward_to_tg")))
    replace(alb, "find_lb_for_host", find_for_host)
    replace(alb, "_find_lb_by_name", find_by_name)
    return board


def _group(arn: str) -> Mapping[str, Any] | None:
    spec = parse_arn(arn)
    found: Mapping[str, Any] | None = alb._tgs.get_scoped(spec.account_id, spec.region, arn)
    return found


def group_is_used(arn: str) -> bool:
    """Whether a listener's default action or rule sends requests to a target group."""
    holders = [*alb._rules.all_values(), *alb._listeners.all_values()]
    actions = [action for item in holders for action in item.get("Actions") or item.get("DefaultActions") or []]
    return any(arn in _targets_of(action) for action in actions)


def balancers_of(arn: str) -> set[str]:
    """The load balancers that send requests to a target group: AWS allows one."""
    found = set()
    for rule in alb._rules.all_values():
        if any(arn in _targets_of(action) for action in rule.get("Actions") or []):
            found.add((alb._listeners.get(rule["ListenerArn"]) or {}).get("LoadBalancerArn", ""))
    for listener in alb._listeners.all_values():
        if any(arn in _targets_of(action) for action in listener.get("DefaultActions") or []):
            found.add(listener["LoadBalancerArn"])
    return found - {""}


def _targets_of(action: Mapping[str, Any]) -> list[str]:
    forward_config = action.get("ForwardConfig") or {}
    groups = [item.get("TargetGroupArn", "") for item in forward_config.get("TargetGroups") or []]
    return [action.get("TargetGroupArn", ""), *groups]


def describe_target_health(board: Board, original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """DescribeTargetHealth with what the probes found; a load balancer as a target is not probed."""

    def handler(params: Any) -> Any:
        arn = need(alb, "_p")(params, "TargetGroupArn")
        if arn not in alb._tgs:
            return need(alb, "_error")("TargetGroupNotFound", f"Target group '{arn}' not found.")
        if alb._tgs.get(arn).get("TargetType") == "alb":
            return original(params)
        wanted = {item["Id"] for item in need(alb, "_parse_targets_param")(params)}
        members = "".join(_member(*item) for item in board.describe(arn) if not wanted or item[0] in wanted)
        return need(alb, "_xml")(
            200, "DescribeTargetHealth", f"<TargetHealthDescriptions>{members}</TargetHealthDescriptions>"
        )

    return handler


def _member(address: str, port: int, state: str, reason: str, description: str) -> str:
    why = f"<Reason>{reason}</Reason><Description>{description}</Description>" if reason else ""
    return (
        f"<member><Target><Id>{address}</Id><Port>{port}</Port></Target><HealthCheckPort>{port}</HealthCheckPort>"
        f"<TargetHealth><State>{state}</State>{why}</TargetHealth></member>"
    )


def register(board: Board, original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """RegisterTargets, for what Terraform attaches."""
    return _for_each_target("RegisterTargets", original, lambda arn, address, port: board.register(arn, address, port))


def deregister(board: Board, original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """DeregisterTargets."""
    return _for_each_target(
        "DeregisterTargets",
        original,
        lambda arn, address, port: board.deregister(arn, address, port, drain_seconds(arn)),
    )


def delete_group(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """DeleteTargetGroup: refused while a listener uses the group; a second call succeeds, so that an SDK may repeat it."""

    def handler(params: Any) -> Any:
        arn = need(alb, "_p")(params, "TargetGroupArn")
        if arn not in alb._tgs:
            return need(alb, "_empty")("DeleteTargetGroup")
        if group_is_used(arn):
            return need(alb, "_error")(
                "ResourceInUse", f"Target group '{arn}' is currently in use by a listener or a rule"
            )
        return original(params)

    return handler


def delete_balancer(original: Callable[[Any], Any], delete_listener: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """DeleteLoadBalancer, with its listeners and their rules."""

    def handler(params: Any) -> Any:
        arn = need(alb, "_p")(params, "LoadBalancerArn")
        for listener, item in list(alb._listeners.items()):
            if item["LoadBalancerArn"] == arn:
                delete_listener({"ListenerArn": [listener]})
        return original(params)

    return handler


def _for_each_target(
    action: str, original: Callable[[Any], Any], act: Callable[[str, str, int], None]
) -> Callable[[Any], Any]:
    def handler(params: Any) -> Any:
        arn = need(alb, "_p")(params, "TargetGroupArn")
        group = alb._tgs.get(arn)
        if not group:
            return need(alb, "_error")("TargetGroupNotFound", f"Target group '{arn}' not found.")
        if group.get("TargetType") == "alb":  # a load balancer has no address to probe
            return original(params)
        for item in need(alb, "_parse_targets_param")(params):
            act(arn, item["Id"], int(item.get("Port") or group["Port"]))
        return need(alb, "_empty")(action)

    return handler


def forward(board: Board, proxy: Callable[..., Any], original: Callable[..., Any]) -> Callable[..., Any]:
    """Send a request to one target of a group; 503 when there is none, as an Application Load Balancer does."""

    async def handler(
        arn: str,
        method: str,
        path: str,
        headers: Any,
        body: Any,
        query: Any,
        raw_query_string: str | None = None,
        raw_path: str | None = None,
    ) -> Any:
        group = alb._tgs.get(arn)
        if not group or group.get("TargetType") not in ("ip", "instance"):
            return await original(arn, method, path, headers, body, query, raw_query_string, raw_path)
        if group.get("ProtocolVersion") == "GRPC":
            return 501, {"Content-Type": "text/plain; charset=utf-8"}, NO_GRPC
        target = board.take(arn)
        if target is None or target.simulated:
            board.give_back(target)
            return unavailable(SIMULATED if target else b"503 Service Temporarily Unavailable\n")
        address = {"Id": target.address, "Port": target.port}
        try:
            if group.get("ProtocolVersion") == "HTTP2":
                wanted = f"{raw_path or path}?{raw_query_string}" if raw_query_string else raw_path or path
                answer = await asyncio.to_thread(by_http2, target, method, wanted, headers, body)
            else:
                answer = await proxy(address, group, method, raw_path or path, headers, body, query, raw_query_string)
        except BaseException:
            board.give_back(target)
            raise
        return until_answered(board, target, answer)

    return handler


def by_http2(target: Target, method: str, path: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
    """A request passed on as HTTP/2, its answer as a whole; 502 when the target does not speak it."""
    host = headers.get("host", "")
    given = [(name, value) for name, value in headers.items() if name.lower() != "content-length"]
    try:
        answer = http2.request(target.address, target.port, method, path, given, body or b"", authority=host)
    except OSError:
        return 502, {"Content-Type": "text/plain; charset=utf-8"}, b"502 Bad Gateway\n"
    found = {name: values[0] if len(values) == 1 else values for name, values in answer.headers.items()}
    return answer.status, found, bytes(answer.body)


def unavailable(text: bytes) -> Answer:
    """What a load balancer answers by itself when nothing else can."""
    return 503, {"Content-Type": "text/plain; charset=utf-8"}, text


def until_answered(board: Board, target: Target, answer: Answer) -> Answer:
    """Count the request as in flight until the last byte of a streamed answer is sent."""
    status, headers, body = answer
    if not isinstance(body, StreamingResponse):
        board.give_back(target)
        return answer
    send_all = body.runner

    async def run(send: Any, receive: Any) -> None:
        try:
            await send_all(send, receive)
        finally:
            board.give_back(target)

    return status, headers, StreamingResponse(run)


def find_for_host(host: str) -> Any:
    """The load balancer a Host header names; a request has no signature, so every account and region is looked at."""
    name = host.split(":")[0].lower()
    return _find(lambda item: name in (item["DNSName"].lower(), f"{item['LoadBalancerName'].lower()}.alb.localhost"))


def find_by_name(name: str) -> Any:
    """The load balancer of `/_alb/NAME/path`."""
    return _find(lambda item: item["LoadBalancerName"].lower() == name.lower())


def _find(fits: Callable[[Mapping[str, Any]], bool]) -> Any:
    """The first that fits, and the request is from now on in its account and region: its rules are looked up there."""
    for (account, region, _), item in alb._lbs.all_items():
        if fits(item):
            set_request_account_id(account)
            set_request_region(region)
            return item
    return None
