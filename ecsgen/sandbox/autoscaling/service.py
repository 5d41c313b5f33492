"""moto's application autoscaling as a WSGI application, with the differences to AWS closed that a caller meets.

Source of what is added: the API reference of Application Auto Scaling. moto is changed in three places, each checked
to be as expected: its ECS is not asked whether a service exists (the services live in the other server), its URL
leads to our class, and our class takes the account from the access key.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from moto.applicationautoscaling import responses, urls
from moto.applicationautoscaling.exceptions import AWSValidationException
from moto.applicationautoscaling.models import ApplicationAutoscalingBackend
from moto.core.exceptions import JsonRESTError
from moto.moto_server.werkzeug_app import create_backend_app

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_ACCESS_KEY = re.compile(r"Credential=([0-9]{12})/")
_NO_ACCOUNT = "000000000000"
_TAGS = "ecsgen_tags"

LOOKUP = "_ecs_service_exists_for_target"


class Response(responses.ApplicationAutoScalingResponse):
    """moto's answers; what is defined here is missing there or differs from AWS."""

    def get_current_account(self) -> str:
        """The access key when it is 12 digits, so that accounts are apart as on the other server."""
        found = _ACCESS_KEY.search(self.headers.get("Authorization", ""))
        return found[1] if found else _NO_ACCOUNT

    def call_action(self) -> Any:
        """An action that is not there is the caller's error: a 500 would be tried again for minutes."""
        try:
            return super().call_action()
        except NotImplementedError:
            name = self._get_action()
            error = JsonRESTError("UnknownOperationException", f"the sandbox has no {name} of application autoscaling")
            return 400, {**self.response_headers, "status": "400"}, error.get_body()

    def register_scalable_target(self) -> str:
        """Also its tags, and the order of its limits."""
        found = self._targets(self._get_param("ResourceId"), self._get_param("ScalableDimension"))
        low, high = (
            self._get_int_param(name, getattr(found[0], attribute) if found else None)
            for name, attribute in (("MinCapacity", "min_capacity"), ("MaxCapacity", "max_capacity"))
        )
        if low is None or high is None:
            raise AWSValidationException("MinCapacity and MaxCapacity are required for a new scalable target")
        if low > high:
            raise AWSValidationException("Maximum capacity cannot be less than minimum capacity")
        answer = super().register_scalable_target()
        if tags := self._get_param("Tags"):
            self._tags(json.loads(answer)["ScalableTargetARN"]).update(tags)
        return answer

    def deregister_scalable_target(self) -> str:
        """With its policies, as in AWS."""
        resource, dimension = self._get_param("ResourceId"), self._get_param("ScalableDimension")
        if not self._targets(resource, dimension):
            raise _not_found(f"No scalable target found for resource ID: {resource}, scalable dimension: {dimension}")
        policies = self.applicationautoscaling_backend.policies
        for key in [key for key, one in policies.items() if _place(one) == (resource, dimension)]:
            policies.pop(key).delete_alarms(self.current_account, self.region)
        return super().deregister_scalable_target()

    def put_scaling_policy(self) -> str:
        """Only for a registered target; a policy by requests names its target group; a policy keeps its ARN."""
        resource, dimension = self._get_param("ResourceId"), self._get_param("ScalableDimension")
        if not self._targets(resource, dimension):
            raise _not_found(f"No scalable target found for resource ID: {resource}, scalable dimension: {dimension}")
        tracking = self._get_param("TargetTrackingScalingPolicyConfiguration") or {}
        metric = tracking.get("PredefinedMetricSpecification") or {}
        if metric.get("PredefinedMetricType") == "ALBRequestCountPerTarget" and not metric.get("ResourceLabel"):
            raise AWSValidationException("ResourceLabel is required for ALBRequestCountPerTarget")
        policies = self.applicationautoscaling_backend.policies
        before = {key: one.policy_arn for key, one in policies.items()}
        super().put_scaling_policy()
        key, policy = next(
            (key, one)
            for key, one in policies.items()
            if (*_place(one), one.policy_name) == (resource, dimension, self._get_param("PolicyName"))
        )
        policy.policy_arn = before.get(key, policy.policy_arn)
        return json.dumps({"PolicyARN": policy.policy_arn, "Alarms": responses._build_alarms(policy)})

    def describe_scaling_policies(self) -> str:
        """Filters by name too, and by the whole resource id; moto takes a part of it for a match."""
        wanted = {
            "ServiceNamespace": [self._get_param("ServiceNamespace")],
            "ResourceId": [self._get_param("ResourceId")],
            "ScalableDimension": [self._get_param("ScalableDimension")],
            "PolicyName": self._get_param("PolicyNames") or [None],
        }
        every = [responses._build_policy(one) for one in self.applicationautoscaling_backend.policies.values()]
        found = [
            one for one in every if all(values == [None] or one[name] in values for name, values in wanted.items())
        ]
        return json.dumps({"ScalingPolicies": found})

    def list_tags_for_resource(self) -> str:
        """The tags of a target, by its ARN."""
        return json.dumps({"Tags": self._tags(self._get_param("ResourceARN"))})

    def tag_resource(self) -> str:
        """Add tags to a target."""
        self._tags(self._get_param("ResourceARN")).update(self._get_param("Tags"))
        return "{}"

    def untag_resource(self) -> str:
        """Take tags from a target by their keys."""
        tags = self._tags(self._get_param("ResourceARN"))
        for key in self._get_param("TagKeys"):
            tags.pop(key, None)
        return "{}"

    def _targets(self, resource: str, dimension: str) -> list[Any]:
        targets = self.applicationautoscaling_backend.targets.get(dimension, {})
        return [targets[resource]] if resource in targets else []

    def _tags(self, arn: str) -> dict[str, str]:
        """The tags of a target, kept with it so that they go with it."""
        for targets in self.applicationautoscaling_backend.targets.values():
            for target in targets.values():
                if target.arn == arn:
                    tags: dict[str, str] = target.__dict__.setdefault(_TAGS, {})
                    return tags
        raise JsonRESTError("ResourceNotFoundException", f"The resource {arn} does not exist.")


def application() -> WSGIApplication:
    """moto's application with our answers, and `/health`. Raises RuntimeError when moto is not as expected."""
    _patch()
    inner = create_backend_app("applicationautoscaling")

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/health":
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [b"ok\n"]
        return inner(environ, start_response)

    return app


def _patch() -> None:
    if not hasattr(ApplicationAutoscalingBackend, LOOKUP) or set(urls.url_paths) != {"{0}/$"}:
        raise RuntimeError("moto has changed: the sandbox's application autoscaling does not fit this version")
    setattr(ApplicationAutoscalingBackend, LOOKUP, lambda backend, resource: True)
    urls.url_paths["{0}/$"] = Response.dispatch


def _place(policy: Any) -> tuple[str, str]:
    return policy.resource_id, policy.scalable_dimension


def _not_found(text: str) -> JsonRESTError:
    return JsonRESTError("ObjectNotFoundException", text)
