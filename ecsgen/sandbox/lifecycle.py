"""A sandbox's life: `up` starts it once, `find` and `status` look, `down` removes all that it made.

The order makes every moment safe to be killed at. Up: the record with the id first, then each process held at its
gate, its number written down, and only then let go. Down: processes, then what carries the sandbox's label in the
engine, then its files, the record last. What a killed command leaves is found by its record and removed by the next
`up` or `down`.
"""

from __future__ import annotations

import importlib.util
import os
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from ecsgen.errors import AwsError, UsageError
from ecsgen.progress import Event, Kind, Report
from ecsgen.sandbox import engine, processes, web
from ecsgen.sandbox.handle import Sandbox, workspaces
from ecsgen.sandbox.state import AUTOSCALING, SERVER, Folder, Process, Record, default_folder

SCOPE = "sandbox"
DEFAULT_REGION = "us-east-1"
START_SECONDS = 90.0
STOP_SECONDS = 45.0
LOG_LINES = 20

MODULES = {SERVER: "ecsgen.sandbox.server", AUTOSCALING: "ecsgen.sandbox.autoscaling"}
HEALTH = {SERVER: "/_ministack/health", AUTOSCALING: "/health"}


@dataclass(frozen=True, slots=True)
class Status:
    """What there is. `tasks` is "real" or "simulated", `tasks_reason` why they are simulated; `problem` says what is
    wrong with a sandbox that does not run but left something behind; `workspaces` are descriptions' paths.
    """

    running: bool
    endpoint: str = ""
    since: str = ""
    region: str = ""
    tasks: str = ""
    tasks_reason: str = ""
    containers: int = 0
    workspaces: tuple[str, ...] = ()
    problem: str = ""


def up(report: Report, region: str = DEFAULT_REGION, env: Mapping[str, str] | None = None) -> Sandbox:
    """Start the sandbox, or return the one that runs. `env` is the caller's environment, by default the process's.

    Raises UsageError when the extra is not installed or the state folder cannot be used, and AwsError with the last
    lines of the log when a process does not become healthy (15 s is slow; it is given 90).
    """
    caller = os.environ if env is None else env
    _require_extra()
    folder = Folder(default_folder(caller))
    with folder.lock(_waiting(report)):
        record = folder.read()
        if record is not None and _runs(record):
            _note_engine(record, caller, report)
            return Sandbox.of(folder, record)
        if record is not None:
            report(Event(Kind.LINE, SCOPE, "cleaning up after a sandbox that stopped or was killed"))
            _remove(record, caller, report)
        folder.clear()
        return _start(folder, region, caller, report)


def find(env: Mapping[str, str] | None = None) -> Sandbox | None:
    """The running sandbox, or None. Cheap, and changes nothing."""
    folder = Folder(default_folder(os.environ if env is None else env))
    record = folder.read()
    return Sandbox.of(folder, record) if record is not None and _runs(record) else None


def down(report: Report, env: Mapping[str, str] | None = None) -> bool:
    """Remove the sandbox with everything it made, running or not. Returns False when there was nothing.

    Nothing is touched but processes that carry its id, what carries its label in the engine, tags of images in its
    own registry, and its files. Raises AwsError or EcsgenError when something cannot be removed; it can be repeated.
    """
    caller = os.environ if env is None else env
    folder = Folder(default_folder(caller))
    if not folder.exists():
        return False
    with folder.lock(_waiting(report)):
        record = folder.read()
        if record is not None:
            _remove(record, caller, report)
        folder.clear()
        folder.remove()
    return True


def status(env: Mapping[str, str] | None = None) -> Status:
    """What there is now. Changes nothing."""
    caller = os.environ if env is None else env
    folder = Folder(default_folder(caller))
    record = folder.read()
    if record is None:
        return Status(running=False)
    running = _runs(record)
    return Status(
        running=running,
        endpoint=Sandbox.of(folder, record).endpoint,
        since=record.since,
        region=record.region,
        tasks="real" if record.tasks_are_real else "simulated",
        tasks_reason=record.tasks_reason,
        containers=engine.running_containers(record.id, caller) if record.tasks_are_real else 0,
        workspaces=workspaces(folder),
        problem="" if running else _what_is_wrong(record),
    )


def _start(folder: Folder, region: str, caller: Mapping[str, str], report: Report) -> Sandbox:
    report(Event(Kind.STEP, SCOPE, "starting the sandbox"))
    probe = engine.probe(caller)
    server_port, autoscaling_port = processes.free_ports(2)
    record = Record(
        id=secrets.token_hex(8),
        region=region,
        since=datetime.now(UTC).isoformat(timespec="seconds"),
        tasks_are_real=probe.answers,
        tasks_reason="" if probe.answers else f"{probe.reason}; {engine.HOW_TO_GET_ONE}",
        processes={SERVER: Process(server_port), AUTOSCALING: Process(autoscaling_port)},
    )
    folder.write(record)
    try:
        folder.prepare()
        record = _start_processes(folder, record, caller)
        _wait_until_healthy(folder, record, report)
        record = replace(record, ready=True)
        folder.write(record)
    except BaseException:
        _remove(record, caller, report)
        folder.clear()
        folder.remove()
        raise
    report(Event(Kind.DONE, SCOPE, f"the sandbox runs on {Sandbox.of(folder, record).endpoint}"))
    if not record.tasks_are_real:
        report(Event(Kind.WARNING, SCOPE, f"tasks are simulated: {record.tasks_reason}"))
    return Sandbox.of(folder, record)


def _start_processes(folder: Folder, record: Record, caller: Mapping[str, str]) -> Record:
    for name, module in MODULES.items():
        env = _environment(folder, record, name, caller)
        started = processes.start(module, record.id, folder.record_file, env, folder.data, folder.log(name))
        record = record.with_pid(name, started.pid)
        folder.write(record)
        started.go()
    return record


def _environment(folder: Folder, record: Record, name: str, caller: Mapping[str, str]) -> dict[str, str]:
    """What a process is told. The keys are dummies: no library in it may look for real ones."""
    data = str(folder.data)
    return {
        **processes.base_environment(caller),
        "AWS_ACCESS_KEY_ID": "sandbox",
        "AWS_SECRET_ACCESS_KEY": "sandbox",
        "AWS_CONFIG_FILE": str(folder.aws_config),
        "AWS_SHARED_CREDENTIALS_FILE": str(folder.aws_config),
        "AWS_EC2_METADATA_DISABLED": "true",
        "BIND_HOST": "127.0.0.1",
        "ECSGEN_SANDBOX_ENGINE": "1" if record.tasks_are_real else "0",
        "ECSGEN_SANDBOX_ID": record.id,
        "GATEWAY_PORT": str(record.processes[name].port),
        "MINISTACK_REGION": record.region,
        "S3_DATA_DIR": f"{data}/s3",
        "STATE_DIR": f"{data}/state",
        "TMPDIR": data,
    }


def _wait_until_healthy(folder: Folder, record: Record, report: Report) -> None:
    deadline = time.monotonic() + START_SECONDS
    for name, process in record.processes.items():
        report(Event(Kind.STATUS, SCOPE, f"waiting for the {name} to answer"))
        while not _answers(name, process):
            alive = processes.is_alive(process.pid, record.id)
            if not alive or time.monotonic() > deadline:
                why = f"it did not answer in {START_SECONDS:.0f} s" if alive else "it ended by itself"
                raise AwsError(
                    f"the sandbox's {name} did not start",
                    why=why,
                    hint="the end of its log is shown here; `ecsgen sandbox up` tries again",
                    details=_last_lines(folder, name),
                )
            time.sleep(0.1)


def _answers(name: str, process: Process) -> bool:
    try:
        return web.fetch(f"http://127.0.0.1:{process.port}{HEALTH[name]}", timeout=5).status == 200
    except AwsError:
        return False


def _last_lines(folder: Folder, name: str) -> list[str]:
    try:
        return folder.log(name).read_text("utf-8", "replace").splitlines()[-LOG_LINES:]
    except OSError:
        return []


def _runs(record: Record) -> bool:
    return record.ready and all(processes.is_alive(process.pid, record.id) for process in record.processes.values())


def _what_is_wrong(record: Record) -> str:
    dead = [name for name, process in record.processes.items() if not processes.is_alive(process.pid, record.id)]
    if not dead:
        return "it is being started, or its start was killed"
    ended = " and ".join(f"its {name}" for name in dead)
    return f"{ended} stopped or was killed; `ecsgen sandbox up` starts afresh, `ecsgen sandbox down` cleans up"


def _remove(record: Record, caller: Mapping[str, str], report: Report) -> None:
    """Stop the processes and remove what the sandbox made in the engine."""
    report(Event(Kind.STATUS, SCOPE, "stopping"))
    processes.stop([process.pid for process in record.processes.values()], record.id, STOP_SECONDS)
    if not record.tasks_are_real:
        return
    port = record.processes[SERVER].port
    try:
        removed = engine.remove_all(record.id, (f"127.0.0.1:{port}", f"localhost:{port}"), caller)
    except engine.EngineUnavailable as error:
        text = (
            f"no Docker Engine answers ({error}), so containers of the sandbox may be left in it; remove them when it "
            f"runs again: docker ps -aq --filter label={engine.LABEL}={record.id} | xargs -r docker rm -fv"
        )
        report(Event(Kind.WARNING, SCOPE, text))
        return
    if removed.containers:
        report(Event(Kind.LINE, SCOPE, f"removed {removed.containers} containers that the server left behind"))


def _note_engine(record: Record, caller: Mapping[str, str], report: Report) -> None:
    if record.tasks_are_real:
        return
    text = f"tasks are simulated: {record.tasks_reason}"
    if engine.probe(caller).answers:
        text = "tasks are simulated, but a Docker Engine answers now: to use it, run `ecsgen sandbox down`, then `up`"
    report(Event(Kind.WARNING, SCOPE, text))


def _require_extra() -> None:
    missing = [name for name in ("ministack", "moto", "flask") if importlib.util.find_spec(name) is None]
    if missing:
        raise UsageError(
            "the sandbox is not installed",
            why=f"it needs {' and '.join(missing)}, which come with an extra",
            hint="install it with: pip install 'ecsgen[sandbox]'",
        )


def _waiting(report: Report) -> Callable[[], None]:
    text = "another ecsgen is starting or stopping the sandbox; waiting for it"
    return lambda: report(Event(Kind.LINE, SCOPE, text))
