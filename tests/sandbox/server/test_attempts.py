"""A call that is sent again, because its answer was lost, is not made twice."""

from __future__ import annotations

import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator

import pytest

from .stacks import ACCOUNT, Server, start_server, stop_server


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    started = start_server(engine=False)
    yield started
    stop_server(started)


def create_role(server: Server, name: str, call: str, attempt: int) -> tuple[int, bytes]:
    """The answer to one attempt of a call, as an SDK sends it."""
    form = {"Action": "CreateRole", "Version": "2010-05-08", "RoleName": name, "AssumeRolePolicyDocument": "{}"}
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.port}/",
        urllib.parse.urlencode(form).encode(),
        {
            "Authorization": f"AWS4-HMAC-SHA256 Credential={ACCOUNT}/20260101/us-east-1/iam/aws4_request, Signature=x",
            "amz-sdk-invocation-id": call,
            "amz-sdk-request": f"attempt={attempt}; max=25",
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def test_another_attempt_gets_the_first_ones_answer(server: Server) -> None:
    call = str(uuid.uuid4())
    first = create_role(server, "lost", call, 1)
    assert first[0] == 200
    assert create_role(server, "lost", call, 2) == first


def test_another_call_is_another_one(server: Server) -> None:
    assert create_role(server, "twice", str(uuid.uuid4()), 1)[0] == 200
    assert create_role(server, "twice", str(uuid.uuid4()), 1)[0] == 409


def test_a_refusal_is_not_kept(server: Server) -> None:
    call = str(uuid.uuid4())
    create_role(server, "freed", str(uuid.uuid4()), 1)
    assert create_role(server, "freed", call, 1)[0] == 409
    server.client("iam").delete_role(RoleName="freed")
    assert create_role(server, "freed", call, 2)[0] == 200
