"""Reaching an engine, or saying why there is none and how to get one; references by Docker's rules."""

from __future__ import annotations

import errno
import hashlib
import json
import socket
from pathlib import Path

import pytest

from ecsgen.errors import ImageError
from ecsgen.images.absent import no_engine
from ecsgen.images.engine import connect
from ecsgen.images.reference import repository, repository_digest


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty Docker configuration, instead of the user's."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def refusal(env: dict[str, str]) -> ImageError:
    with pytest.raises(ImageError) as caught:
        connect(env)
    assert caught.value.exit_code == 4
    return caught.value


def test_no_socket(config: Path) -> None:
    error = refusal({"DOCKER_HOST": f"unix://{config}/none.sock"})
    assert error.what == f"no Docker Engine answers at unix://{config}/none.sock"
    assert error.why == "there is no such socket, so no engine is installed or none is running"
    for words in ("Install Docker Engine", "apt-get install docker.io", "make engine", "DOCKER_HOST"):
        assert words in error.hint


def test_nobody_listens(config: Path) -> None:
    with socket.socket(socket.AF_UNIX) as closed:
        closed.bind(f"{config}/s")
    error = refusal({"DOCKER_HOST": f"unix://{config}/s"})
    assert error.why == "the connection was refused, so the engine is not running"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert "refused" in refusal({"DOCKER_HOST": f"tcp://127.0.0.1:{port}"}).why


def test_a_socket_of_others() -> None:
    """As docker-py hands it on: an OSError somewhere among the causes."""
    try:
        try:
            raise PermissionError(errno.EACCES, "Permission denied")
        except OSError as cause:
            raise RuntimeError("Error while fetching server API version", cause)  # noqa: B904 (an argument, no cause)
    except RuntimeError as error:
        said = no_engine("", error)
    assert said.what == "no Docker Engine answers at unix:///var/run/docker.sock"
    assert said.why == "this user may not use its socket"
    assert "usermod -aG docker" in said.hint


def test_an_address_that_is_none(config: Path) -> None:
    error = refusal({"DOCKER_HOST": "nonsense://x"})
    assert "nonsense" in error.why
    assert "correct DOCKER_HOST" in error.hint


def test_the_context_of_the_docker_cli(config: Path) -> None:
    folder = config / "contexts" / "meta" / hashlib.sha256(b"mine").hexdigest()
    folder.mkdir(parents=True)
    meta = {"Name": "mine", "Metadata": {}, "Endpoints": {"docker": {"Host": f"unix://{config}/mine.sock"}}}
    (folder / "meta.json").write_text(json.dumps(meta))
    (config / "config.json").write_text(json.dumps({"currentContext": "mine"}))
    assert f"unix://{config}/mine.sock" in refusal({}).what
    assert f"unix://{config}/mine.sock" in refusal({"DOCKER_CONTEXT": "mine"}).what
    assert f"unix://{config}/host.sock" in refusal({"DOCKER_HOST": f"unix://{config}/host.sock"}).what
    assert "there is no Docker context other" in refusal({"DOCKER_CONTEXT": "other"}).why


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("nginx", "docker.io/library/nginx"),
        ("nginx:1.27", "docker.io/library/nginx"),
        ("docker.io/nginx", "docker.io/library/nginx"),
        ("bitnami/nginx@sha256:aa", "docker.io/bitnami/nginx"),
        ("localhost/x:1", "localhost/x"),
        ("127.0.0.1:5000/a/b:1", "127.0.0.1:5000/a/b"),
        ("public.ecr.aws/docker/library/python:3.12@sha256:aa", "public.ecr.aws/docker/library/python"),
    ],
)
def test_repository(reference: str, expected: str) -> None:
    assert repository(reference) == expected


def test_the_digest_of_the_right_repository() -> None:
    digests = ["other/nginx@sha256:bb", "nginx@sha256:aa"]
    assert repository_digest("docker.io/library/nginx:1.27", digests) == "sha256:aa"
    assert repository_digest("other/nginx", digests) == "sha256:bb"
    assert repository_digest("else/nginx", digests) is None
