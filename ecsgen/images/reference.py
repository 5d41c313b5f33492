"""Image references by Docker's rules: which registry and repository a short name means."""

from __future__ import annotations

from collections.abc import Iterable

_HUB = "docker.io/"


def repository(reference: str) -> str:
    """The full name without tag and digest: "nginx:1.27" is "docker.io/library/nginx"."""
    name = reference.partition("@")[0]
    head, slash, last = name.rpartition("/")
    name = f"{head}{slash}{last.partition(':')[0]}"
    first, slash, rest = name.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        host, path = first, rest
    else:
        host, path = "docker.io", name
    if host in {"docker.io", "index.docker.io"}:
        return f"{_HUB}{path if '/' in path else f'library/{path}'}"
    return f"{host}/{path}"


def repository_digest(reference: str, digests: Iterable[str]) -> str | None:
    """The digest among an image's RepoDigests ("nginx@sha256:…") that belongs to the reference's repository."""
    wanted = repository(reference)
    found = sorted(digest.partition("@")[2] for digest in digests if repository(digest) == wanted)
    return found[0] if found else None
