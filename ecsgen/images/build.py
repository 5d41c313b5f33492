"""What one image is built from, as plain data, and the pure functions that turn it into arguments."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ecsgen.errors import ImageError

# Variables that would change how the Docker CLI itself runs, were they put into its environment.
_MEANS_SOMETHING = re.compile(
    r"(?:LD|DYLD|GLIBC|MALLOC|DOCKER|BUILDKIT|BUILDX|COMPOSE|OTEL|XDG|SSL_CERT|SSH|RES|AWS|GOOGLE|AZURE)_.*"
    r"|(?:GO(?!_).*)|(?:http|https|ftp|no|all)_proxy|HOSTALIASES|LOCALDOMAIN|LOCPATH|GCONV_PATH|NLSPATH|TMPDIR|TZ|TZDIR",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Build:
    """One image to build.

    `key` says whose it is: "web", or "web/proxy" for a sidecar. `context` and `dockerfile` are absolute.
    `secrets` maps an id to "env:NAME" or "file:PATH"; PATH is absolute or relative to the context. `exclude`
    are paths in the context (relative, with `/`) that are never part of it, whatever `.dockerignore` says.
    """

    key: str
    context: Path
    dockerfile: Path
    platform: str
    target: str | None = None
    args: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    cache_from: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Login:
    """Credentials for one registry, kept in memory only."""

    host: str
    username: str
    password: str = field(repr=False)


def check_files(build: Build) -> None:
    """Raise ImageError when the context or the Dockerfile is not there."""
    if not build.context.is_dir():
        state = "is not a folder" if build.context.exists() else "does not exist"
        raise ImageError(
            f"the image of {build.key} cannot be built",
            why=f"its build context {build.context} {state}",
            hint="write build: PATH with the folder that holds the Dockerfile, relative to the description",
        )
    if not build.dockerfile.is_file():
        state = "is not a file" if build.dockerfile.exists() else "does not exist"
        raise ImageError(
            f"the image of {build.key} cannot be built",
            why=f"its Dockerfile {build.dockerfile} {state}",
            hint="write a Dockerfile there, or name another one: build: {context: PATH, dockerfile: NAME}",
        )


def check_secrets(build: Build, env: Mapping[str, str]) -> None:
    """Raise ImageError when a secret's source is not there. The values are not read."""
    for name, source in sorted(build.secrets.items()):
        kind, _, place = source.partition(":")
        if kind == "env" and place not in env:
            raise _no_secret(build, name, f"the environment variable {place} is not set", f"set {place} and run again")
        if kind == "file" and not secret_file(build, place).is_file():
            why = f"the file {secret_file(build, place)} does not exist"
            raise _no_secret(build, name, why, "write the secret into it and run again")
        if kind not in {"env", "file"} or not place:
            raise _no_secret(build, name, f"its source {source} is neither", "write env:NAME or file:PATH")


def _no_secret(build: Build, name: str, why: str, hint: str) -> ImageError:
    return ImageError(f"the build secret {name} of {build.key} is missing", why=why, hint=hint)


def secret_file(build: Build, place: str) -> Path:
    """The file of a "file:PATH" secret."""
    return build.context / Path(place).expanduser()


def secret_flag(build: Build, name: str) -> str:
    """The value of `--secret` for one id: a line of CSV (docs: "docker buildx build --secret")."""
    kind, _, place = build.secrets[name].partition(":")
    source = f"env={place}" if kind == "env" else f"src={secret_file(build, place)}"
    return ",".join(_csv(part) for part in (f"id={name}", source))


def _csv(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if re.search(r'[",\r\n]', text) else text


def by_environment(build: Build, env: Mapping[str, str]) -> dict[str, str]:
    """The build arguments that the CLI takes from its environment, so that no value stands in the process list.

    A name that means something to the CLI, or that the environment already has, goes on the command line instead.
    """
    return {
        name: value
        for name, value in sorted(build.args.items())
        if name not in env and not _MEANS_SOMETHING.fullmatch(name)
    }


def arguments(build: Build, reference: str, dockerfile: Path, env: Mapping[str, str]) -> list[str]:
    """What `docker build` and `docker buildx build` are given alike, after their own options.

    `dockerfile` is the file to read it from; `env` the environment that the CLI gets before build arguments join it.
    """
    result = ["--progress=plain", f"--platform={build.platform}", f"--file={dockerfile}", f"--tag={reference}"]
    if build.target is not None:
        result.append(f"--target={build.target}")
    hidden = by_environment(build, env)
    for name, value in sorted(build.args.items()):
        result += ["--build-arg", name if name in hidden else f"{name}={value}"]
    for name in sorted(build.secrets):
        result += ["--secret", secret_flag(build, name)]
    result += [f"--cache-from={source}" for source in build.cache_from]
    return [*result, str(build.context)]
