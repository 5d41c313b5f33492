"""One diagnosis for each cause, from answers in AWS's own words: the headline, where it points, what to do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from ecsgen.aws.answers import (
    clean,
    read_service,
    read_target_group,
    read_targets,
    read_task,
    read_task_definition,
)
from ecsgen.aws.diagnose import Diagnosis, diagnose
from ecsgen.aws.evidence import Evidence
from ecsgen.aws.model import Watched
from ecsgen.aws.track import Failure, Seen

SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-AbCdEf"
PARAMETER = "arn:aws:ssm:eu-west-1:123456789012:parameter/hello/db"
ROLE = "User: arn:aws:sts::123456789012:assumed-role/hello-default-web-execution/1a2b is not authorized to perform: "
INIT = "ResourceInitializationError: unable to pull secrets or registry auth: "
RETRIED = "service call has been retried 1 time(s): "
ASM = f"{INIT}execution resource retrieval failed: unable to retrieve secret from asm: {RETRIED}"
SSM = f"{INIT}execution resource retrieval failed: unable to retrieve secrets from ssm: {RETRIED}"
PULL = "CannotPullContainerError: pull image manifest has been retried 7 time(s): "
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/hello/web@sha256:" + "a" * 64
WEB = ("services", "web")

Case = Callable[..., Diagnosis]


@pytest.fixture
def case(say: Any) -> Case:
    """Diagnoses a first deployment of "web" that failed, from what AWS answered."""

    def make(
        *tasks: dict[str, Any],
        events: tuple[str, ...] = (),
        targets: tuple[dict[str, Any], ...] = (),
        definition: dict[str, Any] | None = None,
        log: tuple[str, ...] = (),
        log_of: str = "web",
        failed: str = "ECS deployment circuit breaker: tasks failed to start.",
        gaps: tuple[str, ...] = (),
        **service: Any,
    ) -> Diagnosis:
        deployment = say.deployment(failedTasks=len(tasks), state="FAILED" if failed else "IN_PROGRESS")
        deployment["rolloutStateReason"] = failed
        found = read_service(say.service(deployment, events=events, **service))
        watched = Watched("web", "web")
        primary = found.deployments[0]
        read = tuple(map(read_task, tasks))
        failure = Failure(watched, primary, failed, "") if failed else None
        seen = Seen(watched, found, found.deployments, found.events, (), (), (), failure)
        return diagnose(
            Evidence(
                seen=seen,
                deployment=primary,
                definition=read_task_definition(definition or say.definition()),
                stopped=tuple(task for task in read if task.is_ending),
                current=tuple(task for task in read if not task.is_ending),
                events=found.events,
                targets=read_targets(say.group, targets),
                groups=(read_target_group(say.target_group()),),
                log=log,
                log_of=log_of if log else "",
                gaps=gaps,
            )
        )

    return make


@pytest.mark.parametrize(
    ("code", "reason", "headline", "place", "hint"),
    [
        (1, "", "web exits with code 1", ("command",), "last log lines"),
        (2, "", "web exits with code 2", ("command",), "last log lines"),
        (126, "", "not executable", ("command",), "chmod +x"),
        (127, "", "cannot find its command", ("command",), "entrypoint"),
        (
            137,
            "OutOfMemoryError: Container killed due to memory usage",
            "needs more memory",
            ("memory",),
            "raise `memory`",
        ),
        (137, "", "killed (exit code 137, SIGKILL) (the task has 512 MiB)", ("memory",), "stop_timeout"),
        (139, "", "segmentation fault", (), "library"),
        (143, "", "SIGTERM", (), "stopped from outside"),
        (0, "", "web ended by itself (exit code 0)", ("command",), "foreground"),
    ],
)
def test_exit_codes(
    case: Case, say: Any, code: int, reason: str, headline: str, place: tuple[str, ...], hint: str
) -> None:
    found = case(say.task("1a2b3c4d5e", say.container(exit_code=code, reason=reason)))
    assert headline in found.headline
    assert found.points_to[0] == (*WEB, *place)
    assert hint in found.hint


REASONS = [
    (
        f'{PULL}failed to resolve ref "{IMAGE}": {IMAGE}: not found',
        "the image of web does not exist",
        (*WEB, "image"),
        "ecsgen build",
    ),
    (
        "CannotPullContainerError: Error response from daemon: manifest for x not found: manifest unknown",
        "the image of web does not exist",
        (*WEB, "image"),
        "name and tag",
    ),
    (
        f"{PULL}failed to resolve ref docker.io/library/none:latest: pull access denied, repository does not exist "
        "or may require authorization: server message: insufficient_scope: authorization failed",
        "or does not show it to the task",
        (*WEB, "image"),
        "credentials",
    ),
    (
        f"{PULL}failed to resolve ref {IMAGE}: unexpected status from HEAD request: 403 Forbidden",
        "may not pull the image of web",
        (*WEB, "image"),
        "ecr:BatchGetImage",
    ),
    (
        f"CannotPullContainerError: The task cannot pull {IMAGE} from the registry {IMAGE}. There is a connection "
        "issue between the task and the registry. Check your task network configuration. : failed to copy: "
        "httpReadSeeker: failed open: failed to do request: Get x: dial tcp 16.12.18.1:443: i/o timeout",
        "cannot reach the registry",
        ("network",),
        "nat: single",
    ),
    (
        f"{PULL}httpReadSeeker: failed open: unexpected status code https://registry-1.docker.io/v2/x: 429 Too Many "
        "Requests - Server message: toomanyrequests: You have reached your unauthenticated pull rate limit.",
        "limits how often",
        (*WEB, "image"),
        "registry of your own",
    ),
    (
        f"{PULL}image Manifest does not contain descriptor matching platform 'linux/amd64'",
        "not built for linux/amd64",
        (*WEB, "arch"),
        "`arch`",
    ),
    (
        "CannotPullContainerError: ref pull has been retried 1 time(s): failed to extract layer: write /var/lib: "
        "no space left on device",
        "does not fit on the task's disk",
        (*WEB, "storage"),
        "`storage`",
    ),
    (f"{PULL}something new", "cannot be pulled", (*WEB, "image"), "reason"),
    (
        f"{ASM}failed to fetch secret {SECRET} from secrets manager: api error AccessDeniedException: {ROLE}"
        f"secretsmanager:GetSecretValue on resource: {SECRET} because no identity-based policy allows it",
        f"may not read the secret DB_PASSWORD ({SECRET})",
        (*WEB, "secrets", "DB_PASSWORD"),
        "permissions boundary",
    ),
    (
        f"ResourceNotFoundException: The task can't retrieve the secret with ARN '{SECRET}' from AWS Secrets Manager. "
        "Check whether the secret exists in the specified Region. ResourceInitializationError",
        f"the secret DB_PASSWORD ({SECRET}) does not exist",
        (*WEB, "secrets", "DB_PASSWORD"),
        "create it",
    ),
    (
        f"{ASM}failed to fetch secret {SECRET} from secrets manager: ResourceNotFoundException: Secrets Manager can't "
        "find the specified secret value for staging label: AWSCURRENT",
        "has no value yet",
        (*WEB, "secrets", "DB_PASSWORD"),
        "put a value",
    ),
    (
        f"{ASM}retrieved secret from Secrets Manager did not contain json key password",
        "has no key 'password'",
        (*WEB, "secrets", "DB_KEY"),
        "check the key",
    ),
    (
        f"{ASM}failed to fetch secret {SECRET}: RequestCanceled: request context canceled caused by: context deadline "
        "exceeded. Please check your task network configuration",
        "cannot reach Secrets Manager",
        ("network",),
        "endpoints",
    ),
    (
        f"{SSM}invalid ssm parameters: /hello/db",
        "the secret API_TOKEN (/hello/db) does not exist",
        (*WEB, "secrets", "API_TOKEN"),
        "create it",
    ),
    (
        f"{SSM}invalid parameters: /hello/db",
        "the secret API_TOKEN (/hello/db) does not exist",
        (*WEB, "secrets", "API_TOKEN"),
        "create it",
    ),
    (
        f"{SSM}AccessDeniedException: {ROLE}ssm:GetParameters on resource: {PARAMETER} because no policy allows it",
        f"may not read the secret API_TOKEN ({PARAMETER})",
        (*WEB, "secrets", "API_TOKEN"),
        "permissions boundary",
    ),
    (
        f"{ASM}failed to fetch secret {SECRET}: AccessDeniedException: Access to KMS is not allowed",
        "may not decrypt the secret DB_PASSWORD",
        (*WEB, "secrets", "DB_PASSWORD"),
        "kms_key",
    ),
    (
        f"{INIT}unable to retrieve secrets from ssm: The task cannot pull secrets from AWS Systems Manager. There is a "
        "connection issue between the task and AWS Systems Manager Parameter Store.",
        "cannot reach SSM",
        ("network",),
        "endpoints",
    ),
    (
        f"{INIT}execution resource retrieval failed: unable to retrieve ecr registry auth: service call has been "
        'retried 3 time(s): RequestError: send request failed caused by: Post "https://api.ecr.eu-west-1.amazonaws.com/"'
        ": dial tcp 63.34.63.179:443: i/o timeout. Please check your task network configuration.",
        "the task cannot reach ECR",
        ("network",),
        "nat: single",
    ),
    (
        f"{INIT}execution resource retrieval failed: unable to retrieve ecr registry auth: service call has been "
        f"retried 1 time(s): AccessDeniedException: {ROLE}ecr:GetAuthorizationToken on resource: *",
        "may not sign in to ECR",
        (*WEB, "image"),
        "ecr:GetAuthorizationToken",
    ),
    (
        "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed "
        "to create Cloudwatch log stream: ResourceNotFoundException: The specified log group does not exist. : exit "
        "status 1",
        "the log group of web does not exist",
        (*WEB, "logs"),
        "ecsgen apply",
    ),
    (
        "ResourceInitializationError: failed to validate logger args: The task cannot find the Amazon CloudWatch log "
        "group defined in the task definition. There is a connection issue between the task and Amazon CloudWatch. "
        "Check your network configuration. : signal: killed",
        "cannot reach CloudWatch Logs",
        ("network",),
        "endpoints",
    ),
    (
        f"ResourceInitializationError: failed to validate logger args: AccessDeniedException: {ROLE}logs:CreateLogStream",
        "may not write to its log group",
        (*WEB, "logs"),
        "logs:CreateLogStream",
    ),
    (
        "ResourceInitializationError: failed to download env files: file download command: non empty error stream",
        "environment file of web cannot be read",
        (*WEB, "env_files"),
        "S3",
    ),
    ("ResourceInitializationError: something new", "cannot be set up", WEB, "reason"),
    (
        'CannotStartContainerError: exec: "uvicorn": executable file not found in $PATH: unknown',
        "there is no program uvicorn in its image",
        (*WEB, "command"),
        "entrypoint",
    ),
    (
        "CannotCreateContainerError: ResourceInitializationError: failed to create new container runtime task: failed "
        'to create shim task: OCI runtime create failed: exec: "/app/run": permission denied: unknown',
        "may not be executed",
        (*WEB, "command"),
        "chmod +x",
    ),
    (
        "CannotStartContainerError: standard_init_linux.go:228: exec user process caused: exec format error",
        "another processor than X86_64",
        (*WEB, "arch"),
        "`arch`",
    ),
    (
        "CannotStartContainerError: linux spec user: unable to find user app: no matching entries in passwd file",
        "the image of web has no user app",
        (*WEB, "user"),
        "Dockerfile",
    ),
    (
        "Unexpected EC2 error while attempting to Create Network Interface in subnet 'subnet-1': "
        "InsufficientFreeAddressesInSubnet",
        "no free address",
        ("network",),
        "larger subnets",
    ),
    (
        "Unexpected EC2 error while attempting to Create Network Interface with public IP assignment enabled in subnet "
        "'subnet-1': InvalidGroup.NotFound: The security group 'sg-1' does not exist",
        "security group",
        (*WEB, "network", "security_groups"),
        "must exist",
    ),
    (
        "Timeout waiting for network interface provisioning to complete.",
        "did not provide the task's network interface in time",
        WEB,
        "apply again",
    ),
]


@pytest.mark.parametrize(("text", "headline", "place", "hint"), REASONS)
def test_tasks_that_could_not_start(
    case: Case, say: Any, text: str, headline: str, place: tuple[str, ...], hint: str
) -> None:
    definition = say.definition(
        secrets=[
            {"name": "DB_PASSWORD", "valueFrom": SECRET},
            {"name": "DB_KEY", "valueFrom": f"{SECRET.replace('prod', 'other')}:password::"},
            {"name": "API_TOKEN", "valueFrom": PARAMETER},
        ]
    )
    task = say.task("1a2b3c4d5e", say.container(), reason=text, stopCode="TaskFailedToStart")
    found = case(task, definition=definition)
    assert headline in found.headline
    assert found.points_to[0] == place
    assert hint in found.hint
    assert any("1 task stopped" in fact for fact in found.facts)


EVENTS = [
    (
        "(service web) was unable to place a task. Reason: Capacity is unavailable at this time. Please try again later or "
        "in a different availability zone.",
        "no compute capacity",
        "capacity",
        "zones",
    ),
    (
        "(service web) was unable to place a task. Reason: You've reached the limit on the number of vCPUs you can run "
        "concurrently.",
        "limit on vCPUs",
        "cpu",
        "Service Quotas",
    ),
    (
        "(service web) was unable to place a task. Reason: The requested MEMORY configuration is above your limit.",
        "so much MEMORY",
        "cpu",
        "Service Quotas",
    ),
    (
        "(service web) was unable to place a task because no container instance met all of its requirements. The closest "
        "matching container-instance 1a has insufficient CPU units available.",
        "no room for the task",
        "capacity",
        "cluster larger",
    ),
    (
        "(service web) was unable to place a task. Reason: TaskFailedToStart: RESOURCE:MEMORY.",
        "no room for the task MEMORY",
        "capacity",
        "smaller",
    ),
    (
        "(service web) failed to launch a task with (error ECS was unable to assume the role 'arn:aws:iam::1:role/r' that "
        "was provided for this task. Please verify that the role has the proper trust relationship.)",
        "ECS may not take the role arn:aws:iam::1:role/r",
        "permissions",
        "ecs-tasks.amazonaws.com",
    ),
    (
        "(service web) was unable to stop or start tasks during a deployment because of the service deployment "
        "configuration. Update the minimumHealthyPercent or maximumPercent value and try again.",
        "the deployment cannot move",
        "deploy",
        "min_healthy",
    ),
    (
        "(service web) was unable to place a task. Reason: CannotPullContainerError: pull image manifest has been retried "
        "7 time(s): failed to resolve ref x: not found.",
        "does not exist",
        "image",
        "name and tag",
    ),
    (
        "(service web) was unable to place a task because your account is currently blocked.",
        "blocked this account",
        "",
        "AWS Support",
    ),
    (
        "IAM trust relationship has been misconfigured or changed, and ECS can no longer maintain your service",
        "no longer has the permissions",
        "permissions",
        "service-linked role",
    ),
]


@pytest.mark.parametrize(("event", "headline", "place", "hint"), EVENTS)
def test_events_when_no_task_is_left(case: Case, event: str, headline: str, place: str, hint: str) -> None:
    found = case(events=("(service web) has reached a steady state.", event))
    assert headline in found.headline
    assert found.points_to[0] == ((*WEB, place) if place else WEB)
    assert hint in found.hint
    assert any(fact.startswith("ECS: ") for fact in found.facts)


def test_trouble_that_is_over_is_not_the_cause(case: Case, say: Any) -> None:
    """A new role is not known everywhere at once, so the first event of a first deployment often says this."""
    over = "(service web) failed to launch a task with (error ECS was unable to assume the role 'r' for this task.)"
    started = "(service web) has started 1 tasks: (task 1a)."
    found = case(events=(over, started), targets=(say.target("unhealthy", "Request timed out"),), failed="")
    assert "gets no answer" in found.headline


def test_spot_capacity_is_named(case: Case, say: Any) -> None:
    pending = say.task("1a", lastStatus="PENDING", stoppedReason="", capacityProviderName="FARGATE_SPOT")
    event = "(service web) was unable to place a task. Reason: Capacity is unavailable at this time."
    found = case(pending, events=(event,), failed="")
    assert "Fargate Spot" in found.headline
    assert "capacity: {fargate:" in found.hint


def test_spot_interruption(case: Case, say: Any) -> None:
    task = say.task(
        "1a", say.container(exit_code=143), reason="Your Spot Task was interrupted.", stopCode="SpotInterruption"
    )
    assert "took the Spot capacity" in case(task).headline


def test_container_health_check(case: Case, say: Any) -> None:
    check = {"command": ["CMD-SHELL", "curl -f http://localhost:8080/ || exit 1"], "startPeriod": 5, "interval": 10}
    task = say.task(
        "1a2b3c4d5e",
        say.container(exit_code=137, healthStatus="UNHEALTHY"),
        reason="Task failed container health checks",
        stopCode="ServiceSchedulerInitiated",
    )
    found = case(task, definition=say.definition(healthCheck=check))
    assert found.headline == "the health check of web fails: curl -f http://localhost:8080/ || exit 1"
    assert found.points_to == ((*WEB, "health"), (*WEB, "health", "start_period"))
    assert "the tasks lived 30 s" in found.hint
    assert any("web is UNHEALTHY" in fact and "every 10 s" in fact and "first 5 s" in fact for fact in found.facts)


def test_container_health_check_of_a_sidecar_that_runs(case: Case, say: Any) -> None:
    proxy = {"name": "proxy", "image": "envoy", "essential": True, "healthCheck": {"command": ["CMD", "probe"]}}
    task = say.task(
        "1a",
        say.container(lastStatus="RUNNING", healthStatus="HEALTHY"),
        say.container("proxy", lastStatus="RUNNING", healthStatus="UNHEALTHY"),
        lastStatus="RUNNING",
        stopCode="",
        stoppedReason="",
    )
    found = case(task, definition=say.definition(proxy), failed="")
    assert found.headline == "the health check of proxy fails: probe"
    assert found.points_to[0] == (*WEB, "sidecars", "proxy", "health")


ELB = (
    "Task failed ELB health checks in (target-group arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/hello/4d2246)"
)


@pytest.mark.parametrize(
    ("description", "reason", "headline", "place", "hint"),
    [
        (
            "Health checks failed with these codes: [404]",
            "Target.ResponseCodeMismatch",
            "GET /health is answered with 404, not 200-399",
            ("http", "health", "path"),
            "the program knows",
        ),
        (
            "Health checks failed with these codes: [500]",
            "Target.ResponseCodeMismatch",
            "answered with 500",
            ("http", "health", "path"),
            "the program itself fails",
        ),
        (
            "Health checks failed with these codes: [403]",
            "Target.ResponseCodeMismatch",
            "answered with 403",
            ("http", "health", "path"),
            "no sign-in",
        ),
        (
            "Health checks failed with these codes: [302]",
            "Target.ResponseCodeMismatch",
            "answered with 302",
            ("http", "health", "path"),
            "`codes`",
        ),
        (
            "Health checks failed with these codes: [204]",
            "Target.ResponseCodeMismatch",
            "answered with 204",
            ("http", "health", "codes"),
            "accept the status",
        ),
        (
            "Request timed out",
            "Target.Timeout",
            "gets no answer within 5 s",
            ("http", "health", "timeout"),
            "too slow",
        ),
        (
            "Health checks failed",
            "Target.FailedHealthChecks",
            "finds nothing that answers on port 8080",
            ("port",),
            "127.0.0.1",
        ),
    ],
)
def test_load_balancer_health_check(
    case: Case, say: Any, description: str, reason: str, headline: str, place: tuple[str, ...], hint: str
) -> None:
    task = say.task("1a", say.container(exit_code=137), reason=ELB, stopCode="ServiceSchedulerInitiated")
    found = case(task, targets=(say.target("unhealthy", description, reason),))
    assert headline in found.headline
    assert found.points_to[0] == (*WEB, *place)
    assert hint in found.hint
    assert f"its last word: {description}" in found.facts
    assert any("GET /health every 30 s, 5 s to answer, expects 200-399, 3 failures" in fact for fact in found.facts)


def test_load_balancer_health_check_from_events_alone(case: Case, say: Any) -> None:
    event = (
        f"(service web) (task 9d85800c30b349039d104d52b506b930) (port 8080) is unhealthy in (target-group {say.group}) due "
        "to (reason Health checks failed with these codes: [503])."
    )
    found = case(events=(event,), failed="")
    assert "answered with 503" in found.headline
    assert "its last word: Health checks failed with these codes: [503]" in found.facts


def test_a_grace_that_may_be_too_short(case: Case, say: Any) -> None:
    task = say.task("1a", say.container(exit_code=143), reason=ELB, stopCode="ServiceSchedulerInitiated")
    found = case(task, targets=(say.target("unhealthy", "Health checks failed"),), healthCheckGracePeriodSeconds=15)
    assert "raise `grace` (it is 15 s, the tasks lived 30 s)" in found.hint
    assert (*WEB, "http", "grace") in found.points_to


def test_a_task_that_is_still_stopping_counts_by_its_reason(case: Case, say: Any) -> None:
    """A program that ignores SIGTERM takes half a minute to stop; the reason is there at once."""
    stopping = {"lastStatus": "STOPPING", "stoppedAt": None, "stoppingAt": say.now + timedelta(seconds=22)}
    task = say.task("1a", say.container(), reason=ELB, stopCode="ServiceSchedulerInitiated", **stopping)
    found = case(task, targets=(say.target("unhealthy", "Health checks failed"),))
    assert "1 task stopped: Task failed ELB health checks in (target-group hello)" in found.facts
    assert "the tasks lived 12 s" in found.hint


def test_a_zone_the_load_balancer_does_not_serve(case: Case, say: Any) -> None:
    text = "Target is in an Availability Zone that is not enabled for the load balancer"
    found = case(say.task("1a", reason=ELB), targets=(say.target("unhealthy", text),))
    assert "a zone that the load balancer does not serve" in found.headline
    assert found.points_to[0] == ("network",)


def test_exec_format_error_in_the_log(case: Case, say: Any) -> None:
    found = case(say.task("1a", say.container(exit_code=255)), log=("exec /app/run: exec format error",))
    assert "another processor than X86_64" in found.headline
    assert found.points_to == ((*WEB, "arch"),)
    assert found.log_lines == ("exec /app/run: exec format error",)
    assert found.log_of == "web"


def test_the_first_container_to_fail_is_blamed(case: Case, say: Any) -> None:
    proxy = {"name": "proxy", "image": "envoy", "essential": True, "memory": 64}
    task = say.task("1a", say.container(exit_code=143), say.container("proxy", exit_code=1))
    found = case(task, definition=say.definition(proxy))
    assert found.headline == "proxy exits with code 1"
    assert found.points_to == ((*WEB, "sidecars", "proxy", "command"),)


def test_a_container_that_is_not_essential_is_not_blamed(case: Case, say: Any) -> None:
    migrate = {"name": "migrate", "image": "m", "essential": False}
    task = say.task("1a", say.container(exit_code=0), say.container("migrate", exit_code=1))
    assert "web ended by itself" in case(task, definition=say.definition(migrate)).headline


def test_a_limit_of_its_own_is_pointed_at(case: Case, say: Any) -> None:
    proxy = {"name": "proxy", "image": "envoy", "essential": True, "memory": 64}
    oom = say.container("proxy", exit_code=137, reason="OutOfMemoryError: Container killed due to memory usage")
    found = case(say.task("1a", say.container(exit_code=137), oom), definition=say.definition(proxy))
    assert "the container's limit is 64 MiB" in found.headline
    assert found.points_to == ((*WEB, "sidecars", "proxy", "limits", "memory"),)


def test_a_secret_of_a_sidecar(case: Case, say: Any) -> None:
    proxy = {"name": "proxy", "image": "envoy", "secrets": [{"name": "KEY", "valueFrom": PARAMETER}]}
    task = say.task("1a", reason=f"{SSM}invalid ssm parameters: /hello/db", stopCode="TaskFailedToStart")
    found = case(task, definition=say.definition(proxy))
    assert found.points_to == ((*WEB, "sidecars", "proxy", "secrets", "KEY"),)


def test_most_tasks_decide_and_routine_stops_do_not(case: Case, say: Any) -> None:
    tasks = [say.task(f"{number}a", say.container(exit_code=1)) for number in range(2)]
    pull = say.task("2a", say.container(reason=f"{PULL}not found"), reason="Task failed to start")
    routine = [
        say.task(
            f"r{number}", say.container(exit_code=143), reason="Scaling activity initiated by (deployment ecs-svc/1)"
        )
        for number in range(3)
    ]
    found = case(*tasks, pull, *routine)
    assert found.headline == "web exits with code 1"
    assert "2 tasks stopped: Essential container in task exited (web: exit code 1)" in found.facts
    assert not any("Scaling" in fact for fact in found.facts)


def test_the_newest_decides_at_a_tie(case: Case, say: Any) -> None:
    found = case(say.task("1a", say.container(exit_code=1)), say.task("2a", say.container(exit_code=2)))
    assert found.headline == "web exits with code 2"


def test_public_tasks_get_other_advice(case: Case, say: Any) -> None:
    network = {"awsvpcConfiguration": {"subnets": ["subnet-1"], "assignPublicIp": "ENABLED"}}
    task = say.task("1a", reason="CannotPullContainerError: dial tcp 1.1.1.1:443: i/o timeout")
    assert "internet gateway" in case(task, networkConfiguration=network).hint


@pytest.mark.parametrize(
    ("status", "words"),
    [("PROVISIONING", "network interface"), ("PENDING", "image is still being pulled"), ("ACTIVATING", "registered")],
)
def test_tasks_that_are_still_on_their_way(case: Case, say: Any, status: str, words: str) -> None:
    found = case(say.task("1a", lastStatus=status, stopCode="", stoppedReason=""), failed="")
    assert f"1 task still {status}" in found.headline
    assert words in found.headline
    assert "`timeout`" in found.hint


def test_no_cause_is_invented(case: Case) -> None:
    found = case(failed="ECS deployment circuit breaker: something new.", gaps=("could not read the container's log",))
    assert found.headline == "ECS deployment circuit breaker: something new."
    assert found.points_to == (WEB,)
    assert found.facts[-1] == "could not read the container's log"


def test_a_service_that_does_not_exist() -> None:
    seen = Seen(Watched("web", "web"), None, (), (), (), (), (), None)
    found = diagnose(Evidence(seen, None, None, (), (), (), (), (), (), "", ()))
    assert found.headline == "the service does not exist"
    assert found.facts == ()


def test_a_rollback_is_a_fact(say: Any) -> None:
    service = read_service(say.service(say.deployment(1, "COMPLETED", runningCount=1)))
    failed = read_service(say.service(say.deployment(2, "FAILED"))).deployments[0]
    watched = Watched("web", "web")
    seen = Seen(
        watched, service, (failed,), (), (), (), (), Failure(watched, failed, "tasks failed", "hello-default-web:1")
    )
    found = diagnose(Evidence(seen, failed, None, (), (), (), (), (), (), "", ()))
    assert "ECS went back to hello-default-web:1, which goes on serving" in found.facts
    assert found.facts[0].startswith("deployment of hello-default-web:2: 0 of 1 running")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m plain", "red plain"),
        ("\x1b]0;title\x07text\r", "text"),
        ("bell\x07 back\x08 tab\tkept", "bell back tab\tkept"),
        ("\x9b31mC1 \x85 line", "31mC1  line"),
        ("ünïcödé ✓", "ünïcödé ✓"),
    ],
)
def test_lines_are_cleaned(text: str, shown: str) -> None:
    assert clean(text) == shown
