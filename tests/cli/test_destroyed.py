"""What `destroy` says at its end."""

from __future__ import annotations

import pytest

from ecsgen.cli.destroy import _farewell


@pytest.mark.parametrize(
    ("kept", "there", "repositories", "said"),
    [
        (False, True, 0, "prod is gone"),
        (True, True, 0, "prod is gone; its images stay in the registry (--registry removes them)"),
        (False, True, 1, "prod is gone; the repository is gone, with all images"),
        (False, False, 3, "there was nothing of prod; 3 repositories are gone, with all images"),
        (False, False, 0, "there was nothing of prod"),
    ],
)
def test_what_is_gone_and_what_stays(kept: bool, there: bool, repositories: int, said: str) -> None:
    assert _farewell("prod", kept=kept, there=there, repositories=repositories) == said
