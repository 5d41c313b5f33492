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


OURS = {"path": "/files", "efs": {}}


def test_all_that_share_the_instances_group_are_one_client() -> None:
    """EC2 refuses a second rule that is like the first."""
    bridge = {"image": "nginx:1.27", "capacity": "ec2", "network": {"mode": "bridge"}}
    shared = {"volumes": {"files": {"path": "/files", "efs": {"share": "pages"}}}}
    text = render(
        {
            "name": "library",
            "region": "eu-west-1",
            "network": {"nat": "single"},
            "cluster": {"ec2": {"instance_types": "m7i.xlarge", "max": 9}},
            "services": {
                "pages": {**bridge, "volumes": {"files": OURS}},
                "other": {**bridge, **shared, "network": {"mode": "host"}},
                "inside": {**bridge, **shared, "network": {}},
            },
        }
    )["default/service_pages.tf"]
    clients = text.split("client_security_group_ids = {")[1].split("}")[0].split()
    assert clients == [
        *('"EC2', 'instances"', "=", "module.ec2_capacity.security_group_id"),
        *("inside", "=", "module.inside_service.security_group_id"),
    ]


@pytest.mark.parametrize(("sharing", "expected"), [(59, []), (60, ["EG458"])])
def test_a_file_system_has_rules_for_so_many_clients(sharing: int, expected: list[str]) -> None:
    shared = {"image": "nginx:1.27", "volumes": {"files": {"path": "/files", "efs": {"share": "pages"}}}}
    services = {f"s{number}": shared for number in range(sharing)}
    web = {"image": "nginx:1.27", "volumes": {"files": OURS}}
    found = messages({"name": "library", "region": "eu-west-1", "services": {"pages": web, **services}})
    assert [line.split(" ")[2].rstrip(":") for line in found] == expected


def test_a_file_system_of_ones_own_is_open_to_its_service_only() -> None:
    text = rendered({"volumes": {"my-files": OURS}})
    assert 'module "pages__my_files_efs" {\n  source = "../modules/efs"\n' in text
    assert "client_security_group_ids = {\n    pages = module.pages_service.security_group_id\n  }" in text
    assert "file_system_id  = module.pages__my_files_efs.file_system_id" in text
    assert "access_point_id = module.pages__my_files_efs.access_point_id" in text
    assert "subnet_ids = module.network.public_zone_subnet_ids" in text


@pytest.mark.parametrize("efs", [True, {"create": True}])
def test_ways_to_ask_for_a_file_system(efs: object) -> None:
    assert rendered({"volumes": {"files": {"path": "/files", "efs": efs}}}) == rendered({"volumes": {"files": OURS}})


def test_mount_targets_are_where_the_tasks_are() -> None:
    assert "private_zone_subnet_ids" in rendered({"volumes": {"files": OURS}}, network={"nat": "single"})
    subnets = ["subnet-0123456789abcdef1", "subnet-0123456789abcdef0"]
    text = rendered({"volumes": {"files": OURS}, "network": {"subnets": subnets, "public": False}})
    assert text.count('subnet-0123456789abcdef0 = "subnet-0123456789abcdef0"') == 1
    other = rendered({"volumes": {"files": {"path": "/f", "efs": {"subnets": subnets[:1]}}}})
    assert 'subnet-0123456789abcdef1 = "subnet-0123456789abcdef1"' in other


def test_a_protected_file_system_is_the_same_but_for_one_word() -> None:
    plain = render(description({"volumes": {"files": OURS}}))
    safe = render(description({"volumes": {"files": {"path": "/files", "efs": {"protect": True}}}}))
    before, after = plain["modules/efs/main.tf"], safe["modules/efs_protected/main.tf"]
    assert before.replace("prevent_destroy = false", "prevent_destroy = true") == after
    assert before != after
    assert (
        plain["default/service_pages.tf"].replace("modules/efs", "modules/efs_protected")
        == safe["default/service_pages.tf"]
    )


def test_a_shared_file_system_is_made_once_and_opened_to_both() -> None:
    worker = {
        "image": "busybox:1.36",
        "volumes": {"files": {"path": "/in", "read_only": True, "efs": {"share": "pages"}}},
    }
    files = render(
        {
            "name": "library",
            "region": "eu-west-1",
            "services": {"pages": {"image": "nginx:1.27", "volumes": {"files": OURS}}, "worker": worker},
        }
    )
    assert '_efs" {' in files["default/service_pages.tf"]
    assert '_efs" {' not in files["default/service_worker.tf"]
    assert "worker = module.worker_service.security_group_id" in files["default/service_pages.tf"]
    assert "module.pages__files_efs.file_system_id" in files["default/service_worker.tf"]


def test_the_settings_stand_in_one_container_or_alike_in_several() -> None:
    one = {"volumes": {"files": OURS}, "sidecars": {"b": {"image": "busybox:1.36", "volumes": {"files": "/b"}}}}
    both = {**one, "sidecars": {"b": {"image": "busybox:1.36", "volumes": {"files": {**OURS, "path": "/b"}}}}}
    last = {
        "volumes": {"files": "/files"},
        "sidecars": {"b": {"image": "busybox:1.36", "volumes": {"files": {**OURS, "path": "/b"}}}},
    }
    assert rendered(one) == rendered(both) == rendered(last)


@pytest.mark.parametrize(
    ("ebs", "wrong"),
    [
        ({"size": 1}, False),
        ({"size": 16384}, False),
        ({"size": "100 GB"}, False),
        ({"size": 16385}, True),
        ({"size": 124, "type": "st1"}, True),
        ({"size": 125, "type": "sc1"}, False),
        ({"size": 4, "type": "io1", "iops": 200}, False),
        ({"size": 4, "type": "io1", "iops": 201}, True),
        ({"size": 1, "iops": 3000}, False),
        ({"size": 1, "iops": 3001}, True),
        ({"size": 32, "iops": 16000}, False),
        ({"size": 100, "iops": 16001}, True),
        ({"snapshot": "snap-0123456789abcdef0"}, False),
        ({"snapshot": "snap-0123456789abcdef0", "iops": 16000}, False),
        ({"size": 10, "throughput": 750}, False),
        ({"size": 10, "throughput": 751}, True),
        ({"size": 10, "iops": 4000, "throughput": 1000}, False),
        ({"size": 10, "throughput": 124}, True),
        ({"size": 500, "type": "io2", "iops": 256000}, False),
    ],
)
def test_sizes_and_speeds_of_disks(ebs: dict[str, Any], wrong: bool) -> None:
    assert codes({"volumes": {"disk": {"path": "/disk", "ebs": ebs}}}) == (["EG359"] if wrong else [])


def test_a_disk_is_the_services_and_only_named_in_the_task() -> None:
    text = rendered({"volumes": {"disk": {"path": "/disk", "ebs": {"size": 20}}}})
    assert "disk = {\n      configure_at_launch = true\n    }" in text
    assert 'role_name  = "library-default-pages-volumes"' in text
    assert "size_gib   = 20" in text
    assert "permissions_boundary_arn" not in text
    boundary = "arn:aws:iam::123456789012:policy/boundary"
    disk = {"volumes": {"disk": {"path": "/disk", "ebs": {"size": 20}}}}
    assert rendered({**disk, "permissions": {"boundary": boundary}}).count("permissions_boundary_arn") == 2


def test_a_job_has_volumes_too() -> None:
    files = render(
        {
            **description({"volumes": {"files": OURS, "theirs": {"path": "/t", "efs": {"share": "clean"}}}}),
            "jobs": {
                "clean": {
                    "image": "busybox:1.36",
                    "volumes": {"files": {"path": "/f", "efs": {"share": "pages"}}, "theirs": {**OURS, "path": "/t"}},
                }
            },
        }
    )
    assert "    clean = module.clean_job.security_group_id\n" in files["default/service_pages.tf"]
    assert 'module "clean__theirs_efs"' in files["default/job_clean.tf"]
    assert "    pages = module.pages_service.security_group_id\n" in files["default/job_clean.tf"]
    assert "module.pages__files_efs.file_system_id" in files["default/job_clean.tf"]


def test_references_stand_where_terraform_alone_must_know() -> None:
    text = rendered(
        {
            "network": {"subnets": {"ref": "module.vpc.private_subnets"}, "public": False},
            "volumes": {
                "theirs": {"path": "/a", "efs": {"file_system": {"ref": "aws_efs_file_system.a.id"}}},
                "files": {**OURS, "path": "/b", "efs": {"kms_key": {"ref": "aws_kms_key.a.arn"}}},
                "other": {**OURS, "path": "/c", "efs": {"subnets": [{"ref": "aws_subnet.a.id"}]}},
                "disk": {"path": "/d", "ebs": {"size": 10, "kms_key": {"ref": "aws_kms_key.a.arn"}}},
            },
        }
    )
    assert "file_system_id = aws_efs_file_system.a.id" in text
    assert "kms_key_arn     = aws_kms_key.a.arn" in text
    assert "kms_key    = { arn = aws_kms_key.a.arn }" in text
    assert '"aws_subnet.a.id" = aws_subnet.a.id' in text
    assert "subnet_ids = { for index, subnet in module.vpc.private_subnets : index => subnet }" in text
