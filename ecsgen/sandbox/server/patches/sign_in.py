"""Signing clients in with Cognito at a listener: kept as AWS keeps it, and never done.

A request to such a rule is answered with 501: no user pool is there, and letting it through would be worse.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import escape

from ministack.services import alb

from ecsgen.sandbox.server.patching import need, replace

CONFIG = "AuthenticateCognitoConfig"
DEFAULTS = {
    "UserPoolArn": "",
    "UserPoolClientId": "",
    "UserPoolDomain": "",
    "SessionCookieName": "AWSELBAuthSessionCookie",
    "Scope": "openid",
    "SessionTimeout": "604800",
    "OnUnauthenticatedRequest": "authenticate",
}


def install() -> None:
    """Patch the reading of actions, and how they are answered with."""
    replace(alb, "_parse_actions", parse(need(alb, "_parse_actions")))
    replace(alb, "_action_xml", as_xml(need(alb, "_action_xml")))


def parse(original: Callable[..., Any]) -> Callable[..., Any]:
    """Actions of a request, with the settings of Cognito."""

    def handler(params: Any, prefix: str = "DefaultActions") -> Any:
        actions = original(params, prefix)
        for number, action in enumerate(actions, 1):
            if action["Type"] == "authenticate-cognito":
                place = f"{prefix}.member.{number}.{CONFIG}"
                action[CONFIG] = {
                    name: need(alb, "_p")(params, f"{place}.{name}") or default for name, default in DEFAULTS.items()
                }
        return actions

    return handler


def as_xml(original: Callable[[Any], str]) -> Callable[[Any], str]:
    """An action in an answer, with them."""

    def handler(action: Any) -> str:
        text = original(action)
        if CONFIG not in action:
            return text
        inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in action[CONFIG].items())
        return f"{text.removesuffix('</member>')}<{CONFIG}>{inner}</{CONFIG}></member>"

    return handler
