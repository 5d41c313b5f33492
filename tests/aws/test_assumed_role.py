"""A session that assumes a role: asked for when first needed, with the caller's own credentials."""

from __future__ import annotations

import datetime
from typing import Any

import botocore.session
import pytest

from ecsgen.aws.session import assuming

ROLE = "arn:aws:iam::111111111111:role/push-images"


def test_a_role_is_assumed_when_credentials_are_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    core = botocore.session.Session()
    core.set_credentials("caller", "secret")
    asked: list[tuple[dict[str, Any], dict[str, Any]]] = []

    class Sts:
        def __init__(self, options: dict[str, Any]) -> None:
            self.options = options

        def __enter__(self) -> Sts:
            return self

        def __exit__(self, *_: object) -> None:
            return

        def assume_role(self, **request: Any) -> dict[str, Any]:
            asked.append((self.options, request))
            end = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1)
            keys = {"AccessKeyId": "assumed", "SecretAccessKey": "s", "SessionToken": "t", "Expiration": end}
            return {"Credentials": keys, "AssumedRoleUser": {"Arn": ROLE}}

    monkeypatch.setattr(core, "create_client", lambda service, **options: Sts(options))
    session = assuming(core, ROLE, "eu-central-1")
    assert not asked
    found = session.get_credentials()
    assert found.get_frozen_credentials().access_key == "assumed"
    options, request = asked[0]
    assert options["region_name"] == "eu-central-1"
    assert options["aws_access_key_id"] == "caller"
    assert request == {"RoleArn": ROLE, "RoleSessionName": "ecsgen"}
