"""What it means that a resource is replaced or destroyed: what goes down, for how long, and what AWS will refuse.

Times are orders of magnitude from how AWS works, not promises.
"""

from __future__ import annotations

from collections.abc import Iterator

from ecsgen.terraform.plan import Action, Change, Plan

_LOST = {
    "aws_cloudwatch_log_group": "its logs are deleted",
    "aws_db_instance": "its data is deleted",
    "aws_ecr_repository": "its images are deleted",
    "aws_ecs_service": "its tasks are stopped",
    "aws_eip": "the address is given back, and does not come again",
    "aws_efs_file_system": "its files are deleted",
    "aws_lb": "its address goes away",
    "aws_lb_listener": "nothing answers on its port",
    "aws_nat_gateway": "its public address goes, and with it the way out of the subnets that use it",
    "aws_route53_record": "the name leads nowhere",
    "aws_s3_bucket": "its objects are deleted",
    "aws_sqs_queue": "the messages in it are deleted",
}
"""What the loss of a resource of a type means, where that is not obvious."""
_REPLACED = {
    "aws_ecs_service": "it is down until the tasks of the new one are healthy, 2 to 5 minutes as a rule",
    "aws_lb": "its address changes, and nothing answers until the new one is there, 2 to 5 minutes as a rule",
    "aws_lb_listener": "what it serves is not answered for some seconds",
    "aws_lb_listener_rule": "what it matches gets the answer of another rule, or 404, for some seconds",
    "aws_lb_target_group": "requests get 503 until tasks are registered with the new one, 1 to 3 minutes as a rule",
    "aws_nat_gateway": "its public address changes, and private subnets have no way out for 2 to 4 minutes",
    "aws_subnet": "what lives in it moves first, so its services are down or roll their tasks",
    "aws_vpc": "everything in it is replaced: the environment is down for 5 to 10 minutes",
}
"""What a replacement interrupts."""
_REPLACED_FIRST = {
    "aws_lb": "its address changes, and what asks for the old one is not answered any more",
    "aws_lb_listener": "",
    "aws_lb_listener_rule": "",
    "aws_route53_record": "",
}
"""The same where the new one is created first, if that makes a difference."""
_STRATEGY = "capacity_provider_strategy."
_FARGATE = ("FARGATE", "FARGATE_SPOT")


def of_replacement(change: Change) -> str:
    """What is down while a resource is replaced; "" when nothing is known of it."""
    first = change.create_before_destroy
    known = _REPLACED.get(change.type, _LOST.get(change.type, ""))
    known = _REPLACED_FIRST.get(change.type, known) if first else known
    return known or ("the new one is created first" if first else "")


def of_deletion(change: Change, plan: Plan) -> str:
    """What is lost with a resource. To AWS a service with another name is one that goes and one that comes."""
    lost = _LOST.get(change.type, "")
    if change.type == "aws_route53_record" and change.name == "validation":
        return "no certificate for the name is issued or renewed, in another environment neither, until its next apply"
    if change.type == "aws_ecs_service" and (new := _created(plan)):
        return (
            f"{lost}; if {new} is to take its place, nothing answers until the tasks of that are healthy, "
            "2 to 5 minutes as a rule: to avoid it, add the new one first and remove the old one later"
        )
    return lost


def _created(plan: Plan) -> str:
    """The services that a plan creates, as words."""
    return " or ".join(
        change.label for change in plan.changes if change.type == "aws_ecs_service" and change.action is Action.CREATE
    )


def refusals(plan: Plan) -> Iterator[str]:
    """What AWS refuses although Terraform plans it: it would show only while the plan is applied."""
    for change in plan.changes:
        if change.type == "aws_ecs_task_definition" and _speaks_another_protocol(change):
            yield (
                f"{change.label}: ECS refuses another protocol of a port that is in Service Connect; "
                "write connect: false, apply, and then the new protocol"
            )
        if change.type == "aws_ecs_capacity_provider" and change.action is Action.DELETE:
            leaving = [other.label for other in plan.changes if _leaves_instances(other)]
            if leaving:
                yield (
                    f"{change.label} goes while {' and '.join(leaving)} still {'runs' if len(leaving) == 1 else 'run'} "
                    "on it: AWS refuses that, and the apply fails after 10 minutes; keep it, apply, and then remove it"
                )


def _speaks_another_protocol(change: Change) -> bool:
    """Whether a named port of a container keeps its name and gets another application protocol."""
    paths = {attribute.path for attribute in change.attributes}
    return any(
        path.endswith(".appProtocol") and path.removesuffix("appProtocol") + "name" not in paths for path in paths
    )


def _leaves_instances(change: Change) -> bool:
    """Whether a service moves off a capacity provider that is not one of Fargate's."""
    return change.type == "aws_ecs_service" and any(
        attribute.path.startswith(_STRATEGY)
        and attribute.after is None
        and attribute.path.removeprefix(_STRATEGY).split(".")[0] not in _FARGATE
        for attribute in change.attributes
    )
