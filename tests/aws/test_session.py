"""A sandbox's session reads nothing of the user's AWS settings; an account's session reads them as the CLI does."""

from __future__ import annotations

import http.server
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ecsgen.aws.identity import identify
from ecsgen.aws.session import Aws
from ecsgen.errors import AwsError

ANSWER = b"""<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
<Arn>arn:aws:iam::123456789012:root</Arn><UserId>1</UserId><Account>123456789012</Account>
</GetCallerIdentityResult></GetCallerIdentityResponse>"""


class Listener:
    """A loopback server that notes the headers of what reaches it and answers as STS does."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str]]] = []
        requests = self.requests

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                requests.append((self.path, dict(self.headers)))
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self.send_response(200)
                self.send_header("Content-Type", "text/xml")
                self.send_header("Content-Length", str(len(ANSWER)))
                self.end_headers()
                self.wfile.write(ANSWER)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def sandbox() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.close()


@pytest.fixture
def elsewhere() -> Iterator[Listener]:
    """Where nothing may ever arrive."""
    listener = Listener()
    yield listener
    listener.close()


@pytest.fixture
def hostile(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, elsewhere: Listener) -> None:
    """A machine whose AWS settings are all wrong: any that is read breaks the call or leads elsewhere."""
    home = tmp_path / "home"
    (home / ".aws" / "models" / "sts" / "2011-06-15").mkdir(parents=True)
    (home / ".aws" / "models" / "sts" / "2011-06-15" / "service-2.json").write_text("not json")
    (home / ".aws" / "config").write_text("[not closed\n")
    (home / ".aws" / "credentials").write_text("[default]\naws_access_key_id = FROMFILE\naws_secret_access_key = x\n")
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    settings = {
        "HOME": str(home),
        "AWS_PROFILE": "missing",
        "AWS_DEFAULT_PROFILE": "missing",
        "AWS_CONFIG_FILE": str(home / ".aws" / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(home / ".aws" / "config"),
        "AWS_DATA_PATH": str(home / ".aws" / "models"),
        "AWS_ENDPOINT_URL": elsewhere.url,
        "AWS_ENDPOINT_URL_STS": elsewhere.url,
        "AWS_ENDPOINT_URL_ECS": elsewhere.url,
        "AWS_EC2_METADATA_SERVICE_ENDPOINT": elsewhere.url,
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": elsewhere.url,
        "AWS_ACCESS_KEY_ID": "FROMPROCESS",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_SESSION_TOKEN": "FROMPROCESS",
        "AWS_REGION": "us-gov-west-1",
        "AWS_DEFAULT_REGION": "us-gov-west-1",
        "AWS_CA_BUNDLE": "/missing",
        "AWS_RETRY_MODE": "wrong",
        "AWS_MAX_ATTEMPTS": "wrong",
        "AWS_USE_FIPS_ENDPOINT": "true",
        "AWS_USE_DUALSTACK_ENDPOINT": "true",
        "AWS_DEFAULTS_MODE": "wrong",
        "AWS_STS_REGIONAL_ENDPOINTS": "wrong",
        "AWS_CSM_ENABLED": "true",
        "AWS_CSM_PORT": "wrong",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
        "HTTP_PROXY": elsewhere.url,
        "http_proxy": elsewhere.url,
        "ALL_PROXY": elsewhere.url,
        "NO_PROXY": "",
        "no_proxy": "",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)


def keys(url: str, **more: str) -> dict[str, str]:
    return {"AWS_ENDPOINT_URL": url, "AWS_ACCESS_KEY_ID": "SANDBOX", "AWS_SECRET_ACCESS_KEY": "s", **more}


@pytest.mark.usefixtures("hostile")
def test_the_sandbox_reads_no_settings_of_the_user(sandbox: Listener, elsewhere: Listener) -> None:
    assert identify(Aws("eu-west-1", keys(sandbox.url))).account == "123456789012"
    (path, headers), *more = sandbox.requests
    assert not more
    assert path == "/"
    assert "Credential=SANDBOX/" in headers["Authorization"]
    assert "/eu-west-1/sts/" in headers["Authorization"]
    assert "X-Amz-Security-Token" not in headers
    assert elsewhere.requests == []


@pytest.mark.usefixtures("hostile")
def test_every_client_goes_to_the_sandbox(sandbox: Listener) -> None:
    aws = Aws("eu-west-1", keys(sandbox.url))
    for client in (aws.ecs, aws.ecr, aws.elbv2, aws.logs, aws.sts):
        assert client.meta.endpoint_url == sandbox.url
        assert client.meta.region_name == "eu-west-1"
        assert client.meta.config.proxies == {}
        assert client.meta.config.retries == {"mode": "standard", "total_max_attempts": 2}


@pytest.mark.usefixtures("hostile")
def test_endpoints_of_single_services_and_session_tokens_come_from_the_mapping(sandbox: Listener) -> None:
    env = keys(
        "http://127.0.0.1:1",
        AWS_ENDPOINT_URL_STS=sandbox.url,
        AWS_ENDPOINT_URL_ELASTIC_LOAD_BALANCING_V2="http://127.0.0.1:2",
        AWS_SESSION_TOKEN="token",
    )
    aws = Aws("eu-west-1", env)
    identify(aws)
    assert sandbox.requests[0][1]["X-Amz-Security-Token"] == "token"
    assert aws.elbv2.meta.endpoint_url == "http://127.0.0.1:2"
    assert aws.ecs.meta.endpoint_url == "http://127.0.0.1:1"


@pytest.mark.parametrize("missing", ["AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
def test_an_incomplete_mapping_is_refused_at_once(missing: str) -> None:
    env = keys("http://127.0.0.1:1")
    del env[missing]
    with pytest.raises(KeyError, match=missing):
        Aws("eu-west-1", env)


def test_the_sandbox_that_does_not_answer_is_named() -> None:
    aws = Aws("eu-west-1", keys("http://127.0.0.1:1"))
    with pytest.raises(AwsError) as caught:
        identify(aws)
    assert "the sandbox at 127.0.0.1:1 does not answer" in caught.value.why
    assert "ecsgen sandbox up" in caught.value.hint


def test_making_an_aws_reads_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "missing")
    assert Aws("eu-west-1").region == "eu-west-1"


def test_a_profile_that_does_not_exist(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.delenv("AWS_DEFAULT_PROFILE", raising=False)
    monkeypatch.setenv("AWS_PROFILE", "missing")
    with pytest.raises(AwsError) as caught:
        identify(Aws("eu-west-1"))
    assert "profile missing does not exist" in caught.value.why


def test_no_credentials(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(AwsError) as caught:
        identify(Aws("eu-west-1"))
    assert "no AWS credentials" in caught.value.why
    assert "--sandbox" in caught.value.hint


def test_an_account_uses_the_process_environment(monkeypatch: pytest.MonkeyPatch, sandbox: Listener) -> None:
    for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", sandbox.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "MINE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    identify(Aws("eu-west-1"))
    assert "Credential=MINE/" in sandbox.requests[0][1]["Authorization"]
