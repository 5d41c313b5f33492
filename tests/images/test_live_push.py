"""Pushes to a real registry on loopback: MiniStack's ECR, through a real engine."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ecsgen.errors import ImageError
from ecsgen.images.build import Build, Login
from ecsgen.progress import Kind, silent

if TYPE_CHECKING:
    from conftest import Bench, Registry, Told

pytestmark = pytest.mark.docker

Make = Callable[..., Build]


@pytest.fixture
def repository(registry: Registry) -> str:
    name = f"test/{uuid.uuid4().hex[:8]}"
    registry.ecr.create_repository(repositoryName=name, imageTagMutability="IMMUTABLE")
    return name


def test_push_and_push_again(
    bench: Bench, registry: Registry, repository: str, make_build: Make, told: Told, context: Path
) -> None:
    (context / "app").write_text("one")
    reference = bench.name(f"{registry.host}/{repository}")
    bench.engine.build(make_build(), reference, silent)
    digest = bench.engine.push("web", reference, Login(registry.host, "AWS", "hunter2"), told)
    (image,) = registry.ecr.describe_images(repositoryName=repository)["imageDetails"]
    assert digest == image["imageDigest"]
    assert image["imageTags"] == [reference.rpartition(":")[2]]
    # A plain manifest, not an index: what ECS pulls is what was built.
    assert image["imageManifestMediaType"].endswith("manifest.v2+json")
    assert told.texts(Kind.STATUS)[-1].startswith("pushing: 1 of 1 layers, 100% of")
    assert "hunter2" not in repr(told.events)
    assert bench.engine.push("web", reference, None, silent) in {digest, None}


def test_the_digest_that_a_registry_has(
    bench: Bench, registry: Registry, repository: str, make_build: Make, context: Path
) -> None:
    (context / "app").write_text("one")
    reference = bench.name(f"{registry.host}/{repository}")
    assert bench.engine.pushed_digest("web", reference) is None
    assert bench.engine.pushed_digest("web", f"{registry.host}/none/web:1") is None
    bench.engine.build(make_build(), reference, silent)
    digest = bench.engine.push("web", reference, None, silent)
    assert bench.engine.pushed_digest("web", reference) == digest is not None
    with pytest.raises(ImageError, match="the registry was not asked for") as caught:
        bench.engine.pushed_digest("web", "127.0.0.1:9/test/web:1")
    assert caught.value.why == "the registry cannot be reached from the Docker Engine"


def test_an_immutable_tag_is_left_as_it_is(
    bench: Bench, registry: Registry, repository: str, make_build: Make, context: Path
) -> None:
    reference = bench.name(f"{registry.host}/{repository}")
    (context / "app").write_text("one")
    build = make_build()
    bench.engine.build(build, reference, silent)
    bench.references.append(str(bench.inspect(reference)["Id"]))
    first = bench.engine.push("web", reference, None, silent)
    (context / "app").write_text("two")
    bench.engine.build(build, reference, silent)
    assert bench.engine.push("web", reference, None, silent) is None
    (image,) = registry.ecr.describe_images(repositoryName=repository)["imageDetails"]
    assert image["imageDigest"] == first


def test_a_repository_that_is_not_there(bench: Bench, registry: Registry, make_build: Make) -> None:
    reference = bench.name(f"{registry.host}/none/web")
    bench.engine.build(make_build(), reference, silent)
    with pytest.raises(ImageError) as caught:
        bench.engine.push("web", reference, None, silent)
    assert caught.value.what == f"the image of web was not pushed to {reference}"
    assert caught.value.why == "the registry has no repository none/web"
    assert caught.value.details[0] == f"The push refers to repository [{registry.host}/none/web]"


def test_a_registry_that_does_not_answer(
    bench: Bench, make_build: Make, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ecsgen.images.push.FIRST_DELAY_SECONDS", 0.001)
    reference = bench.name("127.0.0.1:9/test/web")
    bench.engine.build(make_build(), reference, silent)
    with pytest.raises(ImageError, match="cannot be reached from the Docker Engine, 4 attempts in a row"):
        bench.engine.push("web", reference, None, told)
    assert len(told.texts(Kind.WARNING)) == 3


def test_an_image_that_is_gone(bench: Bench) -> None:
    with pytest.raises(ImageError, match="does not have the image any more"):
        bench.engine.push("web", "127.0.0.1:9/test/none:1", None, silent)
    with pytest.raises(ImageError, match="could not name the image ecsgen-test:none"):
        bench.engine.tag("ecsgen-test:none", "ecsgen-test:other")
    bench.engine.remove("ecsgen-test:none")
