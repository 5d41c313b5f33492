"""Target groups: the protocol version, and with gRPC its own codes in the matcher."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ministack.services import alb

from ecsgen.sandbox.server.patching import need, replace

GRPC = "GRPC"


def install() -> None:
    """Patch the handlers and what they answer with."""
    replace(alb, "_create_tg", create(need(alb, "_create_tg")))
    replace(alb, "_modify_tg", modify(need(alb, "_modify_tg")))
    replace(alb, "_tg_xml", as_xml(need(alb, "_tg_xml")))


def create(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """CreateTargetGroup keeps ProtocolVersion, and Matcher.GrpcCode."""

    def handler(params: Any) -> Any:
        get = need(alb, "_p")
        answer = original(params)
        group = next((item for item in alb._tgs.values() if item["TargetGroupName"] == get(params, "Name")), None)
        if answer[0] != 200 or group is None or group["Protocol"] not in ("HTTP", "HTTPS"):
            return answer
        group["ProtocolVersion"] = get(params, "ProtocolVersion") or "HTTP1"
        if group["ProtocolVersion"] == GRPC:
            group["Matcher"] = {"GrpcCode": get(params, "Matcher.GrpcCode") or "12"}
        return _answer("CreateTargetGroup", group)

    return handler


def modify(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """ModifyTargetGroup changes Matcher.GrpcCode."""

    def handler(params: Any) -> Any:
        get = need(alb, "_p")
        answer = original(params)
        group, code = alb._tgs.get(get(params, "TargetGroupArn")), get(params, "Matcher.GrpcCode")
        if answer[0] != 200 or group is None or not code:
            return answer
        group["Matcher"] = {"GrpcCode": code}
        return _answer("ModifyTargetGroup", group)

    return handler


def _answer(action: str, group: Mapping[str, Any]) -> Any:
    return need(alb, "_xml")(200, action, f"<TargetGroups>{need(alb, '_tg_xml')(group)}</TargetGroups>")


def as_xml(original: Callable[[Any], str]) -> Callable[[Any], str]:
    """A target group in an answer, with these two."""

    def handler(group: Mapping[str, Any]) -> str:
        text = original(group)
        version, code = group.get("ProtocolVersion"), group.get("Matcher", {}).get("GrpcCode")
        if code:
            start, end = text.index("<Matcher>"), text.index("</Matcher>")
            text = f"{text[:start]}<Matcher><GrpcCode>{code}</GrpcCode>{text[end:]}"
        added = f"<ProtocolVersion>{version}</ProtocolVersion>" if version else ""
        return f"{text.removesuffix('</member>')}{added}</member>"

    return handler
