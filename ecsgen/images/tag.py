"""The content tag: a hash over everything that decides what an image will be, so equal input is built once.

It covers the context as the build sees it (paths, executable bits, link targets, content; not times and owners), the
Dockerfile, arguments, target, platform, ids of secrets, and the digests of base images where they can be found.
A secret's value and what a RUN step downloads are not part of it.
"""

from __future__ import annotations

import hashlib
import json
from typing import Protocol

from ecsgen.images.build import Build, check_files
from ecsgen.images.context import Entry, Type, read, unreadable
from ecsgen.images.dockerfile import base_images, parse

FORMAT = "1"
"""Part of every tag: raise it when the same input has to be built again."""
TAG_LENGTH = 20


class KnowsImages(Protocol):
    """Whoever can name the digest of a base image."""

    def base_digest(self, reference: str, platform: str) -> str | None:
        """The digest of the image that a build for `platform` would use now; None when nobody can tell."""


def content_tag(build: Build, engine: KnowsImages | None) -> str:
    """The tag, TAG_LENGTH hexadecimal digits. Without an engine, base images count by their reference only.

    Raises ImageError when the context or the Dockerfile is missing or cannot be read.
    """
    check_files(build)
    whole = hashlib.sha256()
    try:
        text = build.dockerfile.read_bytes()
        whole.update(_inputs(build, text, engine))
        for entry in read(build).entries:
            whole.update(_line(build, entry))
    except OSError as error:
        raise unreadable(build, error) from error
    return whole.hexdigest()[:TAG_LENGTH]


def _inputs(build: Build, text: bytes, engine: KnowsImages | None) -> bytes:
    dockerfile = parse(text.decode("utf-8", "surrogateescape"))
    bases = base_images(dockerfile, build.args, build.target, build.platform)
    return _encode(
        FORMAT,
        build.platform,
        build.target,
        dict(sorted(build.args.items())),
        sorted(build.secrets),
        hashlib.sha256(text).hexdigest(),
        {base: engine.base_digest(base, build.platform) if engine else None for base in bases},
    )


def _line(build: Build, entry: Entry) -> bytes:
    content = ""
    if entry.type is Type.FILE:
        with (build.context / entry.path).open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
    return _encode(entry.type, entry.path, entry.executable, entry.link, content)


def _encode(*fields: object) -> bytes:
    """One line that no other fields can give: JSON keeps quotes, line breaks and undecodable bytes apart."""
    return json.dumps(fields).encode() + b"\n"
