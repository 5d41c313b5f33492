"""Tasks with real containers: what a container definition says is what the container gets."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .stacks import REGION, Stack, until

pytestmark = pytest.mark.docker


def script(text: str) -> dict[str, Any]:
    return {"command": ["sh", "-c", text]}


def test_containers_reach_each_other_on_localhost(stack: Stack) -> None:
    ask = "for i in $(seq 200); do wget -q -O - http://127.0.0.1:8080/ && exit 0; sleep 0.3; done; exit 9"
    definition = stack.define(stack.container(essential=False), stack.container("asker", **script(ask)))
    task = stack.run(definition)
    assert stack.output(task, "asker") == ["hello"]
    assert {item["name"]: item.get("exitCode") for item in task["containers"]}["asker"] == 0


def test_what_is_written_last_needs_no_newline(stack: Stack) -> None:
    for _ in range(5):
        task = stack.run(stack.define(stack.container(**script("sleep 0.5; echo first; printf last"))))
        assert stack.output(task) == ["first", "last"]


def test_the_network_outlives_the_first_container(stack: Stack) -> None:
    first = stack.container("first", essential=False, portMappings=[], **script("exit 0"))
    rest = stack.container(
        "rest",
        dependsOn=[{"containerName": "first", "condition": "SUCCESS"}],
        **script("sleep 1; ip addr | grep -c eth0"),
    )
    task = stack.run(stack.define(first, rest))
    assert int(stack.output(task, "rest")[0]) > 0


def test_containers_start_in_the_order_of_their_dependencies(stack: Stack) -> None:
    check = {"command": ["CMD", "test", "-f", "/tmp/ready"], "interval": 5, "timeout": 2, "retries": 3}
    definition = stack.define(
        stack.container(
            "last",
            portMappings=[],
            dependsOn=[{"containerName": "database", "condition": "HEALTHY"}],
            **script("cut -d' ' -f1 /proc/uptime; exit 0"),
        ),
        stack.container(
            "database",
            healthCheck=check,
            dependsOn=[{"containerName": "migrate", "condition": "SUCCESS"}],
            **script("cut -d' ' -f1 /proc/uptime; sleep 2; touch /tmp/ready; sleep 60"),
        ),
        stack.container("migrate", essential=False, **script("sleep 1; cut -d' ' -f1 /proc/uptime")),
    )
    task = stack.run(definition)
    assert task["stoppedReason"] == "Essential container in task exited"
    times = [float(stack.output(task, name)[0]) for name in ("migrate", "database", "last")]
    assert times == sorted(times)
    assert times[2] - times[1] > 2
    assert task["stoppedReason"] == "Essential container in task exited"


def test_a_dependency_that_fails_stops_the_task(stack: Stack) -> None:
    definition = stack.define(
        stack.container("migrate", essential=False, **script("exit 4")),
        stack.container(dependsOn=[{"containerName": "migrate", "condition": "SUCCESS"}]),
    )
    task = stack.run(definition)
    assert task["stopCode"] == "TaskFailedToStart"
    assert task["stoppedReason"] == "container web can not start: migrate exited with code 4, not with 0"


def test_an_essential_container_takes_the_others_with_it(stack: Stack) -> None:
    sidecar = stack.container(
        "sidecar", **script("trap 'echo told to stop; exit 0' TERM; while true; do sleep 0.1; done")
    )
    task = stack.run(stack.define(stack.container(**script("sleep 1; exit 7")), sidecar))
    assert task["stopCode"] == "EssentialContainerExited"
    assert {item["name"]: item["exitCode"] for item in task["containers"]} == {"web": 7, "sidecar": 0}
    assert stack.output(task, "sidecar") == ["told to stop"]


def test_a_container_that_is_not_essential_may_end(stack: Stack) -> None:
    task = stack.run(
        stack.define(
            stack.container(**script("sleep 2; exit 0")), stack.container("helper", essential=False, **script("exit 1"))
        )
    )
    assert {item["name"]: item["exitCode"] for item in task["containers"]} == {"web": 0, "helper": 1}


def test_what_a_definition_says_about_the_process(stack: Stack) -> None:
    text = "id -u; id -g; pwd; echo $GREETING; ulimit -n; ulimit -Hn; touch /x 2>/dev/null || echo read-only; grep CapBnd /proc/self/status; cat /proc/1/comm"
    definition = stack.define(
        stack.container(
            entryPoint=["sh", "-c"],
            command=[text],
            user="1000:1001",
            workingDirectory="/www",
            readonlyRootFilesystem=True,
            environment=[{"name": "GREETING", "value": "hi"}],
            ulimits=[{"name": "nofile", "softLimit": 500, "hardLimit": 900}],
            linuxParameters={"initProcessEnabled": True, "capabilities": {"drop": ["ALL"]}},
        )
    )
    output = stack.output(stack.run(definition))
    assert output[:7] == ["1000", "1001", "/www", "hi", "500", "900", "read-only"]
    assert output[7].split()[1] == "0000000000000000"
    assert output[8] == "docker-init"


def test_run_task_overrides_command_and_environment(stack: Stack) -> None:
    override = {
        "name": "web",
        "command": ["sh", "-c", "echo $A $B; exit 5"],
        "environment": [{"name": "B", "value": "2"}],
    }
    definition = stack.define(stack.container(environment=[{"name": "A", "value": "1"}, {"name": "B", "value": "x"}]))
    task = stack.run(definition, overrides={"containerOverrides": [override]})
    assert stack.output(task) == ["1 2"]
    assert task["containers"][0]["exitCode"] == 5


def test_a_container_over_its_memory_is_killed(stack: Stack) -> None:
    eat = "dd if=/dev/zero of=/dev/null bs=200M count=1"
    task = stack.run(stack.define(stack.container(memory=32, memoryReservation=16, **script(eat + "; exit $?"))))
    container = task["containers"][0]
    assert container["exitCode"] == 137
    assert container["reason"] == "OutOfMemoryError: Container killed due to memory usage"


def test_an_image_that_is_not_there(stack: Stack) -> None:
    task = stack.run(stack.define(stack.container(image=f"127.0.0.1:{stack.server.port}/test/web:nope")))
    assert task["stopCode"] == "TaskFailedToStart"
    assert task["stoppedReason"].startswith("CannotPullContainerError: pull image manifest has been retried")
    assert "/test/web:nope" in task["stoppedReason"]
    assert task["containers"][0]["reason"] == task["stoppedReason"]


def test_a_program_that_is_not_there(stack: Stack) -> None:
    task = stack.run(stack.define(stack.container(command=["/no/such/program"])))
    assert task["stoppedReason"].startswith("CannotStartContainerError: ")
    assert "/no/such/program" in task["stoppedReason"]


def test_an_image_for_another_architecture(stack: Stack) -> None:
    arm = {"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"}
    task = stack.run(stack.define(runtimePlatform=arm))
    assert "image Manifest does not contain descriptor matching platform 'linux/arm64'" in task["stoppedReason"]


def test_secrets_arrive_as_their_values(stack: Stack) -> None:
    ssm, secrets = stack.server.client("ssm"), stack.server.client("secretsmanager")
    ssm.put_parameter(Name=f"/{stack.name}/plain", Value="p", Type="String")
    ssm.put_parameter(Name=f"/{stack.name}/secure", Value="s3", Type="SecureString")
    arn = secrets.create_secret(Name=f"{stack.name}/db", SecretString=json.dumps({"password": "pw", "port": 5432}))[
        "ARN"
    ]
    base = f"arn:aws:ssm:{REGION}:111122223333:parameter/{stack.name}"
    given = {
        "A": f"/{stack.name}/plain",
        "B": f"{base}/secure",
        "C": f"{arn}:password::",
        "D": f"{arn}:port::",
        "E": arn,
    }
    sources = [{"name": name, "valueFrom": value} for name, value in given.items()]
    task = stack.run(stack.define(stack.container(secrets=sources, **script("echo $A $B $C $D; echo $E"))))
    assert stack.output(task) == ["p s3 pw 5432", '{"password": "pw", "port": 5432}']


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (
            "/nope/nothing",
            "unable to retrieve secrets from ssm: service call has been retried 1 time(s): invalid parameters: /nope/nothing",
        ),
        (
            "arn:aws:secretsmanager:eu-west-1:111122223333:secret:nope-AbCdEf",
            "ResourceNotFoundException: Secrets Manager can't find the specified secret.",
        ),
    ],
)
def test_a_missing_secret_stops_the_task_before_it_starts(stack: Stack, source: str, reason: str) -> None:
    task = stack.run(stack.define(stack.container(secrets=[{"name": "A", "valueFrom": source}])))
    assert task["stoppedReason"].startswith("ResourceInitializationError: unable to pull secrets or registry auth: ")
    assert task["stoppedReason"].endswith(reason)
    assert "startedAt" not in task


def test_environment_files_come_from_the_bucket(stack: Stack) -> None:
    s3 = stack.server.client("s3")
    s3.create_bucket(Bucket=stack.name, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket=stack.name, Key="web.env", Body=b"# comment\nFROM_FILE=a=b\nBOTH=file\n")
    files = [{"value": f"arn:aws:s3:::{stack.name}/web.env", "type": "s3"}]
    container = stack.container(
        environmentFiles=files, environment=[{"name": "BOTH", "value": "own"}], **script("echo $FROM_FILE $BOTH")
    )
    assert stack.output(stack.run(stack.define(container))) == ["a=b own"]


def test_a_log_group_that_is_not_there(stack: Stack) -> None:
    container = stack.container()
    container["logConfiguration"]["options"]["awslogs-group"] = "/nope"
    task = stack.run(stack.define(container))
    assert "The specified log group does not exist" in task["stoppedReason"]


def test_containers_share_a_scratch_volume(stack: Stack, engine: Any) -> None:
    points = {"mountPoints": [{"sourceVolume": "scratch", "containerPath": "/data"}]}
    writer = stack.container("writer", essential=False, **points, **script("echo shared > /data/file"))
    reader = stack.container(
        **points, **script("cat /data/file"), dependsOn=[{"containerName": "writer", "condition": "COMPLETE"}]
    )
    task = stack.run(stack.define(writer, reader, volumes=[{"name": "scratch"}]))
    assert stack.output(task) == ["shared"]
    assert not [item for item in engine.volumes.list() if task["taskArn"].rsplit("/", 1)[-1][:12] in item.name]


def test_tasks_share_the_files_of_a_file_system_until_it_is_deleted(stack: Stack, engine: Any) -> None:
    efs = stack.server.client("efs")
    identity = efs.create_file_system()["FileSystemId"]
    mount = {
        "fileSystemId": identity,
        "transitEncryption": "ENABLED",
        "authorizationConfig": {"accessPointId": "fsap-1"},
    }
    volumes = [{"name": "files", "efsVolumeConfiguration": mount}]
    points = {"mountPoints": [{"sourceVolume": "files", "containerPath": "/data"}]}
    stack.run(stack.define(stack.container(**points, **script("echo kept > /data/file")), volumes=volumes))
    task = stack.run(stack.define(stack.container(**points, **script("cat /data/file")), volumes=volumes))
    assert stack.output(task) == ["kept"]
    assert [item for item in engine.volumes.list() if identity in item.name]
    efs.delete_file_system(FileSystemId=identity)
    assert not [item for item in engine.volumes.list() if identity in item.name]


def test_stopping_gives_a_container_its_time(stack: Stack) -> None:
    text = "trap 'echo bye; exit 6' TERM; echo up; while true; do sleep 0.1; done"
    definition = stack.define(stack.container(**script(text)))
    arn = stack.ecs.run_task(cluster=stack.name, taskDefinition=definition, launchType="FARGATE")["tasks"][0]["taskArn"]
    until(lambda: stack.ecs.describe_tasks(cluster=stack.name, tasks=[arn])["tasks"][0]["lastStatus"] == "RUNNING")
    stopping = stack.ecs.stop_task(cluster=stack.name, task=arn, reason="enough")["task"]
    assert stopping["desiredStatus"] == "STOPPED"

    def stopped() -> Any:
        task = stack.ecs.describe_tasks(cluster=stack.name, tasks=[arn])["tasks"][0]
        return task if task["lastStatus"] == "STOPPED" else None

    task = until(stopped)
    assert (task["stoppedReason"], task["stopCode"]) == ("enough", "UserInitiated")
    assert task["containers"][0]["exitCode"] == 6
    assert stack.output(task) == ["up", "bye"]
