"""A description with its output folder: examined, rendered, compared with what is on disk, written."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ecsgen import __version__, application
from ecsgen.checks import Examined, examine
from ecsgen.description.document import Document
from ecsgen.description.load import load
from ecsgen.description.model import Description
from ecsgen.description.overlay import for_environment
from ecsgen.description.typed import environment_names, read
from ecsgen.errors import UsageError
from ecsgen.files import journal, writer
from ecsgen.files.lock import Lock, read_lock
from ecsgen.pipeline.examine import output_folder, require_environment
from ecsgen.pipeline.in_sandbox import kept_here
from ecsgen.pipeline.references import refers, with_undeclared
from ecsgen.pipeline.written import Written
from ecsgen.render.render import REGISTRY, Renderer
from ecsgen.render.template_set import TemplateSet
from ecsgen.render.template_set import templates as load_templates

if TYPE_CHECKING:
    from ecsgen.render.verify import VerifyError

MODULES = "modules"


@dataclass(frozen=True)
class Project:
    """A description without errors, and the folder that its Terraform is written to.

    `environments` are those that this run is about; `all_environments` are all that the description has. `sandboxed`
    is a project that nothing leads out of the sandbox (see `in_sandbox`).
    """

    file: Path
    out: Path
    document: Document
    examined: Examined
    lock: Lock
    templates: TemplateSet
    all_environments: tuple[str, ...]
    sandboxed: bool = False

    @property
    def environments(self) -> dict[str, Description]:
        """The environments of this run, by name."""
        return self.examined.environments

    @property
    def name(self) -> str:
        """The application's name."""
        return next(iter(self.environments.values())).name

    @cached_property
    def applications(self) -> dict[str, application.Application]:
        """Each environment with everything decided."""
        return {
            name: application.resolve(description, name, self.lock.priorities.get(name, {}), self.registry.region)
            for name, description in self.environments.items()
        }

    @cached_property
    def registry(self) -> application.RegistryApplication:
        """The registry root, which belongs to all environments, whichever this run is about."""
        images: set[str] = set()
        accounts: set[str] = set()
        for name in self.all_environments:
            description = self.environments.get(name) or read(for_environment(self.document, name)).description
            images |= {build.key for build in application.builds(description)} if description is not None else set()
            accounts |= {description.account} if description is not None and description.account else set()
        base = kept_here(self._base()) if self.sandboxed else self._base()
        return application.resolve_registry(base, images, self.lock.repositories, self.all_environments, accounts)

    def _base(self) -> Description:
        """The description that the registry follows: the base, or the first environment where the base lacks a key."""
        first = next(iter(self.environments.values()))
        if "environments" not in self.document.root:
            return first
        base = read(for_environment(self.document, ""))
        if base.description is not None and not base.removed & {("region",), ("name",)}:
            return base.description
        return first

    def in_sandbox(self) -> Project:
        """The project as the sandbox runs it: its state and its images stay there."""
        environments = {name: kept_here(description) for name, description in self.environments.items()}
        return replace(self, examined=replace(self.examined, environments=environments), sandboxed=True)

    def one(self) -> str:
        """The only environment of this run. Raises UsageError when there are several."""
        if len(self.environments) > 1:
            raise UsageError(
                "the description has several environments",
                why=f"{', '.join(self.environments)}",
                hint=f"name one, for example --env {next(iter(self.environments))}",
            )
        return next(iter(self.environments))


@dataclass(frozen=True)
class Files:
    """What rendering would change on disk."""

    plan: writer.WritePlan

    @property
    def differing(self) -> list[str]:
        """The files whose content on disk is another, sorted."""
        return writer.check(self.plan)

    def diff(self) -> str:
        """A unified diff."""
        return writer.diff(self.plan)


def open_project(file: Path, out: Path | None, environment: str | None) -> Project:
    """Load, check and require a description. Raises DescriptionError with every problem, UsageError for the rest."""
    folder = output_folder(file, out)
    document = load(file, str(file))
    require_environment(document, environment)
    journal.recover(folder) if folder.is_dir() else None
    lock = read_lock(folder)
    examined = examine(document, lock.priorities, environment).require()
    project = project_of(file, folder, lock, examined)
    return replace(project, examined=project.examined.require())


def project_of(file: Path, folder: Path, lock: Lock, examined: Examined) -> Project:
    """The project of a description without errors; what it refers to and nobody declares is then in its problems."""
    templates = next(iter(examined.environments.values())).templates
    project = Project(
        file=file,
        out=folder,
        document=examined.document,
        examined=examined,
        lock=lock,
        templates=load_templates(file.parent / templates if templates is not None else None),
        all_environments=tuple(environment_names(examined.document)),
    )
    if not refers(examined):
        return project
    files = _rendered(project)
    return replace(project, examined=with_undeclared(examined, folder, files, _beside(project, files)))


def render(project: Project) -> dict[str, str]:
    """The files of this run's environments, of the registry, and of the modules they use: path to text, verified."""
    files = _rendered(project)
    if project.templates.own:
        _verify(project, files)
    return files


def _rendered(project: Project) -> dict[str, str]:
    return Renderer(project.templates, project.file.name).files(project.applications.values(), project.registry)


def _verify(project: Project, files: Mapping[str, str]) -> None:
    """Templates of one's own are read by a second parser before anything is written."""
    from ecsgen.render.verify import verify

    if errors := verify(files, _beside(project, files)):
        raise UsageError(
            f"what the templates in {_templates_folder(project)} give is not valid Terraform",
            hint="mend the template, or remove it to use the packaged one",
            details=[line for error in errors for line in _explained(project, files, error)],
        )


def _beside(project: Project, files: Mapping[str, str]) -> dict[str, str]:
    """The Terraform that others wrote in the same folders: a template may refer to what it declares."""
    found: dict[str, str] = {}
    for folder in {path.rpartition("/")[0] for path in files}:
        for path in (project.out / folder).glob("*.tf*"):
            name = f"{folder}/{path.name}"
            if name not in files and name not in project.lock.files and name.endswith((".tf", ".tf.json")):
                with contextlib.suppress(OSError, UnicodeDecodeError):
                    found[name] = path.read_text(encoding="utf-8")
    return found


def _explained(project: Project, files: Mapping[str, str], error: VerifyError) -> tuple[str, ...]:
    """An error at its place in the team's own module; or in what a template gave, with the line: it is not on disk."""
    text, own = files[error.file], project.templates.modules.get(error.file.removeprefix("modules/"))
    if own is not None and error.file in project.templates.own:
        header = text.count("\n") - own.count("\n")
        return (
            str(replace(error, file=f"{_templates_folder(project)}/{error.file}", line=max(error.line - header, 1))),
        )
    line = text.split("\n")[error.line - 1].strip() if 0 < error.line <= text.count("\n") else ""
    return (str(error), f"    {line}") if line else (str(error),)


def _templates_folder(project: Project) -> Path:
    return project.file.parent / str(next(iter(project.environments.values())).templates)


def plan_files(project: Project, *, force: bool = False) -> Files:
    """Render, and compare with what is on disk; writes nothing."""
    return Files(_plan(project, project.out, render(project), force=force))


def write_files(project: Project, out: Path | None = None, *, force: bool = False) -> Written:
    """Render and write what differs, as one. `out` is another folder than the project's own: the sandbox's.

    Raises UsageError for files that are not ecsgen's to change, and then has written nothing.
    """
    rendered = render(project)
    with journal.writing(out or project.out) as folder:
        if out in {None, project.out} and (lock := read_lock(folder)).priorities != project.lock.priorities:
            # Somebody rendered meanwhile: the numbers they gave out are taken.
            project = replace(project, lock=lock)
            rendered = render(project)
        plan = _plan(project, folder, rendered, force=force)
        writer.write(plan)
    return Written(
        created=tuple(change.path for change in plan.changes if change.action is writer.Action.CREATE),
        updated=tuple(change.path for change in plan.changes if change.action is writer.Action.UPDATE),
        removed=tuple(change.path for change in plan.changes if change.action is writer.Action.DELETE),
        unchanged=plan.unchanged,
        kept=plan.kept,
        gone=_gone(project, plan),
    )


def _gone(project: Project, plan: writer.WritePlan) -> tuple[str, ...]:
    """The environments whose Terraform is removed because the description does not have them."""
    removed = {change.path.split("/")[0] for change in plan.changes if change.action is writer.Action.DELETE}
    return tuple(sorted(removed - {MODULES, REGISTRY, *project.all_environments}))


def _plan(project: Project, folder: Path, rendered: Mapping[str, str], *, force: bool) -> writer.WritePlan:
    others = set(project.all_environments) - set(project.environments)

    def not_ours(path: str) -> bool:
        root = path.partition("/")[0]
        return root in others or (root == MODULES and bool(others))

    return writer.plan_writes(folder, rendered, read_lock(folder), _next_lock(project), force=force, others=not_ours)


def _next_lock(project: Project) -> Lock:
    kept = {name: rules for name, rules in project.lock.priorities.items() if name in project.all_environments}
    ours = {
        name: application.priorities(description, name, project.lock.priorities.get(name, {}))
        for name, description in project.environments.items()
    }
    return Lock(
        version=__version__,
        template_set=project.templates.hash,
        priorities={**kept, **ours},
        repositories=tuple(repository.key for repository in project.registry.registry.repositories),
    )
