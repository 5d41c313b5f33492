"""Clients of the sandbox's own API for what ecsgen makes there itself."""

from __future__ import annotations

import os
from typing import Any


def client(service: str, *, endpoint: str, region: str, account: str, secret_key: str) -> Any:
    """A client in this account and region.

    Nothing is read from the process's environment or from ~/.aws, and no proxy is used.
    """
    import botocore.session
    from botocore.config import Config

    nothing = {"profile": (None, None, None, None), "ca_bundle": (None, None, None, None)}
    files = dict.fromkeys(("config_file", "credentials_file"), (None, None, os.devnull, None))
    session = botocore.session.Session(session_vars=nothing | files)
    return session.create_client(
        service,
        region_name=region,
        endpoint_url=endpoint,
        aws_access_key_id=account,
        aws_secret_access_key=secret_key,
        config=Config(proxies={}, connect_timeout=5, read_timeout=30, s3={"addressing_style": "path"}),
    )
