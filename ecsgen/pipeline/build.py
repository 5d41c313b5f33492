"""The images: built and pushed where the registry does not have them yet, and named by the registry's digest."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ecsgen.components.image import BuildInputs
from ecsgen.errors import ImageError, UsageError
from ecsgen.files.images import read_images, write_images
from ecsgen.pipeline.project import Project
from ecsgen.pipeline.target import Target
from ecsgen.progress import Event, Kind, Report

if TYPE_CHECKING:
    from ecsgen.images.build import Build, Login
    from ecsgen.images.engine import Engine


@dataclass(frozen=True)
class Image:
    """One image after this stage. `reference` is repository@digest; repository:tag when it was not pushed."""

    key: str
    reference: str
    tag: str
    built: bool
    pushed: bool


def inputs(project: Project, item: BuildInputs) -> Build:
    """A build as the images edge takes it.

    Neither the description nor what ecsgen writes is part of a context: a change there builds no new image.
    """
    from ecsgen.images.build import Build

    folder = project.file.parent.resolve()
    context = (folder / item.context).resolve()
    own = (project.out.resolve(), project.file.resolve())
    return Build(
        key=item.key,
        context=context,
        dockerfile=context / item.dockerfile,
        platform=item.platform,
        target=item.target,
        args=item.args,
        secrets={name: _from_description(folder, source) for name, source in item.secrets.items()},
        cache_from=item.cache_from,
        exclude=tuple(path.relative_to(context).as_posix() for path in own if context in path.parents),
    )


def _from_description(folder: Path, source: str) -> str:
    """A secret's file, like every path of the description, is relative to it."""
    kind, _, place = source.partition(":")
    return f"file:{folder / place}" if kind == "file" else source


def build_only(project: Project, environment: str, report: Report) -> list[Image]:
    """Build every image into the engine and push none: `build --no-push`."""
    from ecsgen.images.engine import connect
    from ecsgen.images.side_by_side import run_side_by_side
    from ecsgen.images.tag import content_tag

    engine = connect()

    def work(item: BuildInputs, cancel: threading.Event) -> Image:
        build = inputs(project, item)
        tag = content_tag(build, engine)
        reference = f"{item.repository}:{tag}"
        built = not engine.exists_locally(reference)
        if built:
            engine.build(build, reference, report, cancel)
        report(Event(Kind.DONE, item.key, reference if built else f"{reference} is there already"))
        return Image(item.key, reference, tag, built=built, pushed=False)

    try:
        return run_side_by_side(project.applications[environment].builds, work)
    finally:
        engine.close()


def build_images(target: Target, repositories: Mapping[str, str], keys: set[str] | None = None) -> list[Image]:
    """Build and push what the registry does not have, side by side, and write the digests.

    `repositories` maps each image's key to its repository's URL; `keys` are the images to build, None for all. Raises
    ImageError; nothing is written then.
    """
    from ecsgen.images.side_by_side import run_side_by_side

    builds = [item for item in target.application.builds if keys is None or item.key in keys]
    if not builds:
        return []
    if target.sandbox is not None and not target.sandbox.tasks_are_real:
        return _stand_ins(target, builds, repositories)
    source = _Source(target)

    def work(item: BuildInputs, cancel: threading.Event) -> Image:
        return _provide(target, source, item, _url(item, repositories), cancel)

    try:
        images = run_side_by_side(builds, work)
    finally:
        source.close()
    record(target, {image.key: image.reference for image in images})
    return images


class _Source:
    """The engine and the registry's login, each asked for once and only when an image needs them."""

    def __init__(self, target: Target) -> None:
        from ecsgen.images.engine import connect

        self._target = target
        self._lock = threading.Lock()
        self._logins: dict[str, Login] = {}
        self.absent: ImageError | None = None
        self.engine: Engine | None = None
        try:
            self.engine = connect()
        except ImageError as error:
            self.absent = error

    def require(self) -> Engine:
        """The engine; raises ImageError, saying how to get one, when there is none."""
        if self.engine is not None:
            return self.engine
        raise self.absent or ImageError("there is no Docker Engine")

    def digest(self, item: BuildInputs, url: str, tag: str) -> str | None:
        """The digest that the registry has for the tag, or None. Another registry than ECR is asked by the engine."""
        from ecsgen.aws import ecr

        if item.external:
            return self.require().pushed_digest(item.key, f"{url}:{tag}")
        return ecr.image_digest(self._target.registry_aws, item.repository, tag)

    def login(self, item: BuildInputs, url: str) -> Login | None:
        """What to push with; None leaves it to the user's Docker configuration."""
        if item.external:
            return None
        from ecsgen.aws import ecr
        from ecsgen.images.build import Login

        host = url.partition("/")[0]
        with self._lock:
            if host not in self._logins:
                answer = ecr.login(self._target.registry_aws, url)
                self._logins[host] = Login(answer.host, answer.username, answer.password)
            return self._logins[host]

    def close(self) -> None:
        if self.engine is not None:
            self.engine.close()


def _url(item: BuildInputs, repositories: Mapping[str, str]) -> str:
    return item.repository if item.external else repositories[item.key]


def _provide(target: Target, source: _Source, item: BuildInputs, url: str, cancel: threading.Event) -> Image:
    from ecsgen.images.tag import content_tag

    build = inputs(target.project, item)
    tag = content_tag(build, source.engine)
    digest = source.digest(item, url, tag)
    if digest is not None:
        target.report(Event(Kind.DONE, item.key, f"the registry has this content already ({tag})"))
        return Image(item.key, f"{url}@{digest}", tag, built=False, pushed=False)
    engine = source.require()
    reference = f"{url}:{tag}"
    target.report(Event(Kind.STEP, item.key, f"building {item.repository}:{tag}"))
    engine.build(build, reference, target.report, cancel)
    target.report(Event(Kind.STEP, item.key, "pushing"))
    pushed = engine.push(item.key, reference, source.login(item, url), target.report, cancel)
    digest = pushed if item.external and pushed else source.digest(item, url, tag)
    if digest is None:
        raise ImageError(
            f"the image of {item.key} was pushed, and the registry does not have it",
            why=f"{item.repository} has no tag {tag}",
            hint="see whether a lifecycle policy removes it, and run ecsgen build again",
        )
    target.report(Event(Kind.DONE, item.key, f"pushed {item.repository}@{digest[:19]}"))
    return Image(item.key, f"{url}@{digest}", tag, built=True, pushed=True)


def _stand_ins(target: Target, builds: list[BuildInputs], repositories: Mapping[str, str]) -> list[Image]:
    """Without an engine the sandbox simulates its tasks: references by tag stand for images that nobody runs."""
    from ecsgen.images.tag import content_tag

    target.report(
        Event(
            Kind.WARNING,
            "",
            "no Docker Engine: nothing is built, and the tasks are simulated (`make engine` installs one on Debian)",
        )
    )
    images = []
    for item in builds:
        tag = content_tag(inputs(target.project, item), None)
        images.append(Image(item.key, f"{repositories[item.key]}:{tag}", tag, built=False, pushed=False))
    record(target, {image.key: image.reference for image in images})
    return images


def planned_images(target: Target, repositories: Mapping[str, str]) -> dict[str, str]:
    """What each container would run: the digest where the registry has the content, else repository and tag."""
    from ecsgen.images.tag import content_tag

    source = _Source(target)
    try:
        images = {}
        for item in target.application.builds:
            tag = content_tag(inputs(target.project, item), source.engine)
            url = _url(item, repositories)
            digest = source.digest(item, url, tag)
            images[item.key] = f"{url}@{digest}" if digest else f"{url}:{tag}"
        return images
    finally:
        source.close()


def record(target: Target, images: Mapping[str, str]) -> None:
    """Write the images file of the environment: these, and what it has for the other containers that are built."""
    keys = {item.key for item in target.application.builds}
    kept = {key: value for key, value in read_images(target.root).items() if key in keys}
    write_images(target.out, target.environment, {**kept, **images})


def require_images(target: Target) -> None:
    """Raise UsageError when a container has no image to run."""
    images = read_images(target.root)
    missing = [item.key for item in target.application.builds if item.key not in images]
    if missing:
        raise UsageError(
            f"there is no image for {', '.join(missing)}",
            why=f"{target.root} has no image of it on record",
            hint=f"run it without --skip-build, or name one: --image {missing[0]}=REFERENCE",
        )


def parse_choices(choices: list[str], keys: set[str]) -> dict[str, str]:
    """`--image SERVICE=REF` as a map. Raises UsageError."""
    from ecsgen.components.image import REFERENCE

    found: dict[str, str] = {}
    for choice in choices:
        key, separator, reference = choice.partition("=")
        if not separator or not REFERENCE.fullmatch(reference):
            raise UsageError(
                f'"{choice}" is not SERVICE=REFERENCE', hint="write it like --image web=HOST/NAME@sha256:…"
            )
        if key not in keys:
            built = ", ".join(sorted(keys)) or "none is built"
            raise UsageError(
                f'"{key}" is not an image that this environment builds',
                hint=f"known: {built}; an image that is named in the description is changed there",
            )
        found[key] = reference
    return found
