"""The bucket of a description with `state: s3`, made in the sandbox: nobody else would make it there."""

from __future__ import annotations

import os
from typing import Any

from ecsgen.errors import AwsError


def ensure(bucket: str, *, endpoint: str, region: str, account: str, secret_key: str) -> None:
    """Create the bucket in this account if it is not there. Raises AwsError when the sandbox refuses it.

    Nothing is read from the process's environment or from ~/.aws, and no proxy is used.
    """
    import botocore.session
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    nothing = {"profile": (None, None, None, None), "ca_bundle": (None, None, None, None)}
    files = dict.fromkeys(("config_file", "credentials_file"), (None, None, os.devnull, None))
    session = botocore.session.Session(session_vars=nothing | files)
    config = Config(proxies={}, connect_timeout=5, read_timeout=30, s3={"addressing_style": "path"})
    place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    try:
        client: Any = session.create_client(
            "s3",
            region_name=region,
            endpoint_url=endpoint,
            aws_access_key_id=account,
            aws_secret_access_key=secret_key,
            config=config,
        )
        client.create_bucket(Bucket=bucket, **place)
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("BucketAlreadyOwnedByYou", "BucketAlreadyExists"):
            raise AwsError(f"the bucket {bucket} could not be made in the sandbox", why=str(error)) from error
    except BotoCoreError as error:
        raise AwsError(f"the bucket {bucket} could not be made in the sandbox", why=str(error)) from error
