"""What the server decides without touching anything: settings, container options, order, deployments, targets."""

from __future__ import annotations

import subprocess
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from ministack.services import stepfunctions

from ecsgen.errors import UsageError
from ecsgen.sandbox.server import containers, deployments, pause, probe, task_logs, task_secrets
from ecsgen.sandbox.server.coverage import SUBJECTS, Level, as_json
from ecsgen.sandbox.server.deployments import Moves, Tasks
from ecsgen.sandbox.server.engine import split_reference
from ecsgen.sandbox.server.ordering import Next, Progress, next_step
from ecsgen.sandbox.server.patches import schedules
from ecsgen.sandbox.server.patches.listener_rules import contains, wildcard
from ecsgen.sandbox.server.patching import MINISTACK, SandboxPatchError, check_version, need, replace
from ecsgen.sandbox.server.probe import Verdict
from ecsgen.sandbox.server.settings import from_environment
from ecsgen.sandbox.server.targets import Target

GOOD = {"GATEWAY_PORT": "4711", "ECSGEN_SANDBOX_ID": "a"}


class TestSettings:
    def test_defaults(self) -> None:
        settings = from_environment(GOOD)
        assert (settings.host, settings.port, settings.region, settings.engine) == (
            "127.0.0.1",
            4711,
            "us-east-1",
            True,
        )
        assert settings.registry == "127.0.0.1:4711"

    @pytest.mark.parametrize(
        ("wrong", "word"),
        [
            ({"GATEWAY_PORT": "x"}, "GATEWAY_PORT"),
            ({"GATEWAY_PORT": "70000"}, "GATEWAY_PORT"),
            ({"ECSGEN_SANDBOX_ID": ""}, "ECSGEN_SANDBOX_ID"),
            ({"ECSGEN_SANDBOX_ENGINE": "yes"}, "ECSGEN_SANDBOX_ENGINE"),
            ({"BIND_HOST": "0.0.0.0"}, "loopback"),
        ],
    )
    def test_wrong_ones_are_named(self, wrong: dict[str, str], word: str) -> None:
        with pytest.raises(UsageError, match=word):
            from_environment({**GOOD, **wrong})


class TestSchedules:
    def test_a_filter_picks_by_name(self) -> None:
        data = {"task": {"Containers": [{"Name": "web", "ExitCode": 75}, {"Name": "log"}]}}
        resolve = schedules.resolve_path(stepfunctions._resolve_path)
        assert resolve("$.task.Containers[?(@.Name=='web')].ExitCode", data) == [75]
        assert resolve("$.task.Containers[?(@.Name=='log')].ExitCode", data) == []
        assert resolve("$.task.Containers[?(@.Name=='log')]", data) == [{"Name": "log"}]
        assert resolve("$.nothing[?(@.Name=='log')]", data) == []
        assert resolve("$.task.Containers[0].ExitCode", data) == 75

    def test_ministack_still_knows_no_filters(self) -> None:
        """When this fails, the patch can go."""
        assert stepfunctions._resolve_path("$.a[?(@.b=='c')]", {"a": [{"b": "c"}]}) is None

    def test_parts_are_named_as_step_functions_names_them(self) -> None:
        answer = {"containers": [{"exitCode": 0, "name": "web"}], "taskArn": "a"}
        assert schedules.pascal(answer) == {"Containers": [{"ExitCode": 0, "Name": "web"}], "TaskArn": "a"}


class TestPatching:
    def test_another_version_is_refused(self) -> None:
        with pytest.raises(SandboxPatchError, match=f"needs MiniStack {MINISTACK}: 1.6.0 is installed"):
            check_version("1.6.0")
        check_version()

    def test_what_is_not_there_is_named(self) -> None:
        with pytest.raises(SandboxPatchError, match=r"MiniStack has no thing\.gone"):
            need(ModuleType("thing"), "gone")

    def test_a_function_is_replaced_in_the_table_of_actions_too(self) -> None:
        module = ModuleType("thing")

        def old() -> int:
            return 1

        module.run = old  # type: ignore[attr-defined]
        module._ACTION_MAP = {"Run": old}  # type: ignore[attr-defined]
        assert replace(module, "run", lambda: 2) is old
        assert (module.run(), module._ACTION_MAP["Run"]()) == (2, 2)

    def test_only_functions_are_replaced(self) -> None:
        module = ModuleType("thing")
        module.number = 1  # type: ignore[attr-defined]
        with pytest.raises(SandboxPatchError, match="not a function"):
            replace(module, "number", lambda: 2)


class TestContainers:
    @staticmethod
    def options(
        definition: dict[str, Any], override: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        return containers.docker_options(
            {"name": "web", **definition},
            override or {},
            {"A": "1"},
            image="i",
            namespace="ns",
            task_cpu=512,
            task_memory=1024,
            engine_cpus=4,
            volumes={"data": "engine-data"},
            labels={"l": "v"},
        )

    def test_a_plain_container_has_the_tasks_size_and_publishes_nothing(self) -> None:
        container, host = self.options({})
        assert container == {
            "image": "i",
            "environment": {"A": "1"},
            "labels": {"l": "v"},
            "healthcheck": {"test": ["NONE"]},
        }
        assert host == {
            "network_mode": "container:ns",
            "log_config": {"type": "json-file", "config": {"max-size": "20m"}},
            "nano_cpus": 500_000_000,
            "mem_limit": 1024**3,
            "memswap_limit": 1024**3,
        }

    def test_limits_of_its_own(self) -> None:
        limits = [{"name": "nofile", "softLimit": 10, "hardLimit": 20}]
        host = self.options({"cpu": 128, "memory": 64, "memoryReservation": 32, "ulimits": limits})[1]
        assert (host["cpu_shares"], host["mem_limit"], host["mem_reservation"]) == (128, 64 * 1024**2, 32 * 1024**2)
        assert host["ulimits"] == [{"Name": "nofile", "Soft": 10, "Hard": 20}]

    def test_overrides_win(self) -> None:
        container, host = self.options({"command": ["a"], "memory": 64}, {"command": ["b"], "memory": 128})
        assert container["command"] == ["b"]
        assert host["mem_limit"] == 128 * 1024**2

    def test_mounts_tmpfs_and_capabilities(self) -> None:
        points = [
            {"sourceVolume": "data", "containerPath": "/d", "readOnly": True},
            {"sourceVolume": "elsewhere", "containerPath": "/e"},
        ]
        linux = {
            "capabilities": {"add": ["SYS_PTRACE"], "drop": ["ALL"]},
            "tmpfs": [{"containerPath": "/t", "size": 8, "mountOptions": ["noexec"]}],
            "sharedMemorySize": 2,
            "initProcessEnabled": True,
        }
        host = self.options({"mountPoints": points, "linuxParameters": linux, "readonlyRootFilesystem": True})[1]
        assert host["binds"] == ["engine-data:/d:ro"]
        assert (host["cap_add"], host["cap_drop"], host["init"], host["read_only"]) == (
            ["SYS_PTRACE"],
            ["ALL"],
            True,
            True,
        )
        assert (host["tmpfs"], host["shm_size"]) == ({"/t": "size=8m,noexec"}, 2 * 1024**2)

    def test_environment_from_three_places(self) -> None:
        definition = {"environment": [{"name": "A", "value": "definition"}, {"name": "B", "value": "definition"}]}
        override = {"environment": [{"name": "B", "value": "override"}]}
        given = containers.environment(definition, override, {"A": "file", "C": "file"})
        assert given == {"A": "definition", "B": "override", "C": "file"}

    def test_a_health_check_runs_sooner_but_fails_no_sooner(self) -> None:
        check = {"command": ["CMD", "true"], "interval": 30, "retries": 3, "timeout": 4, "startPeriod": 10}
        made = containers.health_check({"healthCheck": check})
        assert made is not None
        second = containers.SECOND
        assert made["interval"] == 3 * second
        assert made["start_period"] + made["interval"] * made["retries"] == (10 + 30 * 3) * second

    def test_dependents_stop_first(self) -> None:
        definitions = [
            {"name": "web", "dependsOn": [{"containerName": "db", "condition": "HEALTHY"}]},
            {"name": "db"},
            {"name": "log", "dependsOn": [{"containerName": "db", "condition": "START"}]},
        ]
        assert containers.stop_order(definitions, {"web", "db", "log"}) == ["web", "log"]
        assert containers.stop_order(definitions, {"db", "log"}) == ["log"]
        assert containers.stop_order(definitions, {"db"}) == ["db"]

    @pytest.mark.parametrize(("value", "seconds"), [(None, 30), (0, 0), (120, 120)])
    def test_stop_timeout(self, value: int | None, seconds: int) -> None:
        assert containers.stop_seconds({"stopTimeout": value}) == seconds


class TestOrdering:
    @staticmethod
    def after(condition: str, **extra: Any) -> list[dict[str, Any]]:
        return [
            {"name": "web", "dependsOn": [{"containerName": "db", "condition": condition}]},
            {"name": "db", **extra},
        ]

    def test_independent_ones_start_together(self) -> None:
        assert next_step([{"name": "a"}, {"name": "b"}], {}) == Next(start=("a", "b"))
        assert next_step([{"name": "a"}, {"name": "b"}], {"a": Progress(1), "b": Progress(1)}) == Next()

    @pytest.mark.parametrize(
        ("condition", "progress", "ready"),
        [
            ("START", Progress(0), True),
            ("HEALTHY", Progress(1, "starting"), False),
            ("HEALTHY", Progress(1, "healthy"), True),
            ("COMPLETE", Progress(1), False),
            ("COMPLETE", Progress(1, exit_code=2), True),
            ("SUCCESS", Progress(1), False),
            ("SUCCESS", Progress(1, exit_code=0), True),
        ],
    )
    def test_conditions(self, condition: str, progress: Progress, ready: bool) -> None:
        assert next_step(self.after(condition), {"db": progress}) == Next(start=("web",) if ready else ())

    @pytest.mark.parametrize(
        ("condition", "progress", "problem"),
        [
            ("SUCCESS", Progress(1, exit_code=3), "db exited with code 3, not with 0"),
            ("HEALTHY", Progress(1, "unhealthy"), "db failed its health check"),
            ("HEALTHY", Progress(1, exit_code=0), "db exited with code 0 before it was healthy"),
            ("HEALTHY", Progress(181, "starting"), "db did not reach HEALTHY within 180 seconds (its startTimeout)"),
            ("COMPLETE", Progress(200), "db did not reach COMPLETE within 180 seconds (its startTimeout)"),
        ],
    )
    def test_dependencies_that_can_not_be_met(self, condition: str, progress: Progress, problem: str) -> None:
        step = next_step(self.after(condition), {"db": progress})
        assert step.problem == f"container web can not start: {problem}"

    def test_a_start_timeout_of_its_own(self) -> None:
        assert next_step(self.after("HEALTHY", startTimeout=300), {"db": Progress(200)}) == Next()


class TestDeployments:
    @pytest.mark.parametrize(
        ("desired", "percent", "tasks", "expected"),
        [
            (2, (100, 200), Tasks(0, 0, 0, 0), Moves(start=2)),
            (2, (100, 200), Tasks(0, 0, 2, 2), Moves(start=2)),
            (2, (100, 200), Tasks(2, 0, 2, 2), Moves()),
            (2, (100, 200), Tasks(2, 1, 2, 2), Moves(stop_old=1)),
            (2, (100, 200), Tasks(2, 2, 2, 2), Moves(stop_old=2)),
            (2, (100, 200), Tasks(2, 2, 1, 0), Moves(stop_old=1)),
            (4, (100, 150), Tasks(0, 0, 4, 4), Moves(start=2)),
            (4, (100, 150), Tasks(2, 2, 4, 4), Moves(stop_old=2)),
            (2, (50, 100), Tasks(0, 0, 2, 2), Moves(stop_old=1)),
            (2, (50, 100), Tasks(1, 0, 1, 1), Moves()),
            (2, (50, 100), Tasks(1, 1, 1, 1), Moves(stop_old=1)),
            (1, (0, 100), Tasks(0, 0, 1, 1), Moves(stop_old=1)),
            (1, (100, 100), Tasks(0, 0, 1, 1), Moves()),
            (1, (100, 200), Tasks(3, 3, 0, 0), Moves(stop_new=2)),
            (0, (100, 200), Tasks(1, 1, 1, 1), Moves(stop_new=1, stop_old=1)),
        ],
    )
    def test_moves(self, desired: int, percent: tuple[int, int], tasks: Tasks, expected: Moves) -> None:
        configuration = {"minimumHealthyPercent": percent[0], "maximumPercent": percent[1]}
        assert deployments.moves(desired, configuration, tasks, failed=False) == expected

    def test_a_failed_deployment_moves_nothing(self) -> None:
        assert deployments.moves(2, None, Tasks(0, 0, 1, 1), failed=True) == Moves()

    @pytest.mark.parametrize(("desired", "failures"), [(1, 3), (6, 3), (7, 4), (25, 13), (400, 200), (1000, 200)])
    def test_the_threshold_is_half_of_the_desired_count(self, desired: int, failures: int) -> None:
        assert deployments.threshold(desired) == failures

    def test_backoff_grows_and_ends(self) -> None:
        assert [deployments.backoff(number) for number in (1, 2, 3, 4, 50)] == [0, 0, 2, 4, 30]


class TestTargets:
    GROUP = {"HealthyThresholdCount": 3, "UnhealthyThresholdCount": 2, "HealthCheckIntervalSeconds": 30}
    BAD = Verdict(False, probe.MISMATCH, "Health checks failed with these codes: [500]")

    def test_the_first_success_makes_a_new_target_healthy(self) -> None:
        target = Target("10.0.0.1", 80)
        target.take(Verdict(True), self.GROUP, 1)
        assert (target.state, target.reason) == ("healthy", "")

    def test_thresholds_count_after_that(self) -> None:
        target = Target("10.0.0.1", 80)
        states = []
        for passed in (True, False, False, True, True, True, False):
            target.take(Verdict(True) if passed else self.BAD, self.GROUP, 7)
            states.append(target.state)
        assert states == ["healthy", "healthy", "unhealthy", "unhealthy", "unhealthy", "healthy", "healthy"]
        assert target.unhealthy_since == 7

    def test_a_new_target_that_fails(self) -> None:
        target = Target("10.0.0.1", 80)
        target.take(self.BAD, self.GROUP, 1)
        assert (target.state, target.reason) == ("initial", "Elb.InitialHealthChecking")
        target.take(self.BAD, self.GROUP, 2)
        assert (target.state, target.reason) == ("unhealthy", "Target.ResponseCodeMismatch")

    def test_a_draining_target_waits_for_its_requests_or_the_delay(self) -> None:
        target = Target("10.0.0.1", 80, state="draining", in_flight=1, drained_at=10)
        assert not target.is_drained(5)
        assert target.is_drained(10)
        target.in_flight = 0
        assert target.is_drained(5)
        target.take(Verdict(True), self.GROUP, 6)
        assert target.state == "draining"


@pytest.mark.parametrize(
    ("code", "matcher", "fits"),
    [(200, "200", True), (204, "200", False), (204, "200,204", True), (399, "200-399", True), (400, "200-399", False)],
)
def test_matchers(code: int, matcher: str, fits: bool) -> None:
    assert probe.matches(code, matcher) is fits


def test_a_refused_connection_is_a_failed_check() -> None:
    verdict = probe.check({"HealthCheckProtocol": "HTTP"}, "127.0.0.1", 1)
    assert verdict == Verdict(False, "Target.FailedHealthChecks", "Health checks failed")


@pytest.mark.parametrize(
    ("text", "pattern", "fits"),
    [
        ("/a/b", "/a/*", True),
        ("/a", "/a/*", False),
        ("/ab", "/a?", True),
        ("/a", "/[a]", False),
        ("/a.b", "/a.b", True),
    ],
)
def test_wildcards(text: str, pattern: str, fits: bool) -> None:
    assert wildcard(text, pattern) is fits


def test_networks() -> None:
    assert contains("10.0.0.0/8", "10.1.2.3")
    assert not contains("10.0.0.0/8", "11.0.0.1")
    assert not contains("2001:db8::/32", "10.0.0.1")


def test_log_lines_are_put_together_and_keep_their_time() -> None:
    chunks = [b"2026-01-02T03:04:05.123456789Z one\n2026-01-02T03:04:06Z t", b"wo\r\n2026-01-02T03:04:07.5Z last"]
    found = [event for batch in task_logs.events(chunks) for event in batch]
    assert [event["message"] for event in found] == ["one", "two", "last"]
    assert [event["timestamp"] % 100_000 for event in found] == [45_123, 46_000, 47_500]


def test_environment_files() -> None:
    text = "# no\nA=1\nB=x=y\nnothing\nC= spaced \nD=\n"
    assert task_secrets.parse_file(text) == {"A": "1", "B": "x=y", "C": " spaced ", "D": ""}


@pytest.mark.parametrize(
    ("reference", "parts"),
    [
        ("web", ("web", "latest")),
        ("h:5000/a/web", ("h:5000/a/web", "latest")),
        ("h:5000/a/web:1", ("h:5000/a/web", "1")),
        ("h:5000/web@sha256:aa", ("h:5000/web", "sha256:aa")),
        ("h/web:1@sha256:aa", ("h/web", "sha256:aa")),
    ],
)
def test_references(reference: str, parts: tuple[str, str]) -> None:
    assert split_reference(reference) == parts


def test_the_pause_program_sleeps(tmp_path: Path) -> None:
    import platform

    path = tmp_path / "pause"
    path.write_bytes(pause.program(platform.machine()))
    path.chmod(0o755)
    with subprocess.Popen([path]) as process:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.3)
        process.kill()


def test_both_pause_programs_are_whole() -> None:
    for machine, number in (("x86_64", 62), ("aarch64", 183)):
        data = pause.program(machine)
        assert data[:4] == b"\x7fELF"
        assert int.from_bytes(data[18:20], "little") == number
        size = int.from_bytes(data[96:104], "little")
        assert size == len(data)


def test_coverage_without_an_engine_claims_less() -> None:
    def executed(engine: bool) -> set[str]:
        rows: Any = as_json(engine)["subjects"]
        return {row["name"] for row in rows if row["level"] == Level.EXECUTED}

    assert executed(True) - executed(False) == {
        subject.name for subject in SUBJECTS if subject.needs_engine and subject.level is Level.EXECUTED
    }
    assert "container health checks" not in executed(False)


def test_without_the_log_router_output_goes_where_its_own_goes() -> None:
    own = {"logDriver": "awslogs", "options": {"awslogs-group": "/ecs/web"}}
    direct = {"logDriver": "awslogs", "options": {"awslogs-group": "/other"}}
    waits = [{"containerName": "log_router", "condition": "START"}, {"containerName": "db", "condition": "HEALTHY"}]
    definitions = [
        {"name": "log_router", "firelensConfiguration": {"type": "fluentbit"}, "logConfiguration": own},
        {"name": "web", "dependsOn": waits, "logConfiguration": {"logDriver": "awsfirelens"}},
        {"name": "db", "logConfiguration": direct},
    ]
    assert task_logs.without_router(definitions) == [
        {"name": "web", "dependsOn": waits[1:], "logConfiguration": own},
        {"name": "db", "dependsOn": [], "logConfiguration": direct},
    ]
    assert task_logs.without_router(definitions[2:]) == definitions[2:]
