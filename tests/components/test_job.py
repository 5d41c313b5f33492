"""Jobs: the same containers and the same checks as services, and files of their own."""

from __future__ import annotations

from typing import Any

import pytest
from descriptions import check, messages, render

from ecsgen import application

TOP = {"name": "shop", "region": "eu-west-1"}
JOB = {"image": "busybox:1.36", "command": ["true"]}


def described(*jobs: str, **more: Any) -> dict[str, Any]:
    return {**TOP, "jobs": {name: {**JOB, **more} for name in jobs or ("report",)}}


def resolved(description: dict[str, Any]) -> application.Application:
    found = check(description)
    assert not found.errors, found.errors
    return application.resolve(found.environments["default"], "default", {})


def test_jobs_alone_are_a_description() -> None:
    files = render(described("report", "clean-up"))
    assert {path for path in files if "job_" in path} == {"default/job_report.tf", "default/job_clean-up.tf"}
    assert not any("load_balancer" in path for path in files)
    assert "modules/job/main.tf" in files
    assert "modules/service/main.tf" not in files
    assert 'module "clean_up_job"' in files["default/job_clean-up.tf"]
    assert 'output "job_clean_up"' in files["default/job_clean-up.tf"]


def test_a_service_is_what_it_was_beside_a_job() -> None:
    services = {"web": {"image": "nginx:1.27", "port": 80, "http": {}}}
    without = render({**TOP, "services": services})
    files = render({**described(), "services": services})
    assert {path: files[path] for path in without} == without


def test_images_of_jobs_are_built_beside_those_of_services() -> None:
    build = {"build": ".", "sidecars": {"proxy": {"build": "./proxy"}}}
    found = resolved({**TOP, "jobs": {"report": build}, "services": {"web": {"build": "."}}})
    assert [(item.key, item.path) for item in found.builds] == [
        ("report", ("jobs", "report", "build")),
        ("report/proxy", ("jobs", "report", "sidecars", "proxy", "build")),
        ("web", ("services", "web", "build")),
    ]
    assert found.families == ("shop-default-web", "shop-default-report")
    assert found.jobs[0].task.ecr_repositories == ("shop/report", "shop/report/proxy")


@pytest.mark.parametrize(
    ("job", "network", "public", "private_subnets"),
    [
        ({}, {}, True, False),
        ({}, {"nat": "single"}, False, True),
        ({"network": {"public": False}}, {"nat": "per_az"}, False, True),
        ({"network": {"public": False, "subnets": ["subnet-01234567"]}}, {}, False, False),
    ],
)
def test_where_its_tasks_live(job: Any, network: Any, public: bool, private_subnets: bool) -> None:
    found = resolved({**described(**job), "network": network})
    assert found.jobs[0].job.public is public
    assert getattr(found.network, "private_subnets") is private_subnets  # noqa: B009 - a VPC of its own


def test_its_capacity_may_be_spot() -> None:
    (job,) = resolved(described(capacity="spot")).jobs
    assert job.job.capacity_provider_strategy == ({"capacity_provider": "FARGATE_SPOT", "weight": 1},)
    assert not messages(described(capacity="spot"))


def test_two_environments_must_not_share_names() -> None:
    names = {"environments": {"b": {}, "b-c": {}}}
    found = messages({**TOP, **names, "jobs": {"c-d": JOB, "d": JOB}})
    assert [line for line in found if "EG207" in line]
