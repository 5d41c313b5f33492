"""CloudWatch alarms: all that PutMetricAlarm says is kept and given back, in whatever protocol it is asked for.

MiniStack drops an alarm's metric queries, puts defaults where a request says nothing, and of an alarm answers little
in the Query protocol, which the provider speaks.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any
from xml.sax.saxutils import escape

from ministack.services import cloudwatch

from ecsgen.sandbox.server.patching import need, replace

Answer = tuple[int, dict[str, str], bytes]
Handler = Callable[..., Answer]

DROPPED = ("Metrics", "ThresholdMetricId", "EvaluateLowSampleCountPercentile", "InsufficientDataActions")
INVENTED = ("MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Period", "Dimensions", "Unit", "Threshold")
"""What AWS describes only where it was given: an alarm on an expression has none of it but the threshold."""

NUMBERS = ("Period", "MaxRecords")


def install() -> None:
    """Patch the handlers. The API in JSON answers all that is kept, and is asked in the place of Query."""
    need(cloudwatch, "_alarms")
    replace(cloudwatch, "_put_metric_alarm", put(need(cloudwatch, "_put_metric_alarm")))
    replace(cloudwatch, "_describe_alarms", describe(need(cloudwatch, "_describe_alarms")))


def put(original: Handler) -> Handler:
    """PutMetricAlarm."""

    def handler(parameters: Mapping[str, Any], data: Mapping[str, Any], is_cbor: bool, is_json: bool = False) -> Answer:
        answer = original(parameters, data, is_cbor, is_json)
        if answer[0] != 200:
            return answer
        said = data if is_cbor or is_json else structure(parameters)
        alarm = cloudwatch._alarms.get(said["AlarmName"])
        for name in INVENTED:
            if name not in said:
                alarm.pop(name, None)
        for name in DROPPED:
            if name in said:
                alarm[name] = said[name] or []  # Query writes an empty list as an empty text
        return answer

    return handler


def describe(original: Handler) -> Handler:
    """DescribeAlarms."""

    def handler(parameters: Mapping[str, Any], data: Mapping[str, Any], is_cbor: bool, is_json: bool = False) -> Answer:
        if is_cbor or is_json:
            return original(parameters, data, is_cbor, is_json)
        status, _, body = original({}, structure(parameters), False, True)
        if status != 200:
            return original(parameters, data, is_cbor, is_json)
        answer: Answer = need(cloudwatch, "_xml")(
            200, "DescribeAlarmsResponse", f"<DescribeAlarmsResult>{_xml(json.loads(body))}</DescribeAlarmsResult>"
        )
        return answer

    return handler


def structure(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a Query request as JSON would say them: `A.member.1.B=x` is `{"A": [{"B": "x"}]}`."""
    tree: dict[str, Any] = {}
    for name in parameters:
        *way, last = name.split(".")
        node = tree
        for part in way:
            node = node.setdefault(part, {})
        text = need(cloudwatch, "_p")(parameters, name)
        node[last] = int(text) if last in NUMBERS else {"true": True, "false": False}.get(text, text)
    found: dict[str, Any] = _lists(tree)
    return found


def _lists(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    if set(node) == {"member"}:
        return [_lists(item) for _, item in sorted(node["member"].items(), key=lambda pair: int(pair[0]))]
    return {name: _lists(item) for name, item in node.items()}


def _xml(value: Any, name: str = "") -> str:
    """A value of an answer in JSON as the Query protocol writes it."""
    if isinstance(value, dict):
        return "".join(f"<{key}>{_xml(item, key)}</{key}>" for key, item in value.items() if item is not None)
    if isinstance(value, list):
        return "".join(f"<member>{_xml(item)}</member>" for item in value)
    if isinstance(value, bool):
        return str(value).lower()
    return escape(str(need(cloudwatch, "_ts_iso")(value) if name.endswith("Timestamp") else value))
