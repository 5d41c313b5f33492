from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from moto.applicationautoscaling import models, responses
from werkzeug.serving import make_server

from ecsgen.sandbox.autoscaling import service

PLACE = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/hello-default/web",
    "ScalableDimension": "ecs:service:DesiredCount",
}
CPU = {
    "TargetValue": 75.0,
    "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"},
}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(models.ApplicationAutoscalingBackend, service.LOOKUP, None)  # undone at the end
        patch.setitem(service.urls.url_paths, "{0}/$", None)
        server = make_server("127.0.0.1", 0, service.application(), threaded=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def connect(endpoint: str) -> Iterator[Any]:
    """A client for an account; every account is emptied afterwards."""

    def client(account: str = "123456789012", region: str = "eu-west-1") -> Any:
        return boto3.client(
            "application-autoscaling",
            region_name=region,
            endpoint_url=endpoint,
            aws_access_key_id=account,
            aws_secret_access_key="any",
            config=Config(proxies={}, retries={"total_max_attempts": 1}),
        )

    yield client
    models.applicationautoscaling_backends.reset()


def refused(error: pytest.ExceptionInfo[ClientError]) -> tuple[int, str]:
    answer = error.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]


def test_a_target_keeps_its_tags(connect: Any) -> None:
    client = connect()
    arn = client.register_scalable_target(**PLACE, MinCapacity=1, MaxCapacity=4, Tags={"a": "1"})["ScalableTargetARN"]
    assert client.list_tags_for_resource(ResourceARN=arn)["Tags"] == {"a": "1"}
    client.tag_resource(ResourceARN=arn, Tags={"b": "2", "a": "3"})
    client.untag_resource(ResourceARN=arn, TagKeys=["b", "c"])
    assert client.register_scalable_target(**PLACE, MaxCapacity=9)["ScalableTargetARN"] == arn
    assert client.list_tags_for_resource(ResourceARN=arn)["Tags"] == {"a": "3"}
    found = client.describe_scalable_targets(ServiceNamespace="ecs", ResourceIds=[PLACE["ResourceId"]])[
        "ScalableTargets"
    ]
    assert [(one["MinCapacity"], one["MaxCapacity"], one["ScalableTargetARN"]) for one in found] == [(1, 9, arn)]
    client.deregister_scalable_target(**PLACE)
    with pytest.raises(ClientError) as error:
        client.list_tags_for_resource(ResourceARN=arn)
    assert refused(error) == (400, "ResourceNotFoundException")


@pytest.mark.parametrize("limits", [{"MinCapacity": 5, "MaxCapacity": 4}, {"MinCapacity": 1}, {}])
def test_limits_that_cannot_be(connect: Any, limits: dict[str, int]) -> None:
    with pytest.raises(ClientError) as error:
        connect().register_scalable_target(**PLACE, **limits)
    assert refused(error) == (400, "ValidationException")


def test_policies_are_found_by_their_whole_place_and_name(connect: Any) -> None:
    client = connect()
    longer = {**PLACE, "ResourceId": "service/hello-default/web-2"}
    for place in (PLACE, longer):
        client.register_scalable_target(**place, MinCapacity=1, MaxCapacity=4)
        for name in ("cpu", "memory"):
            client.put_scaling_policy(
                **place,
                PolicyName=name,
                PolicyType="TargetTrackingScaling",
                TargetTrackingScalingPolicyConfiguration=CPU,
            )
    for place in (PLACE, longer):
        found = client.describe_scaling_policies(**place, PolicyNames=["cpu"])["ScalingPolicies"]
        assert [(one["ResourceId"], one["PolicyName"]) for one in found] == [(place["ResourceId"], "cpu")]
        assert found[0]["TargetTrackingScalingPolicyConfiguration"] == CPU
    assert len(client.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"]) == 4
    client.deregister_scalable_target(**PLACE)
    left = client.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"]
    assert {one["ResourceId"] for one in left} == {longer["ResourceId"]}


def test_a_policy_keeps_its_arn_when_it_changes(connect: Any) -> None:
    client = connect()
    client.register_scalable_target(**PLACE, MinCapacity=1, MaxCapacity=4)
    arns = {
        client.put_scaling_policy(
            **PLACE,
            PolicyName="cpu",
            PolicyType="TargetTrackingScaling",
            TargetTrackingScalingPolicyConfiguration={**CPU, "TargetValue": value},
        )["PolicyARN"]
        for value in (50.0, 60.0)
    }
    assert len(arns) == 1
    policies = client.describe_scaling_policies(**PLACE)["ScalingPolicies"]
    assert [one["TargetTrackingScalingPolicyConfiguration"]["TargetValue"] for one in policies] == [60.0]
    assert [one["PolicyARN"] for one in policies] == list(arns)


def test_a_policy_by_requests_names_its_target_group(connect: Any) -> None:
    client = connect()
    client.register_scalable_target(**PLACE, MinCapacity=1, MaxCapacity=4)
    metric = {"PredefinedMetricType": "ALBRequestCountPerTarget"}
    policy = {**PLACE, "PolicyName": "requests", "PolicyType": "TargetTrackingScaling"}
    with pytest.raises(ClientError) as error:
        client.put_scaling_policy(
            **policy,
            TargetTrackingScalingPolicyConfiguration={"TargetValue": 10.0, "PredefinedMetricSpecification": metric},
        )
    assert refused(error) == (400, "ValidationException")
    metric["ResourceLabel"] = "app/hello/0123456789abcdef/targetgroup/web/0123456789abcdef"
    client.put_scaling_policy(
        **policy,
        TargetTrackingScalingPolicyConfiguration={"TargetValue": 10.0, "PredefinedMetricSpecification": metric},
    )


def test_a_policy_needs_a_target(connect: Any) -> None:
    with pytest.raises(ClientError) as error:
        connect().put_scaling_policy(
            **PLACE, PolicyName="cpu", PolicyType="TargetTrackingScaling", TargetTrackingScalingPolicyConfiguration=CPU
        )
    assert refused(error) == (400, "ObjectNotFoundException")
    with pytest.raises(ClientError) as error:
        connect().deregister_scalable_target(**PLACE)
    assert refused(error) == (400, "ObjectNotFoundException")


def test_accounts_and_regions_are_apart(connect: Any) -> None:
    arn = connect("111111111111").register_scalable_target(**PLACE, MinCapacity=1, MaxCapacity=4)["ScalableTargetARN"]
    assert ":eu-west-1:111111111111:" in arn
    for other in (connect("222222222222"), connect("111111111111", "us-east-1")):
        assert other.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"] == []
    assert len(connect("111111111111").describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]) == 1


def test_an_action_that_is_not_there_is_refused_at_once(connect: Any) -> None:
    with pytest.raises(ClientError, match="the sandbox has no DescribeScalingActivities") as error:
        connect().describe_scaling_activities(ServiceNamespace="ecs")
    assert refused(error) == (400, "UnknownOperationException")


def test_moto_still_lacks_what_is_added_here() -> None:
    """When this fails, moto has it: take ours out."""
    theirs = responses.ApplicationAutoScalingResponse
    for action in ("list_tags_for_resource", "tag_resource", "untag_resource"):
        assert not hasattr(theirs, action)
    assert hasattr(models.ApplicationAutoscalingBackend, service.LOOKUP)


def test_a_moto_that_has_changed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(models.ApplicationAutoscalingBackend, service.LOOKUP)
    with pytest.raises(RuntimeError, match="moto has changed"):
        service.application()
