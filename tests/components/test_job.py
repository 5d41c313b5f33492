"""Jobs: the same containers and the same checks as services, and files of their own."""

from __future__ import annotations

from typing import Any

import pytest
from descriptions import check, messages, render

from ecsgen import application
from ecsgen.hcl import Ref

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


def test_without_a_schedule_there_is_nothing_that_starts_it() -> None:
    (job,) = resolved(described(retries=2, timeout="5m", timezone="Europe/Berlin")).jobs
    assert (job.job.schedule, job.job.retries, job.job.timeout_seconds, job.job.state_machine) == (None,) * 4


def test_a_schedule_starts_the_task_itself_when_there_is_nothing_to_watch() -> None:
    (job,) = resolved(described(schedule="30 7 * * 1-5", retries=0)).jobs
    assert job.job.schedule == {
        "name": "shop-default-report",
        "expression": "cron(30 7 ? * MON-FRI *)",
        "timezone": "UTC",
        "role_name": "shop-default-report-schedule",
        "dead_letter_queue_name": "shop-default-report-undelivered",
    }
    assert (job.job.retries, job.job.state_machine) == (None, None)


@pytest.mark.parametrize(
    ("keys", "retries", "timeout"),
    [
        ({"retries": 2}, {"attempts": 2, "delay_seconds": 10, "backoff_rate": 2}, None),
        ({"timeout": "5m"}, None, 300),
        (
            {"retries": {"attempts": 1, "on": [137, 75, 75], "delay": "1m", "backoff": 1.5}, "timeout": 5},
            {"attempts": 1, "exit_codes": [75, 137], "delay_seconds": 60, "backoff_rate": 1.5},
            5,
        ),
        (
            {"retries": {"attempts": 1, "on": 75}},
            {"attempts": 1, "exit_codes": [75], "delay_seconds": 10, "backoff_rate": 2},
            None,
        ),
    ],
)
def test_retries_and_a_timeout_take_a_state_machine(keys: Any, retries: Any, timeout: Any) -> None:
    (job,) = resolved(described(schedule="@daily", logs={"retention": 90}, **keys)).jobs
    assert (job.job.retries, job.job.timeout_seconds) == (retries, timeout)
    assert job.job.state_machine == {
        "name": "shop-default-report",
        "role_name": "shop-default-report-runs",
        "log_group_name": "/aws/vendedlogs/states/shop-default-report",
        "log_retention_days": Ref("module.report_task.log_retention_days"),
    }


def test_long_names_stay_within_their_limits_and_apart() -> None:
    names = ["a" * 60 + suffix for suffix in ("-b", "-c")]
    found = [job.job for job in resolved(described(*names, schedule="@daily", retries=1)).jobs]
    for job in found:
        assert job.schedule is not None
        assert job.state_machine is not None
        assert len(job.schedule["name"]) == 64
        assert len(job.schedule["role_name"]) <= 64
        assert len(job.schedule["dead_letter_queue_name"]) <= 80
    assert len({str(job.schedule) for job in found}) == len({str(job.state_machine) for job in found}) == 2


def test_an_environment_may_change_or_drop_the_schedule() -> None:
    overlays = {
        "staging": {"jobs": {"report": {"schedule": None}}},
        "prod": {"jobs": {"report": {"retries": {"on": [75]}}}},
    }
    found = check({**described(schedule="@daily", retries=3), "environments": overlays})
    assert not found.errors
    staging, prod = (application.resolve(found.environments[name], name, {}).jobs[0] for name in ("staging", "prod"))
    assert staging.job.schedule is None
    assert prod.job.retries == {"attempts": 3, "exit_codes": [75], "delay_seconds": 10, "backoff_rate": 2}


@pytest.mark.parametrize(("rate", "warns"), [("rate(5 minutes)", True), ("rate(1 hour)", False), ("* * * * *", False)])
def test_runs_that_overlap_are_a_warning(rate: str, warns: bool) -> None:
    assert any("EG551" in line for line in messages(described(schedule=rate, timeout="6m"))) is warns
