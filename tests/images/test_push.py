"""Pushing: progress, retries and the words for what registries answer. The live part is in test_live_push."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from docker.errors import APIError
from requests.exceptions import ConnectionError as BrokenConnection

from ecsgen.errors import ImageError, InterruptedByUser
from ecsgen.images.build import Login
from ecsgen.images.push import push
from ecsgen.progress import Kind, silent

if TYPE_CHECKING:
    from conftest import Told

REFERENCE = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/hello/web:abc"
DIGEST = "sha256:" + "a" * 64
DONE = [{"status": f"abc: digest: {DIGEST} size: 735"}, {"aux": {"Tag": "abc", "Digest": DIGEST, "Size": 735}}]


class Api:
    """Answers each push with the next of `answers`: pieces of a stream, or an exception."""

    def __init__(self, *answers: list[dict[str, Any]] | Exception, configured: dict[str, str] | None = None) -> None:
        self.answers = list(answers)
        self.auth: list[dict[str, str]] = []
        self._auth_configs = SimpleNamespace(resolve_authconfig=lambda registry: configured)

    def push(
        self, reference: str, *, stream: bool, decode: bool, auth_config: dict[str, str]
    ) -> Iterator[dict[str, Any]]:
        assert stream
        assert decode
        self.auth.append(auth_config)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return iter(answer)


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ecsgen.images.push.FIRST_DELAY_SECONDS", 0.001)


def refused(message: str) -> ImageError:
    with pytest.raises(ImageError) as caught:
        push(
            Api([{"status": "The push refers to repository [x]"}, {"error": message}]),
            "web",
            REFERENCE,
            None,
            silent,
            None,
        )
    return caught.value


def test_the_digest_and_the_credentials() -> None:
    api = Api(DONE)
    assert push(api, "web", REFERENCE, Login("host", "AWS", "hunter2"), silent, None) == DIGEST
    assert api.auth == [{"username": "AWS", "password": "hunter2"}]


def test_without_a_login_the_users_configuration_is_asked() -> None:
    api = Api(DONE, configured={"username": "me", "password": "own"})
    push(api, "web", REFERENCE, None, silent, None)
    assert api.auth == [{"username": "me", "password": "own"}]
    api = Api(DONE[:1])
    assert push(api, "web", REFERENCE, None, silent, None) == DIGEST
    assert api.auth == [{}]


def test_progress_over_all_layers(told: Told) -> None:
    one, two, three = "1" * 12, "2" * 12, "3" * 12
    pieces: list[dict[str, Any]] = [
        {"status": "The push refers to repository [x]"},
        *({"status": "Preparing", "progressDetail": {}, "id": layer} for layer in (one, two, three)),
        {"status": "Layer already exists", "progressDetail": {}, "id": three},
        {"status": "Pushing", "progressDetail": {"current": 1_000_000, "total": 4_000_000}, "id": one},
        {"status": "Pushing", "progressDetail": {"current": 2_000_000, "total": 1_000_000}, "id": two},
        {"status": "Pushed", "progressDetail": {}, "id": two},
        {"status": "Mounted from other/web", "progressDetail": {}, "id": one},
        *DONE,
    ]
    push(Api(pieces), "web", REFERENCE, None, told, None)
    assert told.texts(Kind.STATUS)[3:] == [
        "pushing: 1 of 3 layers",
        "pushing: 1 of 3 layers, 25% of 4.0 MB",
        "pushing: 1 of 3 layers, 50% of 6.0 MB",
        "pushing: 2 of 3 layers, 50% of 6.0 MB",
        "pushing: 3 of 3 layers, 100% of 6.0 MB",
    ]
    assert {event.scope for event in told.events} == {"web"}


@pytest.mark.parametrize(
    "message",
    [
        "tag invalid: The image tag 'abc' already exists in the 'hello/web' repository and cannot be overwritten because the"
        " repository is immutable.",
        "tag invalid: The image tag 'abc' already exists in the 'x' repository and cannot be overwritten because the tag is"
        " immutable.",
        "tag invalid: tag 'abc' is immutable",
        "ImageTagAlreadyExistsException: x",
    ],
)
def test_a_tag_that_is_there_already_is_no_failure(message: str) -> None:
    assert push(Api([{"error": message}]), "web", REFERENCE, None, silent, None) is None


@pytest.mark.parametrize(
    ("message", "why", "hint"),
    [
        ("denied: Your authorization token has expired. Reauthenticate and try again.", "has expired", "signs in anew"),
        ("no basic auth credentials", "wants a sign-in", "account and region"),
        ("unauthorized: authentication required", "wants a sign-in", "account and region"),
        (
            "denied: User: arn:aws:iam::1:user/x is not authorized to perform: ecr:InitiateLayerUpload",
            "refuses",
            "ecr:PutImage",
        ),
        (
            "name unknown: The repository with name 'hello/web' does not exist in the registry with id '111122223333'",
            "no repository hello/web",
            "ecsgen apply",
        ),
        ("An image does not exist locally with the tag: x", "does not have the image any more", "build it again"),
        ("x509: certificate has expired or is not yet valid", "certificate is not trusted", "authority"),
        ("http: server gave HTTP response to HTTPS client", "speaks HTTP", "insecure-registries"),
        ("something new", "answered with an error", "run the command again"),
    ],
)
def test_final_refusals(message: str, why: str, hint: str) -> None:
    error = refused(message)
    assert error.what == f"the image of web was not pushed to {REFERENCE}"
    assert why in error.why
    assert hint in error.hint
    assert error.details == ("The push refers to repository [x]", message)


@pytest.mark.parametrize(
    "failure",
    [
        [{"error": 'Put "https://x": net/http: TLS handshake timeout'}],
        [{"error": "received unexpected HTTP status: 503 Service Unavailable"}],
        [{"error": "write tcp 10.0.0.1: broken pipe"}],
        [{"error": "toomanyrequests: Rate exceeded"}],
        [{"error": "unexpected EOF"}],
        BrokenConnection("Connection aborted. Read timed out"),
        APIError("500", explanation="dial tcp: i/o timeout"),
    ],
)
def test_a_passing_failure_is_tried_again(failure: list[dict[str, Any]] | Exception, told: Told) -> None:
    assert push(Api(failure, failure, failure, DONE), "web", REFERENCE, None, told, None) == DIGEST
    assert len(told.texts(Kind.WARNING)) == 3
    with pytest.raises(ImageError, match="4 attempts in a row") as caught:
        push(Api(failure, failure, failure, failure), "web", REFERENCE, None, silent, None)
    assert caught.value.details


def test_a_cancelled_push_ends_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    cancel, blocked = threading.Event(), threading.Event()

    class Silent(Api):
        def push(self, *arguments: Any, **keywords: Any) -> Iterator[dict[str, Any]]:
            cancel.set()
            blocked.wait()
            return iter(())

    try:
        with pytest.raises(InterruptedByUser, match="push of web was stopped"):
            push(Silent(), "web", REFERENCE, None, silent, cancel)
    finally:
        blocked.set()
    monkeypatch.setattr("ecsgen.images.push.FIRST_DELAY_SECONDS", 3600)
    waiting = threading.Event()

    def stop_when_told(event: object) -> None:
        waiting.set()

    with pytest.raises(InterruptedByUser):
        push(Api([{"error": "i/o timeout"}]), "web", REFERENCE, None, stop_when_told, waiting)
