"""Terraform's commands as methods, each one call. Everything is read from JSON, nothing from text.

Source: Terraform's documentation, "Basic CLI Features" and "Machine-Readable UI"; OpenTofu has the same commands.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ecsgen.errors import TerraformError
from ecsgen.progress import Event, Kind, Report, silent
from ecsgen.terraform import events, plan, state
from ecsgen.terraform.live import SCOPE, Progress
from ecsgen.terraform.program import Program, locate
from ecsgen.terraform.session import Session

_LOCAL_HASHES = "Incomplete lock file information for providers"
"""A provider from a folder is recorded for this platform alone; whoever names the folder knows."""

_TARGETED = {"Resource targeting is in effect", "Applied changes may be incomplete"}
"""What Terraform warns of whoever names targets; another plan follows, without any."""


def find(program: str | None = None, env: Mapping[str, str] | None = None) -> Terraform:
    """The Terraform or OpenTofu to use: `program`, else ECSGEN_TERRAFORM, else `terraform`, else `tofu` on PATH.

    Raises TerraformError when there is none, or none that is new enough.
    """
    return Terraform(locate(program, os.environ if env is None else env))


@dataclass(frozen=True)
class Terraform:
    """A Terraform to run. `lock_timeout` is how many seconds a command waits for the lock of the state.

    Every method takes the folder of a root and the whole environment to run in. Commands that fail raise CommandError;
    Ctrl-C and SIGTERM raise InterruptedByUser; a `stop` event that is set raises StoppedError. All three are raised
    after Terraform has ended. What is interrupted gets one SIGINT, so that state and lock are left in order.
    """

    found: Program
    lock_timeout: int = 10

    @property
    def program(self) -> str:
        """The absolute path."""
        return self.found.path

    @property
    def version(self) -> str:
        """For example "1.11.4"."""
        return self.found.version

    @property
    def is_opentofu(self) -> bool:
        """Whether it is OpenTofu."""
        return self.found.is_opentofu

    @property
    def name(self) -> str:
        """Terraform or OpenTofu."""
        return self.found.name

    def init(
        self,
        folder: Path,
        env: Mapping[str, str],
        plugin_dir: str | Path | None = None,
        report: Report = silent,
        *,
        reconfigure: bool = False,
        stop: threading.Event | None = None,
    ) -> None:
        """Install the provider and set up the state's place.

        Always run: it takes a second, and only it can tell whether the modules and the lock file still fit.
        `plugin_dir`, else ECSGEN_PLUGIN_DIR, is a folder of providers to use instead of the registry.
        """
        arguments = ["init", "-json", "-input=false"]
        providers = plugin_dir or env.get("ECSGEN_PLUGIN_DIR")
        if providers:
            if not Path(providers).is_dir():
                raise TerraformError(
                    f"there is no folder {providers}",
                    why="it was named as the place of the providers (--plugin-dir or ECSGEN_PLUGIN_DIR)",
                    hint="`terraform providers mirror FOLDER` makes one",
                )
            arguments.append(f"-plugin-dir={Path(providers).absolute()}")
        if reconfigure:
            arguments.append("-reconfigure")
        if any(name.startswith("TF_CLI_ARGS") for name in env):
            report(Event(Kind.WARNING, SCOPE, "TF_CLI_ARGS is not passed on: it could break the saved plan"))

        def on_event(event: events.Event) -> None:
            if isinstance(event, events.Note) and event.message and event.type != "version":
                report(Event(Kind.STATUS, SCOPE, event.message.strip().splitlines()[0]))
            elif not (providers and isinstance(event, events.Diagnostic) and event.summary == _LOCAL_HASHES):
                _warn(event, report)

        self._session(arguments, folder, env, report, f"{folder} could not be initialized", stop).stream(on_event)

    def plan(
        self,
        folder: Path,
        out: Path,
        env: Mapping[str, str],
        report: Report = silent,
        *,
        destroy: bool = False,
        var_files: Sequence[Path] = (),
        targets: Sequence[str] = (),
        drift: bool = True,
        stop: threading.Event | None = None,
    ) -> plan.Plan:
        """Plan, save the plan to `out` (it holds secrets: readable by the user alone), and say what is in it.

        `targets` are addresses: the plan is about these and what they depend on. Without `drift`, what changed outside
        Terraform is left out of a plan that changes nothing. `out` must be in a private folder and
        not exist yet. Raises FileExistsError when it does.
        """
        os.close(os.open(out, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        arguments = ["plan", "-json", "-input=false", f"-out={out.absolute()}", *self._lock()]
        arguments += ["-destroy"] if destroy else []
        arguments += [f"-var-file={path.absolute()}" for path in var_files]
        arguments += [f"-target={address}" for address in targets]
        warnings: list[events.Diagnostic] = []
        # To print a plan, Terraform loads the provider: seconds that one without changes need not cost.
        summed_up, changes = False, destroy or bool(targets)

        def on_event(event: events.Event) -> None:
            nonlocal summed_up, changes
            if isinstance(event, events.Diagnostic) and not event.is_error:
                warnings.append(event)
            summed_up |= isinstance(event, events.Totals)
            changes |= events.tells_of_change(event, drift=drift)
            _waits(event, report)

        self._session(arguments, folder, env, report, f"{folder} could not be planned", stop).stream(on_event)
        if summed_up and not changes:
            return plan.Plan((), warnings=tuple(dict.fromkeys(warnings)))
        shown = ["show", "-json", "-no-color", str(out.absolute())]
        data = self._session(shown, folder, env, report, "the plan could not be read", stop).answer()
        return plan.parse(data, tuple(dict.fromkeys(warnings)))

    def apply(
        self,
        folder: Path,
        plan_file: Path,
        env: Mapping[str, str],
        report: Report = silent,
        on_event: Callable[[events.ResourceStep], None] | None = None,
        *,
        stop: threading.Event | None = None,
    ) -> None:
        """Do what a saved plan says, also a plan to destroy.

        Reports each change as it is done, and a status of what is in flight. `on_event` gets every step of every
        resource, in the calling thread.
        """
        arguments = ["apply", "-json", "-input=false", *self._lock(), str(plan_file.absolute())]
        progress = Progress(report)

        def take(event: events.Event) -> None:
            if isinstance(event, events.PlannedChange | events.ResourceStep):
                progress.take(event)
            if isinstance(event, events.ResourceStep) and on_event:
                on_event(event)
            _waits(event, report)
            _warn(event, report)

        session = self._session(arguments, folder, env, report, f"{folder} could not be applied", stop)
        session.stream(take, progress)
        changes = f"{progress.done} change{'' if progress.done == 1 else 's'}"
        report(Event(Kind.DONE, SCOPE, changes if progress.done else "nothing to change"))

    def output(self, folder: Path, env: Mapping[str, str]) -> dict[str, Any]:
        """The outputs of the root by name, also sensitive ones; empty before the first apply."""
        arguments = ["output", "-json", "-no-color"]
        data = self._session(arguments, folder, env, silent, f"the outputs of {folder} could not be read").answer()
        return {name: item["value"] for name, item in data.items()}

    def state(self, folder: Path, env: Mapping[str, str]) -> tuple[state.Managed, ...]:
        """What is in the state, sorted by address. The folder must be initialized."""
        what = f"the state of {folder} could not be read"
        return state.parse(self._session(["state", "pull"], folder, env, silent, what).answer(empty={}))

    def state_list(self, folder: Path, env: Mapping[str, str]) -> tuple[str, ...]:
        """The addresses of what is in the state."""
        return tuple(resource.address for resource in self.state(folder, env))

    def state_exists(self, folder: Path, env: Mapping[str, str]) -> bool:
        """Whether anything is in the state."""
        return bool(self.state(folder, env))

    def tainted(self, folder: Path, env: Mapping[str, str]) -> tuple[str, ...]:
        """The addresses of what Terraform would replace because its creation did not succeed."""
        return tuple(resource.address for resource in self.state(folder, env) if resource.tainted)

    def untaint(self, folder: Path, address: str, env: Mapping[str, str]) -> None:
        """Keep a resource whose creation did not succeed: the next apply changes it instead of replacing it."""
        arguments = ["untaint", "-no-color", *self._lock(), address]
        self._session(arguments, folder, env, silent, f"{address} could not be untainted").plain()

    def validate(self, folder: Path, env: Mapping[str, str]) -> tuple[events.Diagnostic, ...]:
        """What is wrong with the files in an initialized folder; empty when they are valid."""
        session = self._session(
            ["validate", "-json", "-no-color"], folder, env, silent, f"{folder} could not be validated"
        )
        data = session.answer(accept=(0, 1))
        return tuple(events.diagnostic(item) for item in data.get("diagnostics", []))

    def _lock(self) -> list[str]:
        return [f"-lock-timeout={self.lock_timeout}s"]

    def _session(
        self,
        arguments: Sequence[str],
        folder: Path,
        env: Mapping[str, str],
        report: Report,
        what: str,
        stop: threading.Event | None = None,
    ) -> Session:
        return Session(self.program, self.name, arguments, folder, env, report, what, stop)


def _waits(event: events.Event, report: Report) -> None:
    if isinstance(event, events.Note) and event.type == "state_lock_acquire":
        report(Event(Kind.LINE, SCOPE, "waiting for the lock of the state"))


def _warn(event: events.Event, report: Report) -> None:
    if isinstance(event, events.Diagnostic) and not event.is_error and event.summary not in _TARGETED:
        report(Event(Kind.WARNING, SCOPE, " ".join(event.lines())))
