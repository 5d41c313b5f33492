"""Pushes through the Engine: credentials in memory only, progress over all layers, retries, errors in plain words."""

from __future__ import annotations

import re
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ecsgen.errors import ImageError, InterruptedByUser
from ecsgen.images.build import Login
from ecsgen.images.failures import NETWORK_DOWN, rule
from ecsgen.images.plain import KEPT_LINES
from ecsgen.images.stream import follow
from ecsgen.progress import Event, Kind, Report

ATTEMPTS = 4
FIRST_DELAY_SECONDS = 1.0
"""Before the second attempt; each further one waits twice as long."""

_ALREADY_THERE = re.compile(
    r"ImageTagAlreadyExists|tag (?:invalid|is immutable).*immutable|cannot be overwritten", re.I
)
_ABSENT = re.compile(
    r"manifest unknown|name unknown|not found|no basic auth|unauthorized|authentication required|insufficient_scope"
    r"|denied|forbidden",
    re.I,
)
"""What registries say of an image that is not there, also to somebody who may see none."""
_DIGEST = re.compile(r"digest: (sha256:[0-9a-f]{64})")
_FINISHED = {"Pushed", "Layer already exists"}

_PASSING = re.compile(
    NETWORK_DOWN + r"|\b50[0234]\b|toomanyrequests|Too Many Requests|broken pipe|timed? ?out|unexpected http status",
    re.I,
)

_FINAL_RULES = (
    rule(
        r"x509|certificate",
        "the registry's certificate is not trusted by the Docker Engine",
        "give the engine the certificate authority of the registry or of your network's proxy",
    ),
    rule(
        r"expired",
        "the sign-in to the registry has expired",
        "run the command again: it signs in anew. If it stays so, this machine's clock may be wrong",
    ),
    rule(
        r"name unknown|repository .* (?:does not exist|not found)|RepositoryNotFound",
        "the registry has no repository {repository}",
        "create it: in ECR, ecsgen apply does so before it pushes, as does terraform apply in the folder registry",
    ),
    rule(
        r"no basic auth|unauthorized|401|authentication required|authorization failed|insufficient_scope",
        "the registry wants a sign-in that it was not given",
        "see that the credentials are for the account and region of the registry; for another registry, docker login first",
    ),
    rule(
        r"denied|403|forbidden|not authorized",
        "the registry refuses this user",
        "for Amazon ECR it needs ecr:InitiateLayerUpload, ecr:UploadLayerPart, ecr:CompleteLayerUpload,"
        " ecr:BatchCheckLayerAvailability and ecr:PutImage on the repository",
    ),
)
"""What another attempt cannot mend."""

_RULES = (
    *_FINAL_RULES,
    rule(
        r"does not exist locally|No such image|image does not exist",
        "the engine does not have the image any more",
        "build it again",
    ),
    rule(
        r"server gave HTTP response to HTTPS client",
        "the registry speaks HTTP, and the Docker Engine expects HTTPS",
        "add it to insecure-registries in the engine's daemon.json, or give the registry a certificate",
    ),
    rule(r"no space left", "a disk is full", "free some: docker system prune"),
    rule(
        NETWORK_DOWN,
        "the registry cannot be reached from the Docker Engine",
        "check the network and the proxy of the Docker Engine, and run the command again: finished layers are kept",
    ),
)


class _PassingError(Exception):
    """A failure that another attempt may mend."""


@dataclass
class _Layers:
    """How far each layer is; sizes in bytes."""

    sizes: dict[str, tuple[int, int]] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    finished: set[str] = field(default_factory=set)

    def take(self, piece: Mapping[str, Any]) -> None:
        layer, status = str(piece.get("id", "")), str(piece.get("status", ""))
        if not re.fullmatch(r"[0-9a-f]{12}", layer):
            return
        self.seen.add(layer)
        if status in _FINISHED or status.startswith("Mounted from"):
            self.finished.add(layer)
        detail = piece.get("progressDetail") or {}
        if "current" in detail:
            # The engine learns a layer's size while it packs it, and packs a little more than it announced.
            current = int(detail["current"])
            self.sizes[layer] = (current, max(current, int(detail.get("total", 0))))

    @property
    def text(self) -> str:
        parts = f"pushing: {len(self.finished)} of {len(self.seen)} layers"
        total = sum(size for _, size in self.sizes.values())
        if not total:
            return parts
        done = sum(size if layer in self.finished else current for layer, (current, size) in self.sizes.items())
        return f"{parts}, {100 * done // total}% of {total / 1e6:.1f} MB"


def push(
    api: Any, key: str, reference: str, login: Login | None, report: Report, cancel: threading.Event | None
) -> str | None:
    """Push `reference` (HOST/NAME:TAG) and return the digest that the registry reported.

    None means that the registry has this tag already and keeps it as it is. `api` is a docker.APIClient without a
    read timeout. Without a login, the Docker configuration of the user is asked for one. Raises ImageError, and
    InterruptedByUser when it was cancelled.
    """
    cancel = cancel or threading.Event()
    delay = FIRST_DELAY_SECONDS
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return _push_once(api, key, reference, login, report, cancel)
        except _PassingError as error:
            if attempt == ATTEMPTS:
                raise explain(key, reference, str(error), (), tried=ATTEMPTS) from error
            report(Event(Kind.WARNING, key, f"the push failed ({error}); trying again in {delay:.0f} s"))
            if cancel.wait(delay):
                raise InterruptedByUser(f"the push of {key} was stopped") from error
            delay *= 2
    raise AssertionError("the last attempt returns or raises")


def _push_once(
    api: Any, key: str, reference: str, login: Login | None, report: Report, cancel: threading.Event
) -> str | None:
    from docker.errors import DockerException
    from requests.exceptions import RequestException

    def request() -> Iterator[Any]:
        # Never None: the engine insists on credentials, if need be on empty ones.
        auth = {"username": login.username, "password": login.password} if login else _configured(api, reference)
        stream: Iterator[Any] = api.push(reference, stream=True, decode=True, auth_config=auth)
        return stream

    layers = _Layers()
    talk: deque[str] = deque(maxlen=KEPT_LINES)
    digest = None
    try:
        for piece in follow(request, cancel, f"the push of {key}"):
            if "error" in piece:
                _tolerate(key, reference, str(piece["error"]), tuple(talk))
                return None
            layers.take(piece)
            aux = piece.get("aux") or {}
            status = str(piece.get("status", ""))
            found = _DIGEST.search(status)
            digest = aux.get("Digest") or (found[1] if found else digest)
            if layers.seen and "id" in piece:
                report(Event(Kind.STATUS, key, layers.text))
            elif status:
                talk.append(status)
    except (DockerException, RequestException) as error:
        _tolerate(key, reference, str(getattr(error, "explanation", None) or error), tuple(talk))
        return None
    return digest


def find_digest(api: Any, key: str, reference: str) -> str | None:
    """The digest that a registry has for `reference` (HOST/NAME:TAG); None when it has no such image.

    Registries answer with a refusal where there is no repository: that counts as none, and a push says what is wrong.
    Raises ImageError when the registry does not answer.
    """
    from docker.errors import DockerException, NotFound
    from requests.exceptions import RequestException

    try:
        return str(api.inspect_distribution(reference, auth_config=_configured(api, reference))["Descriptor"]["digest"])
    except NotFound:
        return None
    except (DockerException, RequestException) as error:
        message = str(getattr(error, "explanation", None) or error)
        if _ABSENT.search(message):
            return None
        raise explain(key, reference, message, (), what=f"the registry was not asked for {reference}") from error


def _configured(api: Any, reference: str) -> Mapping[str, str]:
    """What the user's Docker configuration has for the reference's registry, else nothing."""
    from docker.auth import resolve_repository_name

    registry, _ = resolve_repository_name(reference)
    found: Mapping[str, str] | None = api._auth_configs.resolve_authconfig(registry)
    return found or {}


def _tolerate(key: str, reference: str, message: str, talk: tuple[str, ...]) -> None:
    """Return when the image is there all the same; else raise."""
    if _ALREADY_THERE.search(message):
        return
    if _PASSING.search(message) and not any(each.pattern.search(message) for each in _FINAL_RULES):
        raise _PassingError(message)
    raise explain(key, reference, message, talk)


def explain(
    key: str, reference: str, message: str, talk: tuple[str, ...], tried: int = 1, what: str | None = None
) -> ImageError:
    """The error for a failed push; `what` failed if it was not the push."""
    repository = reference.partition("/")[2].rpartition(":")[0]
    why, hint = next(
        ((each.why, each.hint) for each in _RULES if each.pattern.search(message)),
        ("the registry or the engine answered with an error", "run the command again: finished layers are kept"),
    )
    return ImageError(
        what or f"the image of {key} was not pushed to {reference}",
        why=why.format(repository=repository) + (f", {tried} attempts in a row" if tried > 1 else ""),
        hint=hint,
        details=(*talk, message),
    )
