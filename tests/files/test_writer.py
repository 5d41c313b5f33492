"""The writer: what it creates, updates and removes, and what it leaves to the person it belongs to."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

import pytest

from ecsgen.errors import UsageError
from ecsgen.files import LOCK_FILE, Lock, WritePlan, check, diff, plan_writes, read_current, read_lock, write, writing

OLD = {
    "default/main.tf": "a = 1\n",
    "default/service_web.tf": "b = 1\n",
    "modules/alb/main.tf": "c = 1\n",
    "registry/main.tf": "d = 1\n",
}
NEW = {
    "default/main.tf": "a = 1\n",
    "default/service_web.tf": "b = 2\n",
    "default/service_api.tf": "e = 1\n",
    "registry/main.tf": "d = 1\n",
}


def render(out: Path, rendered: Mapping[str, str], *, force: bool = False, version: str = "1.0") -> WritePlan:
    with writing(out) as folder:
        before = read_lock(folder)
        plan = plan_writes(folder, rendered, before, Lock(version=version), force=force)
        write(plan)
    return plan


def look(out: Path, rendered: Mapping[str, str], *, force: bool = False) -> WritePlan:
    return plan_writes(out, rendered, read_lock(out), Lock(version="1.0"), force=force)


def tree(out: Path) -> dict[str, str]:
    """Every file below a folder but the lock file, by path; folders without files as `name/`."""
    found = {}
    for path in sorted(out.rglob("*")):
        name = str(path.relative_to(out))
        if path.is_dir() and not path.is_symlink():
            if not any(path.iterdir()):
                found[f"{name}/"] = ""
        elif name != LOCK_FILE:
            found[name] = path.read_bytes().decode()
    return found


def identity(path: Path) -> tuple[int, int, int]:
    """What changes when a file or folder is written."""
    status = path.stat()
    return status.st_ino, status.st_mtime_ns, status.st_ctime_ns


@pytest.fixture
def out(tmp_path: Path) -> Path:
    out = tmp_path / "infra"
    render(out, OLD)
    return out


def test_first_time(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "er" / "infra"
    plan = render(out, OLD)
    assert tree(out) == OLD
    assert [(change.path, change.action) for change in plan.changes] == [
        *((path, "create") for path in sorted(OLD)),
        (LOCK_FILE, "create"),
    ]
    assert set(read_lock(out).files) == set(OLD)
    assert check(look(out, OLD)) == []


def test_create_update_delete_and_leave(out: Path) -> None:
    untouched = identity(out / "default/main.tf")
    plan = render(out, NEW)
    assert tree(out) == NEW
    assert [(change.path, change.action) for change in plan.changes] == [
        ("default/service_api.tf", "create"),
        ("default/service_web.tf", "update"),
        ("modules/alb/main.tf", "delete"),
        (LOCK_FILE, "update"),
    ]
    assert plan.unchanged == ("default/main.tf", "registry/main.tf")
    assert not (out / "modules").exists()
    assert identity(out / "default/main.tf") == untouched


def test_looking_at_a_folder_that_is_not_there(tmp_path: Path) -> None:
    plan = look(tmp_path / "infra", OLD)
    assert check(plan) == sorted([*OLD, LOCK_FILE])
    assert not plan.conflicts
    assert diff(plan).count("--- /dev/null\n") == len(OLD) + 1
    assert not (tmp_path / "infra").exists()


def test_files_of_others_stay_as_they_are(out: Path) -> None:
    (out / "registry/main.tf").write_text("edited\n")
    rendered = {"default/main.tf": "a = 2\n"}
    with writing(out) as folder:
        before = read_lock(folder)
        plan = plan_writes(
            folder, rendered, before, Lock(), others=lambda path: path.startswith(("modules/", "registry/"))
        )
        write(plan)
    assert plan.kept == ()
    assert tree(out) == {**rendered, "modules/alb/main.tf": "c = 1\n", "registry/main.tf": "edited\n"}
    after = read_lock(out)
    assert set(after.files) == {"default/main.tf", "modules/alb/main.tf", "registry/main.tf"}
    assert after.files["registry/main.tf"] == before.files["registry/main.tf"]


def test_nothing_to_do_writes_nothing(out: Path) -> None:
    before = {path: identity(path) for path in [out, *out.rglob("*")]}
    assert render(out, OLD).is_empty
    assert {path: identity(path) for path in [out, *out.rglob("*")]} == before


def test_a_folder_with_something_else_in_it_stays(out: Path) -> None:
    (out / "modules/alb/.terraform").mkdir()
    render(out, NEW)
    assert tree(out) == {**NEW, "modules/alb/.terraform/": ""}


def test_a_missing_file_comes_back(out: Path) -> None:
    (out / "default/main.tf").unlink()
    assert check(look(out, OLD)) == ["default/main.tf"]
    render(out, OLD)
    assert tree(out) == OLD


class TestEditedByHand:
    @pytest.fixture(autouse=True)
    def edit(self, out: Path) -> None:
        (out / "default/service_web.tf").write_text("b = 9\n")

    def test_is_not_overwritten(self, out: Path) -> None:
        with pytest.raises(UsageError) as caught:
            render(out, NEW)
        assert caught.value.details == ("default/service_web.tf: it was edited by hand",)
        assert "--force" in caught.value.hint
        assert "_override.tf" in caught.value.hint
        assert tree(out) == {**OLD, "default/service_web.tf": "b = 9\n"}

    def test_force(self, out: Path) -> None:
        render(out, NEW, force=True)
        assert tree(out) == NEW

    def test_an_edit_that_the_description_has_caught_up_with(self, out: Path) -> None:
        render(out, {**OLD, "default/service_web.tf": "b = 9\n"})
        assert check(look(out, {**OLD, "default/service_web.tf": "b = 9\n"})) == []

    def test_no_longer_generated(self, out: Path) -> None:
        rendered = {path: text for path, text in OLD.items() if "web" not in path}
        plan = render(out, rendered)
        assert plan.kept == ("default/service_web.tf",)
        assert tree(out) == {**rendered, "default/service_web.tf": "b = 9\n"}
        assert check(look(out, rendered)) == ["default/service_web.tf"]
        # Kept once more, and then removed by force: the lock file still knows it.
        assert render(out, rendered).kept == ("default/service_web.tf",)
        render(out, rendered, force=True)
        assert tree(out) == rendered

    def test_check_and_diff_show_it(self, out: Path) -> None:
        plan = look(out, OLD)
        assert check(plan) == ["default/service_web.tf"]
        assert diff(plan) == (
            "--- a/default/service_web.tf\n+++ b/default/service_web.tf\n@@ -1 +1 @@\n-b = 9\n+b = 1\n"
        )


class TestForeign:
    def test_a_file_in_the_way(self, out: Path) -> None:
        (out / "default/service_api.tf").write_text("mine\n")
        with pytest.raises(UsageError) as caught:
            render(out, NEW)
        assert caught.value.details == ("default/service_api.tf: it was not written by ecsgen",)
        assert tree(out) == {**OLD, "default/service_api.tf": "mine\n"}

    def test_the_same_content_is_taken_over(self, out: Path) -> None:
        (out / "default/service_api.tf").write_text(NEW["default/service_api.tf"])
        render(out, NEW)
        assert tree(out) == NEW

    def test_files_beside_are_left_alone(self, out: Path) -> None:
        beside = {"default/service_web_override.tf": "mine\n", "default/terraform.tfstate": "{}", "mine/main.tf": "x\n"}
        for path, text in beside.items():
            (out / path).parent.mkdir(exist_ok=True)
            (out / path).write_text(text)
        render(out, NEW)
        assert tree(out) == {**NEW, **beside}

    def test_everything_at_once(self, out: Path) -> None:
        (out / "default/service_web.tf").write_text("mine\n")
        (out / "default/service_api.tf").mkdir()
        with pytest.raises(UsageError) as caught:
            render(out, NEW, force=False)
        assert [line.split(":")[0] for line in caught.value.details] == [
            "default/service_api.tf",
            "default/service_web.tf",
        ]
        assert str(caught.value).startswith("2 files are not ecsgen's to overwrite")

    @pytest.mark.parametrize("force", [False, True])
    def test_what_cannot_be_replaced(self, out: Path, force: bool) -> None:
        (out / "default/service_api.tf").mkdir()
        os.mkfifo(out / "default/pipe.tf")
        (out / "modules2").write_text("")
        rendered = {**NEW, "default/pipe.tf": "x\n", "modules2/x.tf": "y\n"}
        with pytest.raises(UsageError) as caught:
            render(out, rendered, force=force)
        assert set(caught.value.details) == {
            "default/pipe.tf: something that is not a file is in the way",
            "default/service_api.tf: a folder is in the way",
            "modules2/x.tf: modules2 is a file, and a folder is needed there",
        }
        assert "--force" not in caught.value.hint

    def test_without_a_lock_file_everything_is_foreign(self, out: Path) -> None:
        (out / LOCK_FILE).unlink()
        render(out, OLD)
        (out / LOCK_FILE).unlink()
        with pytest.raises(UsageError):
            render(out, {**OLD, "registry/main.tf": "d = 2\n"})


class TestLinks:
    def test_the_output_folder_may_be_one(self, tmp_path: Path, out: Path) -> None:
        link = tmp_path / "link"
        link.symlink_to(out)
        assert check(look(link, OLD)) == []
        render(link, NEW)
        assert link.is_symlink()
        assert tree(out) == NEW

    @pytest.mark.parametrize("force", [False, True])
    def test_nothing_is_written_through_a_linked_folder(self, tmp_path: Path, out: Path, force: bool) -> None:
        outside = tmp_path / "outside"
        (out / "registry").rename(outside)
        (out / "registry").symlink_to(outside)
        with pytest.raises(UsageError) as caught:
            render(out, {**OLD, "registry/main.tf": "d = 2\n", "registry/more.tf": "x\n"}, force=force)
        assert len(caught.value.details) == 2
        assert "registry is a symbolic link, and nothing is written through one" in caught.value.details[0]
        assert tree(outside) == {"main.tf": "d = 1\n"}

    def test_nothing_is_removed_through_a_linked_folder(self, tmp_path: Path, out: Path) -> None:
        outside = tmp_path / "outside"
        (out / "modules").rename(outside)
        (out / "modules").symlink_to(outside)
        render(out, NEW, force=True)
        assert tree(outside) == {"alb/main.tf": "c = 1\n"}

    def test_a_linked_file_is_replaced_by_force_and_never_followed(self, tmp_path: Path, out: Path) -> None:
        outside = tmp_path / "outside.tf"
        outside.write_text("outside\n")
        path = out / "default/service_web.tf"
        path.unlink()
        path.symlink_to(outside)
        with pytest.raises(UsageError) as caught:
            render(out, NEW)
        assert caught.value.details == ("default/service_web.tf: it is a symbolic link",)
        render(out, NEW, force=True)
        assert not path.is_symlink()
        assert path.read_text() == "b = 2\n"
        assert outside.read_text() == "outside\n"


def test_other_line_ends_are_no_edit(out: Path) -> None:
    for path in [*OLD, LOCK_FILE]:
        (out / path).write_bytes((out / path).read_bytes().replace(b"\n", b"\r\n"))
    assert check(look(out, OLD)) == []
    render(out, NEW)
    assert (out / "default/service_web.tf").read_bytes() == b"b = 2\n"
    assert (out / "registry/main.tf").read_bytes() == b"d = 1\r\n"
    assert not (out / "modules").exists()


def test_modes(out: Path) -> None:
    path = out / "default/service_web.tf"
    path.chmod(0o640)
    before = os.umask(0o027)
    try:
        render(out, NEW)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert stat.S_IMODE((out / "default/service_api.tf").stat().st_mode) == 0o640
    assert stat.S_IMODE((out / "default/main.tf").stat().st_mode) & 0o111 == 0


def test_diff(out: Path) -> None:
    plan = look(out, {**NEW, "default/service_web.tf": "b = 2\x0c\nlast"})
    text = diff(plan)
    assert text == diff(look(out, {**NEW, "default/service_web.tf": "b = 2\x0c\nlast"}))
    files = text.split("--- ")
    assert files[1] == "/dev/null\n+++ b/default/service_api.tf\n@@ -0,0 +1 @@\n+e = 1\n"
    assert files[2] == (
        "a/default/service_web.tf\n+++ b/default/service_web.tf\n@@ -1 +1,2 @@\n-b = 1\n+b = 2\x0c\n+last\n"
        "\\ No newline at end of file\n"
    )
    assert files[3] == "a/modules/alb/main.tf\n+++ /dev/null\n@@ -1 +0,0 @@\n-c = 1\n"
    assert files[4].startswith(f"a/{LOCK_FILE}\n")
    assert tree(out) == OLD


def test_read_current(out: Path) -> None:
    (out / "registry/main.tf").unlink()
    (out / "default/main.tf").write_text("mine\n")
    assert read_current(out, read_lock(out)) == {
        "default/main.tf": "mine\n",
        "default/service_web.tf": "b = 1\n",
        "modules/alb/main.tf": "c = 1\n",
    }


@pytest.mark.parametrize(
    "path", ["../x", "/etc/x", "a/../b", "a//b", "./a", "", ".", "a\\b", "a\nb", ".ecsgen-journal/0", LOCK_FILE]
)
def test_no_other_paths(tmp_path: Path, path: str) -> None:
    with pytest.raises(ValueError, match="no path for a generated file"):
        plan_writes(tmp_path, {path: "x"}, Lock(), Lock())


def test_a_merged_file_is_no_edit(out: Path) -> None:
    """Two branches changed the file and its hash; git merged the one and left the other to us."""
    text = (out / LOCK_FILE).read_text().splitlines()
    line = next(line for line in text if "service_web" in line)
    at = text.index(line)
    other = line.replace(line.split('"')[3], "0" * 64)
    text[at : at + 1] = ["<<<<<<< HEAD", line, "=======", other, ">>>>>>> branch"]
    (out / LOCK_FILE).write_text("\n".join(text) + "\n")
    (out / "default/service_web.tf").write_text("<<<<<<< HEAD\nb = 1\n=======\nb = 3\n>>>>>>> branch\n")
    render(out, NEW)
    assert tree(out) == NEW
    assert check(look(out, NEW)) == []
