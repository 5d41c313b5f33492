"""Images for a registry of one's own: built by the pipeline, and pushed through a real engine to a registry on loopback."""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ecsgen.errors import ImageError
from ecsgen.files.images import read_images
from ecsgen.pipeline.build import build_images, planned_images
from ecsgen.pipeline.project import open_project, write_files
from ecsgen.pipeline.registry import apply_registry
from ecsgen.pipeline.target import Target
from ecsgen.progress import silent

if TYPE_CHECKING:
    from conftest import Bench, Registry

pytestmark = pytest.mark.docker


def target(folder: Path, external: str, label: str) -> Target:
    """A target that has no credentials of AWS: nothing here may need them."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / "Dockerfile").write_text(f"FROM scratch\n{label}COPY Dockerfile /\n")
    description = folder / "ecsgen.yaml"
    description.write_text(
        f"name: shop\nregion: eu-west-1\nregistry: {{external: {external}}}\nservices: {{web: {{build: .}}}}\n"
    )
    (folder / ".dockerignore").write_text("ecsgen.yaml\n")
    project = open_project(description, None, None)
    write_files(project)
    nothing: Any = None
    return Target(
        project=project,
        environment="default",
        out=project.out,
        env={},
        aws=nothing,
        registry_aws=nothing,
        account="111111111111",
        terraform=nothing,
        plugin_dir=None,
        sandbox=None,
        report=silent,
    )


@pytest.fixture
def external(registry: Registry) -> str:
    """HOST/PATH of which the repository of `web` is there."""
    path = f"team/{uuid.uuid4().hex[:8]}"
    registry.ecr.create_repository(repositoryName=f"{path}/web")
    return f"{registry.host}/{path}"


def test_it_is_built_and_pushed_once(tmp_path: Path, bench: Bench, external: str) -> None:
    found = target(tmp_path / "shop", external, bench.label)
    assert apply_registry(found).urls == {}
    planned = planned_images(found, {})["web"]
    assert planned.startswith(f"{external}/web:")
    bench.references.append(planned)
    (image,) = build_images(found, {})
    assert (image.built, image.pushed) == (True, True)
    assert image.reference == f"{external}/web@{bench.engine.pushed_digest('web', planned)}"
    assert read_images(found.root) == {"web": image.reference}
    assert planned_images(found, {}) == {"web": image.reference}
    (again,) = build_images(found, {})
    assert (again.reference, again.built, again.pushed) == (image.reference, False, False)


def test_a_registry_without_the_repository(tmp_path: Path, bench: Bench, registry: Registry) -> None:
    found = target(tmp_path / "shop", f"{registry.host}/nobody", bench.label)
    bench.references.append(planned_images(found, {})["web"])
    with pytest.raises(ImageError, match="was not pushed") as caught:
        build_images(found, {})
    assert caught.value.why == "the registry has no repository nobody/web"
    assert read_images(found.root) == {}
