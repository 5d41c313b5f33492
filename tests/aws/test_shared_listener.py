"""A listener that others share: their rules as AWS tells them, and what is said where ours meet them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from ecsgen.aws.listeners import Found, rules_of
from ecsgen.errors import AwsError, UsageError
from ecsgen.pipeline.listener import check_listener
from ecsgen.pipeline.project import open_project
from ecsgen.pipeline.target import Target

if TYPE_CHECKING:
    from ecsgen.progress import Event

ARN = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:listener/app/shared/50dc6c495c0c9188/f2f7dc8efc522ab2"
DESCRIPTION = f"""\
name: shop
region: eu-west-1
network: {{vpc: vpc-0123456789abcdef0, private_subnets: [subnet-0123456789abcdef0]}}
load_balancer: {{existing: "{ARN}"}}
services:
  web:
    image: nginx:1.27
    port: 80
    http: {{host: shop.example.com, priority: 100}}
  api:
    image: nginx:1.27
    port: 80
    http: {{host: shop.example.com, path: /api, priority: 90}}
"""


def group(name: str) -> str:
    return f"arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/{name}/4d2246e3635cc45b"


def rule(priority: int | str, target: str = "other-prod-web-1a2b3c", **conditions: list[str]) -> dict[str, Any]:
    fields = {"hosts": ("host-header", "HostHeaderConfig"), "paths": ("path-pattern", "PathPatternConfig")}
    fields["methods"] = ("http-request-method", "HttpRequestMethodConfig")
    return {
        "RuleArn": f"{ARN.replace(':listener/', ':listener-rule/')}/9683b2d02a6cabee",
        "Priority": str(priority),
        "Conditions": [
            {"Field": fields[name][0], fields[name][1]: {"Values": values}} for name, values in conditions.items()
        ],
        "Actions": [{"Type": "forward", "TargetGroupArn": group(target)}],
        "IsDefault": priority == "default",
    }


def answers(*pages: list[dict[str, Any]]) -> Any:
    def answer(operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        assert (operation, parameters["ListenerArn"]) == ("DescribeRules", ARN)
        index = int(parameters.get("Marker", 0))
        more = {"NextMarker": str(index + 1)} if index + 1 < len(pages) else {}
        return {"Rules": pages[index], **more}

    return answer


def test_rules_of_every_page_by_priority(answering: Any) -> None:
    forward = {
        "Type": "forward",
        "ForwardConfig": {
            "TargetGroups": [{"TargetGroupArn": group("b"), "Weight": 1}, {"TargetGroupArn": group("a")}]
        },
    }
    weighted = {**rule(5, hosts=["b.example.com", "a.example.com"], methods=["GET"]), "Actions": [forward]}
    aws = answering(answers([rule("default"), rule(30, paths=["/x"])], [weighted]))
    assert rules_of(aws, ARN) == [
        Found(5, ("a.example.com", "b.example.com"), (), (), True, ("a", "b")),
        Found(30, (), ("/x",), (), False, ("other-prod-web-1a2b3c",)),
    ]


def test_a_listener_that_is_not_there(answering: Any) -> None:
    aws = answering(lambda operation, parameters: ("ListenerNotFound", "One or more listeners not found"))
    with pytest.raises(AwsError, match="read the rules of the listener"):
        rules_of(aws, ARN)


def run(tmp_path: Path, answering: Any, told: list[Event], *rules: dict[str, Any]) -> list[str]:
    """The warnings."""
    file = tmp_path / "ecsgen.yaml"
    file.write_text(DESCRIPTION, encoding="utf-8")
    project = open_project(file, None, None)
    nothing = cast("Any", None)
    check_listener(
        Target(
            project=project,
            environment="default",
            out=project.out,
            env={},
            aws=answering(answers(list(rules))),
            registry_aws=nothing,
            account="123456789012",
            terraform=nothing,
            plugin_dir=None,
            sandbox=None,
            report=told.append,
        )
    )
    return [event.text for event in told]


def test_rules_that_do_not_meet_are_no_matter(tmp_path: Path, answering: Any, told: list[Event]) -> None:
    assert not run(
        tmp_path, answering, told, rule("default"), rule(10, hosts=["x.example.com"]), rule(200, paths=["/y"])
    )


def test_our_own_rules_may_have_our_numbers(tmp_path: Path, answering: Any, told: list[Event]) -> None:
    """Also where the target group is to be another one, as in another VPC: only the hash in its name changes."""
    ours = rule(100, "shop-default-web-ffffff", hosts=["shop.example.com"])
    assert not run(tmp_path, answering, told, ours)


def test_a_priority_that_is_taken_names_the_line_and_a_free_one(
    tmp_path: Path, answering: Any, told: list[Event]
) -> None:
    others = [rule(number, hosts=[f"{number}.example.com"]) for number in (90, 91, 100, 101)]
    with pytest.raises(UsageError) as caught:
        run(tmp_path, answering, told, *others)
    error = caught.value
    assert error.what == "priority 90 of api is taken on the shared listener"
    assert error.why.startswith("rule 90 (host 90.example.com, to other-prod-web-1a2b3c) has it")
    assert error.hint == f"write priority: 92 in services.api.http ({tmp_path}/ecsgen.yaml:13)"
    assert error.details == (
        f"web: rule 100 (host 100.example.com, to other-prod-web-1a2b3c); write priority: 102 in services.web.http ({tmp_path}/ecsgen.yaml:9)",
    )


def test_rules_that_take_each_others_requests(tmp_path: Path, answering: Any, told: list[Event]) -> None:
    earlier, later = rule(10, hosts=["*.example.com"]), rule(200, hosts=["shop.example.com"], paths=["/blog"])
    found = run(tmp_path, answering, told, earlier, later)
    assert len(found) == 3
    assert found[0].startswith("no request reaches api: rule 10 (host *.example.com")
    assert found[1].startswith("no request reaches web: rule 10")
    assert found[2].startswith("web takes every request from rule 200")


def test_a_rule_with_more_conditions_takes_not_all(tmp_path: Path, answering: Any, told: list[Event]) -> None:
    assert not run(tmp_path, answering, told, rule(10, hosts=["*.example.com"], methods=["POST"]))
