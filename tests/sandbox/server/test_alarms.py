"""Alarms in the protocol of the provider and in another one: given back as they were put."""

from __future__ import annotations

import uuid
from typing import Any

import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.loaders import Loader

from .stacks import ACCOUNT, REGION, Server

STEP: dict[str, Any] = {
    "AlarmDescription": "Scales <web> & more.",
    "ActionsEnabled": True,
    "AlarmActions": ["arn:aws:autoscaling:eu-west-1:111122223333:scalingPolicy:1"],
    "OKActions": [],
    "InsufficientDataActions": ["arn:aws:sns:eu-west-1:111122223333:unknown"],
    "MetricName": "MemoryUtilization",
    "Namespace": "AWS/ECS",
    "Statistic": "Maximum",
    "Dimensions": [{"Name": "ClusterName", "Value": "shop"}, {"Name": "ServiceName", "Value": "web"}],
    "Period": 60,
    "Unit": "Percent",
    "EvaluationPeriods": 2,
    "DatapointsToAlarm": 2,
    "Threshold": 85.5,
    "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    "TreatMissingData": "notBreaching",
}
QUERIES: dict[str, Any] = {
    "EvaluationPeriods": 3,
    "Threshold": 1.0,
    "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    "TreatMissingData": "notBreaching",
    "Metrics": [
        {"Id": "sum", "Expression": "IF(waiting > 0, 1, 0)", "Label": "Asleep", "ReturnData": True},
        {
            "Id": "waiting",
            "ReturnData": False,
            "MetricStat": {
                "Metric": {
                    "Namespace": "AWS/SQS",
                    "MetricName": "ApproximateNumberOfMessagesVisible",
                    "Dimensions": [{"Name": "QueueName", "Value": "orders"}],
                },
                "Period": 60,
                "Stat": "Maximum",
            },
        },
    ],
}


PROTOCOLS = ("query", "json")


class Spoken(Loader):
    """The models of services as an SDK has them that speaks one protocol."""

    protocol = ""

    def load_service_model(self, *arguments: Any, **more: Any) -> Any:
        model = super().load_service_model(*arguments, **more)
        if "metadata" in model:
            model["metadata"] |= {"protocol": self.protocol, "protocols": [self.protocol]}
        return model


def client(server: Server, protocol: str) -> Any:
    session, loader = botocore.session.Session(), Spoken()
    loader.protocol = protocol
    session.register_component("data_loader", loader)
    return session.create_client(
        "cloudwatch",
        region_name=REGION,
        endpoint_url=f"http://127.0.0.1:{server.port}",
        aws_access_key_id=ACCOUNT,
        aws_secret_access_key="x",
        config=Config(retries={"max_attempts": 1}),
    )


def described(cloudwatch: Any, name: str) -> dict[str, Any]:
    """An alarm without what CloudWatch itself adds."""
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    for added in ("AlarmArn", "StateValue", "StateReason"):
        assert alarm.pop(added)
    for added in ("StateUpdatedTimestamp", "AlarmConfigurationUpdatedTimestamp"):
        assert alarm.pop(added).year >= 2024
    return dict(alarm)


@pytest.mark.parametrize("speaks", PROTOCOLS)
@pytest.mark.parametrize("said", [STEP, QUERIES], ids=["metric", "queries"])
def test_an_alarm_is_given_back_as_it_was_put(simulated: Server, said: dict[str, Any], speaks: str) -> None:
    cloudwatch, name = client(simulated, speaks), f"a{uuid.uuid4().hex[:8]}"
    cloudwatch.put_metric_alarm(AlarmName=name, **said)
    nothing: dict[str, Any] = {"AlarmName": name, "AlarmDescription": "", "ActionsEnabled": True}
    empty = {actions: [] for actions in ("AlarmActions", "OKActions", "InsufficientDataActions")}
    for asks in PROTOCOLS:
        assert described(client(simulated, asks), name) == {**nothing, **empty, **said}, asks
    cloudwatch.delete_alarms(AlarmNames=[name])
    assert cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"] == []


def test_a_change_takes_away_what_it_does_not_say(simulated: Server) -> None:
    cloudwatch, name = client(simulated, "query"), f"a{uuid.uuid4().hex[:8]}"
    cloudwatch.put_metric_alarm(AlarmName=name, **STEP)
    cloudwatch.put_metric_alarm(AlarmName=name, **{**QUERIES, "ActionsEnabled": False})
    alarm = described(cloudwatch, name)
    assert not {"MetricName", "Namespace", "Statistic", "Period", "Unit", "Dimensions", "DatapointsToAlarm"} & set(
        alarm
    )
    assert alarm["ActionsEnabled"] is False
    assert alarm["AlarmActions"] == []
    cloudwatch.delete_alarms(AlarmNames=[name])


def test_alarms_come_in_pages_and_a_wrong_size_of_one_is_refused(simulated: Server) -> None:
    cloudwatch, prefix = client(simulated, "query"), f"a{uuid.uuid4().hex[:8]}-"
    for number in range(3):
        cloudwatch.put_metric_alarm(AlarmName=f"{prefix}{number}", **STEP)
    first = cloudwatch.describe_alarms(AlarmNamePrefix=prefix, MaxRecords=2)
    rest = cloudwatch.describe_alarms(AlarmNamePrefix=prefix, NextToken=first["NextToken"])
    names = [[alarm["AlarmName"] for alarm in page["MetricAlarms"]] for page in (first, rest)]
    assert names == [[f"{prefix}0", f"{prefix}1"], [f"{prefix}2"]]
    assert "NextToken" not in rest
    with pytest.raises(ClientError, match="ValidationError"):
        cloudwatch.describe_alarms(MaxRecords=1000)
