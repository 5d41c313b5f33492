"""The pure part of a build: checks before it, and the arguments it becomes."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ecsgen.errors import ImageError
from ecsgen.images.build import Build, Login, arguments, by_environment, check_files, check_secrets

Make = Callable[..., Build]


def test_arguments_in_full(make_build: Make, context: Path) -> None:
    build = make_build(
        platform="linux/arm64",
        target="release",
        args={"VERSION": "1.2", "EMPTY": "", "PATH": "/odd", "LD_PRELOAD": "/x.so"},
        secrets={"token": "env:TOKEN", "key": "file:/keys/a,b", "rel": "file:local.pem"},
        cache_from=("example.com/web:cache", "type=gha"),
    )
    env = {"PATH": "/usr/bin"}
    assert arguments(build, "host/web:tag", Path("/copy/Dockerfile"), env) == [
        "--progress=plain",
        "--platform=linux/arm64",
        "--file=/copy/Dockerfile",
        "--tag=host/web:tag",
        "--target=release",
        "--build-arg",
        "EMPTY",
        "--build-arg",
        "LD_PRELOAD=/x.so",
        "--build-arg",
        "PATH=/odd",
        "--build-arg",
        "VERSION",
        "--secret",
        'id=key,"src=/keys/a,b"',
        "--secret",
        f"id=rel,src={context}/local.pem",
        "--secret",
        "id=token,env=TOKEN",
        "--cache-from=example.com/web:cache",
        "--cache-from=type=gha",
        str(context),
    ]
    assert by_environment(build, env) == {"VERSION": "1.2", "EMPTY": ""}


@pytest.mark.parametrize(
    "name",
    [
        "DOCKER_HOST",
        "BUILDX_BUILDER",
        "LD_LIBRARY_PATH",
        "DYLD_INSERT_LIBRARIES",
        "GODEBUG",
        "https_proxy",
        "HTTPS_PROXY",
        "SSL_CERT_FILE",
        "XDG_CONFIG_HOME",
        "AWS_PROFILE",
        "TMPDIR",
    ],
)
def test_an_argument_never_changes_the_environment_of_the_cli(make_build: Make, name: str) -> None:
    build = make_build(args={name: "value"})
    assert by_environment(build, {}) == {}
    assert f"{name}=value" in arguments(build, "a:b", build.dockerfile, {})


def test_a_missing_context(make_build: Make, context: Path) -> None:
    build = make_build()
    shutil.rmtree(context)
    with pytest.raises(
        ImageError, match=r"image of web cannot be built.*context .*/context does not exist; write build"
    ):
        check_files(build)
    context.write_text("x")
    with pytest.raises(ImageError, match="is not a folder"):
        check_files(build)


def test_a_missing_dockerfile(make_build: Make) -> None:
    build = make_build()
    check_files(build)
    build.dockerfile.unlink()
    with pytest.raises(ImageError, match=r"Dockerfile does not exist; write a Dockerfile there"):
        check_files(build)
    build.dockerfile.mkdir()
    with pytest.raises(ImageError, match="is not a file"):
        check_files(build)


def test_secrets_are_looked_for_and_not_read(make_build: Make, context: Path) -> None:
    build = make_build(secrets={"token": "env:TOKEN", "key": "file:key.pem"})
    (context / "key.pem").write_text("x")
    (context / "key.pem").chmod(0)
    check_secrets(build, {"TOKEN": ""})
    with pytest.raises(ImageError) as caught:
        check_secrets(build, {})
    assert str(caught.value) == (
        "the build secret token of web is missing: the environment variable TOKEN is not set; set TOKEN and run again"
    )
    (context / "key.pem").unlink()
    with pytest.raises(ImageError, match=r"secret key of web is missing: the file .*/key\.pem does not exist"):
        check_secrets(build, {"TOKEN": ""})
    with pytest.raises(ImageError, match="write env:NAME or file:PATH"):
        check_secrets(make_build(secrets={"token": "hunter2"}), {})


def test_a_login_does_not_show_its_password() -> None:
    assert "hunter2" not in repr(Login("host", "AWS", "hunter2"))
