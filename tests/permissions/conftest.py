"""An account that enforces policies, with an application in it, for all tests of this folder."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import strict


@pytest.fixture(scope="session")
def account(tmp_path_factory: pytest.TempPathFactory, plugin_dir: str | None) -> Iterator[strict.Account]:
    """The application of `strict.DESCRIPTION`, and beside it what belongs to others."""
    account = strict.start()
    try:
        strict.prepare(account)
        folder = tmp_path_factory.mktemp("permissions")
        (folder / "default").mkdir()
        images = {
            "images": {"web": f"{strict.ACCOUNT}.dkr.ecr.{strict.REGION}.amazonaws.com/shop/web@sha256:{'0' * 64}"}
        }
        (folder / "default" / "images.auto.tfvars.json").write_text(json.dumps(images))
        strict.apply(account, strict.DESCRIPTION.format(key=account.key), folder, plugin_dir, *strict.TARGETS)
        yield account
    finally:
        strict.stop(account)
