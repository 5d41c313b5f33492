"""What may change about a deployed service, and what that replaces: the table of docs/how-to/change.md, there and back.

No Docker Engine: the tasks are simulated, and every run says so. What the containers notice of it is in
test_live_capacity.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from live_project import Project, Result
from live_stacks import site

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("live-trouble")]

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "change.md"
LISTENER = "arn:aws:elasticloadbalancing:eu-west-1:000000000000:listener/app/platform/50dc6c495c0c9188/f2f7dc8efc522ab2"
PRIVATE = ["subnet-0bbbbbbbbbbbbbbb1", "subnet-0bbbbbbbbbbbbbbb2"]
TOP = {
    "name": "switches",
    "region": "eu-west-1",
    "network": {
        "vpc": "vpc-0123456789abcdef0",
        "public_subnets": ["subnet-0aaaaaaaaaaaaaaa1", "subnet-0aaaaaaaaaaaaaaa2"],
        "private_subnets": PRIVATE,
    },
    "cluster": {"ec2": {"instance_types": ["m6i.large"], "max": 9}},
}
IMAGE = {"image": "nginx:1.27", "port": 80}


@dataclass(frozen=True)
class Moved:
    """A service on both sides of the switch, None where it is not there, and the rows of the table that it stands for."""

    before: dict[str, Any] | None
    after: dict[str, Any] | None
    rows: tuple[str, ...]


SERVICES = {
    "web": Moved(
        {"http": {"path": "/web"}},
        {"http": {"path": "/web"}, "capacity": "spot", "scaling": {"min": 1, "max": 3}},
        ("own load balancer to a shared one", "Fargate to Spot", "scaling on"),
    ),
    "api": Moved(
        {"capacity": "spot", "count": 3, "network": {"public": True}},
        {"capacity": "ec2", "count": 1, "network": {"public": False}, "http": {"path": "/api"}},
        ("no load balancer to one", "Spot to EC2", "count", "public to private"),
    ),
    "old": Moved(
        {"capacity": "ec2", "scaling": {"min": 1, "max": 2}, "http": {"path": "/old"}},
        {"capacity": "fargate", "count": 2, "network": {"public": True}},
        ("load balancer to none", "EC2 to Fargate", "scaling off", "private to public"),
    ),
    "mixed": Moved(
        {"capacity": {"fargate": {"base": 1}, "spot": {"weight": 3}}},
        {"capacity": "fargate", "arch": "arm64", "network": {"subnets": PRIVATE[:1]}},
        ("a mix of Fargate and Spot", "arch", "subnets"),
    ),
    "pinned": Moved({"capacity": "ec2"}, {"capacity": "ec2", "network": {"mode": "bridge"}}, ("network.mode",)),
    "agent": Moved({"capacity": "ec2"}, {"daemon": True}, ("daemon",)),
    "mesh": Moved(
        {"connect": {"alias": "mesh", "protocol": "http"}},
        {"connect": {"alias": "mesh", "protocol": "grpc"}},
        ("another `connect.protocol`",),
    ),
    "shop": Moved({}, None, ("remove a service", "rename a service")),
    "store": Moved(None, {}, ("add a service",)),
}


def description(side: str) -> str:
    services = {name: getattr(moved, side) for name, moved in SERVICES.items()}
    document = {
        **TOP,
        **({"load_balancer": {"existing": LISTENER}} if side == "after" else {}),
        "services": {
            "built": {"build": ".", "command": ["httpd", "-f", "-p", "8080"]},
            **{name: IMAGE | keys for name, keys in services.items() if keys is not None},
        },
    }
    return str(yaml.safe_dump(document, sort_keys=False))


@dataclass(frozen=True)
class Switched:
    """The runs: deployed, switched, planned again, and planned for the way back."""

    deployed: Result
    switched: Result
    again: Result
    back: Result


@pytest.fixture(scope="module")
def runs(clean_env: dict[str, str], base_image: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Switched]:
    folder = tmp_path_factory.mktemp("switches") / "project"
    folder.mkdir()
    env = {
        **clean_env,
        "DOCKER_HOST": "unix:///nonexistent/docker.sock",
        "ECSGEN_SANDBOX_DIR": str(folder.parent / "sandbox"),
    }
    project = Project(folder, env)
    try:
        deployed = project.write({"ecsgen.yaml": description("before"), **site(base_image, "built")}).apply()
        switched = project.write({"ecsgen.yaml": description("after")}).apply("--json")
        again = project.plan()
        back = project.write({"ecsgen.yaml": description("before")}).plan()
        yield Switched(deployed, switched, again, back)
    finally:
        project.run("sandbox", "down").require()


DANGER = {
    "switched": """
        replace web_service aws_lb_listener_rule
        replace web_service aws_lb_target_group
        delete web_service aws_vpc_security_group_egress_rule
        delete web_service aws_vpc_security_group_ingress_rule
        delete load_balancer aws_lb
        delete load_balancer aws_lb_listener
        delete load_balancer aws_security_group
        delete load_balancer aws_vpc_security_group_ingress_rule
        delete old_service aws_lb_listener_rule
        delete old_service aws_lb_target_group
        delete old_service aws_vpc_security_group_egress_rule
        delete old_service aws_vpc_security_group_ingress_rule
        delete old_autoscaling aws_appautoscaling_policy
        delete old_autoscaling aws_appautoscaling_target
        replace pinned_service aws_ecs_service
        replace agent_service aws_ecs_service
    """,
    "back": """
        replace web_service aws_lb_listener_rule
        replace web_service aws_lb_target_group
        delete web_service aws_vpc_security_group_ingress_rule
        delete web_autoscaling aws_appautoscaling_policy
        delete web_autoscaling aws_appautoscaling_target
        delete api_service aws_lb_listener_rule
        delete api_service aws_lb_target_group
        delete api_service aws_vpc_security_group_ingress_rule
        replace pinned_service aws_ecs_service
        replace agent_service aws_ecs_service
    """,
}
"""All that is replaced or destroyed, but for what belongs to the service that goes."""
GOES = {"switched": ("shop", "store"), "back": ("store", "shop")}
"""The service that goes, and the one that comes."""


def changes(run: Result) -> dict[str, list[dict[str, Any]]]:
    """What a plan does, by risk."""
    return {group["risk"]: group["changes"] for group in run.require().document["plan"]["groups"]}


def said(run: Result, address: str) -> str:
    """What a plan says of the replacement or the end of a resource."""
    return next(str(change["text"]) for change in changes(run)["danger"] if change["address"] == address)


@pytest.mark.parametrize("way", DANGER)
def test_a_service_is_replaced_only_where_aws_demands_it(runs: Switched, way: str) -> None:
    goes, comes = GOES[way]
    found = [change for group in changes(getattr(runs, way)).values() for change in group]
    services = {change["address"]: change["action"] for change in found if change["type"] == "aws_ecs_service"}
    assert services == {
        f"module.{name}_service.aws_ecs_service.this": action
        for name, action in {
            **dict.fromkeys(("web", "api", "old", "mixed", "mesh"), "update"),
            **dict.fromkeys(("pinned", "agent"), "replace"),
            goes: "delete",
            comes: "create",
        }.items()
    }


@pytest.mark.parametrize("way", DANGER)
def test_nothing_else_is_replaced_or_destroyed(runs: Switched, way: str) -> None:
    danger = changes(getattr(runs, way))["danger"]
    found = [(change["action"], change["address"].split(".")[1], change["type"]) for change in danger]
    kept = sorted(item for item in found if not item[1].startswith(f"{GOES[way][0]}_"))
    assert sorted(set(kept)) == sorted(tuple(line.split()) for line in DANGER[way].strip().splitlines())
    assert {action for action, module, _ in found if module.startswith(f"{GOES[way][0]}_")} == {"delete"}


@pytest.mark.parametrize("way", DANGER)
def test_the_plan_says_what_goes_down_and_for_how_long(runs: Switched, way: str) -> None:
    run, (goes, comes) = getattr(runs, way), GOES[way]
    for name in ("pinned", "agent"):
        assert said(run, f"module.{name}_service.aws_ecs_service.this").endswith(
            ": it is down until the tasks of the new one are healthy, 2 to 5 minutes as a rule"
        )
    assert (
        f"if service {comes} is to take its place, nothing answers until the tasks of that are healthy, 2 to 5 minutes"
    ) in said(run, f"module.{goes}_service.aws_ecs_service.this")
    assert "requests get 503 until tasks are registered with the new one, 1 to 3 minutes" in said(
        run, "module.web_service.aws_lb_target_group.this[0]"
    )
    assert said(run, 'module.web_service.aws_lb_listener_rule.this["main"]').endswith(": the new one is created first")
    if way == "switched":
        assert said(run, "module.load_balancer.aws_lb.this").endswith(": its address goes away")


@pytest.mark.parametrize("way", DANGER)
def test_the_plan_warns_of_what_ecs_refuses(runs: Switched, way: str) -> None:
    """The sandbox lets it pass."""
    assert getattr(runs, way).require().document["plan"]["warnings"] == [
        "task definition of mesh: ECS refuses another protocol of a port that is in Service Connect; "
        "write connect: false, apply, and then the new protocol"
    ]


def test_it_was_applied_and_nothing_is_left_to_change(runs: Switched) -> None:
    assert set(runs.switched.require().document["services"]) == {"built", *SERVICES} - {"shop"}
    assert runs.again.require().document["empty"] is True


def test_a_run_without_an_engine_says_that_its_tasks_are_simulated(runs: Switched) -> None:
    talk = runs.deployed.require().err
    assert "no Docker Engine: nothing is built, and the tasks are simulated" in talk
    assert "sandbox: executed:" not in talk
    assert "sandbox: accepted by the API: " in talk


def test_the_page_has_every_row() -> None:
    text = PAGE.read_text()
    for moved in SERVICES.values():
        for row in moved.rows:
            assert f"| {row} |" in text, row
