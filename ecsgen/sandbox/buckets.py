"""The bucket of a description with `state: s3`, made in the sandbox: nobody else would make it there."""

from __future__ import annotations

from ecsgen.errors import AwsError
from ecsgen.sandbox.clients import client


def ensure(bucket: str, *, endpoint: str, region: str, account: str, secret_key: str) -> None:
    """Create the bucket in this account if it is not there. Raises AwsError when the sandbox refuses it."""
    from botocore.exceptions import BotoCoreError, ClientError

    place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    try:
        s3 = client("s3", endpoint=endpoint, region=region, account=account, secret_key=secret_key)
        s3.create_bucket(Bucket=bucket, **place)
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("BucketAlreadyOwnedByYou", "BucketAlreadyExists"):
            raise AwsError(f"the bucket {bucket} could not be made in the sandbox", why=str(error)) from error
    except BotoCoreError as error:
        raise AwsError(f"the bucket {bucket} could not be made in the sandbox", why=str(error)) from error
