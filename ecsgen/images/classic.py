"""Builds without BuildKit, through the Docker SDK: the fallback for Dockerfiles that need nothing newer."""

from __future__ import annotations

import io
import re
import tarfile
import tempfile
import threading
from collections import deque
from collections.abc import Iterator
from typing import IO, Any

from ecsgen.errors import ImageError
from ecsgen.images.build import Build
from ecsgen.images.context import IGNORE_FILE, Type, read, unreadable
from ecsgen.images.dockerfile import needs_buildkit, parse
from ecsgen.images.failures import explain
from ecsgen.images.plain import KEPT_LINES, Failure
from ecsgen.images.stream import follow
from ecsgen.progress import Event, Kind, Report

HOW_TO_GET_BUILDKIT = (
    "install Docker's buildx plugin (the package docker-buildx-plugin, or docker-buildx), or Debian's docker.io"
)
_OWN_NAME = ".ecsgen.Dockerfile"
_STEP = re.compile(r"Step \d+/\d+ : (.*)")


def refuse_what_needs_buildkit(build: Build) -> None:
    """Raise ImageError when the classic builder would misunderstand this build."""
    text = build.dockerfile.read_text("utf-8", "surrogateescape")
    reasons = needs_buildkit(parse(text))
    reasons += [f"the build secret {name}" for name in sorted(build.secrets)]
    if reasons:
        raise ImageError(
            f"the image of {build.key} was not built",
            why=f"{build.dockerfile} needs BuildKit for {', '.join(reasons)}, and no docker command here has it",
            hint=HOW_TO_GET_BUILDKIT,
        )


def build_with_sdk(api: Any, build: Build, reference: str, report: Report, cancel: threading.Event | None) -> None:
    """Build under `reference`. `api` is a docker.APIClient without a read timeout.

    Raises ImageError when the build fails or needs BuildKit, InterruptedByUser when it was cancelled.
    """
    refuse_what_needs_buildkit(build)
    report(
        Event(
            Kind.WARNING,
            build.key,
            f"no docker command here has BuildKit: building with Docker's old, slower builder; {HOW_TO_GET_BUILDKIT}",
        )
    )
    with tempfile.TemporaryFile() as archive:
        dockerfile = write_context(build, archive)
        archive.seek(0)

        def request() -> Iterator[Any]:
            stream: Iterator[Any] = api.build(
                fileobj=archive,
                custom_context=True,
                dockerfile=dockerfile,
                tag=reference,
                buildargs=dict(build.args),
                target=build.target,
                platform=build.platform,
                cache_from=list(build.cache_from) or None,
                rm=True,
                forcerm=True,
                decode=True,
            )
            return stream

        _watch(build, follow(request, cancel, f"the build of {build.key}"), report)


def _watch(build: Build, stream: Iterator[Any], report: Report) -> None:
    """Report the builder's talk, and raise what it ends with."""
    from docker.errors import DockerException
    from requests.exceptions import RequestException

    step = ""
    lines: deque[str] = deque(maxlen=KEPT_LINES)
    try:
        for piece in stream:
            if "error" in piece:
                raise explain(build, Failure(step, str(piece["error"]), tuple(lines)))
            if "status" in piece:  # a base image is pulled
                report(Event(Kind.STATUS, build.key, str(piece["status"])))
            for line in str(piece.get("stream", "")).splitlines():
                if match := _STEP.fullmatch(line.strip()):
                    step = match[1]
                    lines.clear()
                    report(Event(Kind.LINE, build.key, line.strip()))
                elif line.strip() and not line.startswith((" --->", "Removing intermediate")):
                    lines.append(line)
                    report(Event(Kind.STATUS, build.key, line))
    except (DockerException, RequestException) as error:
        raise explain(build, Failure(step, str(getattr(error, "explanation", None) or error), tuple(lines))) from error


def write_context(build: Build, archive: IO[bytes]) -> str:
    """Write the context as a tar archive and return the Dockerfile's path in it.

    Owners are root's, as Docker's own CLI sends them. A Dockerfile that is not part of the context goes in under a name
    of ours, with an ignore file that tells the engine to hide both from the build again.
    """
    context = read(build).entries
    visible = {entry.path for entry in context}
    try:
        inside = build.dockerfile.resolve().relative_to(build.context.resolve()).as_posix()
    except ValueError:
        inside = ""
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.PAX_FORMAT, encoding="utf-8") as tar:
        for entry in context:
            if inside not in visible and entry.path == IGNORE_FILE:
                continue
            try:
                info = tar.gettarinfo(build.context / entry.path, entry.path)
                info.uid = info.gid = 0
                info.uname = info.gname = ""
                if info.islnk():
                    info.type, info.linkname = tarfile.REGTYPE, ""
                    info.size = (build.context / entry.path).stat().st_size
                if entry.type is Type.FILE:
                    with (build.context / entry.path).open("rb") as file:
                        tar.addfile(info, file)
                else:
                    tar.addfile(info)
            except OSError as error:
                raise unreadable(build, error) from error
        if inside in visible:
            return inside
        _add(tar, _OWN_NAME, build.dockerfile.read_bytes())
        hidden = f"{_OWN_NAME}\n"
        if IGNORE_FILE in visible:
            hidden = f"{(build.context / IGNORE_FILE).read_text('utf-8', 'surrogateescape')}\n{hidden}"
        else:
            hidden += f"{IGNORE_FILE}\n"
        _add(tar, IGNORE_FILE, hidden.encode("utf-8", "surrogateescape"))
    return _OWN_NAME


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    tar.addfile(info, io.BytesIO(content))
