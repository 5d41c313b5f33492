"""Volumes of a task: how they are mounted, shared and written into the task definition."""

from __future__ import annotations

from typing import Any

import pytest
from descriptions import messages, render


def description(service: dict[str, Any], **top: Any) -> dict[str, Any]:
    return {
        "name": "library",
        "region": "eu-west-1",
        "services": {"pages": {"image": "nginx:1.27", **service}},
        **top,
    }


def codes(service: dict[str, Any], **top: Any) -> list[str]:
    return [line.split(" ")[2].rstrip(":") for line in messages(description(service, **top))]


def rendered(service: dict[str, Any], **top: Any) -> str:
    return render(description(service, **top))["default/service_pages.tf"]


def test_a_path_alone_is_a_scratch_volume() -> None:
    assert rendered({"volumes": {"cache": "/cache"}}) == rendered({"volumes": {"cache": {"path": "/cache"}}})
    assert "volumes = {\n    cache = {}\n  }\n" in rendered({"volumes": {"cache": "/cache"}})


def test_a_name_in_several_containers_is_one_volume() -> None:
    text = rendered(
        {
            "volumes": {"site": {"path": "/html", "read_only": True}},
            "sidecars": {"writer": {"image": "busybox:1.36", "volumes": {"site": "/site"}}},
        }
    )
    assert text.count("site = {}") == 1
    assert text.count('volume    = "site"') == 1
    assert text.count('volume = "site"') == 1
    assert "read_only = true" in text


def test_mounts_come_in_the_order_of_their_paths() -> None:
    one = {"volumes": {"b": "/a", "a": "/b/c", "c": "/b"}}
    other = {"volumes": {"c": "/b", "a": "/b/c", "b": "/a"}}
    assert rendered(one) == rendered(other)
    text = rendered(one)
    assert text.index('"/a"') < text.index('"/b"') < text.index('"/b/c"')


def test_without_volumes_nothing_of_them_is_written() -> None:
    assert "volume" not in rendered({})
    assert "mount_points" not in rendered({})


@pytest.mark.parametrize("path", ["/a", "/a/b.c", "/a b", "/...", "/a..b", "/üñ", "/deviance", "/process/x"])
def test_paths(path: str) -> None:
    assert not codes({"volumes": {"a": path}})


@pytest.mark.parametrize("path", ["a", "", "/a/", "//a", "/a//b", "/a/..", "/./a", "/a:b", "/a\tb"])
def test_no_paths(path: str) -> None:
    assert codes({"volumes": {"a": path}}) == ["EG104"]


@pytest.mark.parametrize("path", ["/", "/proc", "/sys/fs", "/dev/shm"])
def test_paths_that_the_container_needs_itself(path: str) -> None:
    assert codes({"volumes": {"a": path}}) == ["EG350"]


@pytest.mark.parametrize("name", ["a", "A_b-C9", "shared_data", "0", "a" * 63])
def test_names(name: str) -> None:
    assert not codes({"volumes": {name: "/a"}})


@pytest.mark.parametrize("name", ["", "-a", "a--b", "a_", "a.b", "a" * 64, "ä"])
def test_no_names(name: str) -> None:
    assert codes({"volumes": {name: "/a"}}) == ["EG104"]


def test_a_volume_that_is_read_only_in_one_container_is_fine() -> None:
    sidecar = {"image": "busybox:1.36", "volumes": {"site": {"path": "/site"}}}
    assert not codes({"volumes": {"site": {"path": "/a", "read_only": True}}, "sidecars": {"writer": sidecar}})
    assert codes({"volumes": {"site": {"path": "/a", "read_only": True}}}) == ["EG353"]
