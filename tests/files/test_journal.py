"""Crash safety: killed or refused at every single call of the writer, the files are old or new, and never between."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from ecsgen.errors import EcsgenError, UsageError
from ecsgen.files import LOCK_FILE, Lock, check, journal, plan_writes, read_lock, recover, write, write_file, writing

OLD = {
    "default/main.tf": "a = 1\n",
    "default/service_web.tf": "b = 1\n" * 200,
    "modules/alb/main.tf": "c = 1\n",
}
NEW = {
    "default/main.tf": "a = 1\n",
    "default/service_web.tf": "b = 2\n" * 300,
    "default/service_api.tf": "e = 1\n",
    "registry/deep/main.tf": "d = 1\n",
}
FOREIGN = {"default/terraform.tfstate": "{}", "default/web_override.tf": "mine\n"}
CALLS = ("open", "write", "fsync", "fchmod", "rename", "unlink", "mkdir", "rmdir")
"""Every call of `os` that changes a file system, or makes a change last."""

Snapshot = dict[str, bytes | None]


def render(out: Path, rendered: dict[str, str], version: str) -> None:
    with writing(out) as folder:
        plan = plan_writes(folder, rendered, read_lock(folder), Lock(version=version))
        write(plan)


def snapshot(out: Path) -> Snapshot:
    """Every file with its bytes, and every folder."""
    return {
        str(path.relative_to(out)): path.read_bytes() if path.is_file() else None for path in sorted(out.rglob("*"))
    }


@pytest.fixture(autouse=True)
def no_fsync(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kill loses nothing that the kernel was given; fsync is for power cuts, and slow. The calls are still counted."""
    monkeypatch.setattr(os, "fsync", lambda handle: None)


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Callable[[], None], Snapshot, Snapshot]:
    """An output folder, what resets it, and how it looks before and after the change."""
    first, out = tmp_path / "first", tmp_path / "infra"
    render(first, OLD, "1")
    for path, text in FOREIGN.items():
        (first / path).write_text(text)

    def reset() -> None:
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(first, out)

    reset()
    old = snapshot(out)
    render(out, NEW, "2")
    new = snapshot(out)
    assert {path for path, data in new.items() if data is not None} == {*NEW, *FOREIGN, LOCK_FILE}
    assert old != new
    return out, reset, old, new


def intercept(patch: pytest.MonkeyPatch, at: int, act: Callable[[str, tuple[object, ...]], None]) -> list[str]:
    """Before the `at`-th call that writes (from 0) and every later one, run `act`. Returns the calls as they come."""
    calls: list[str] = []

    def wrap(name: str) -> Callable[..., object]:
        real = getattr(os, name)

        def call(*args: object, **options: object) -> object:
            calls.append(name)
            if len(calls) > at:
                act(name, args)
            return real(*args, **options)

        return call

    for name in CALLS:
        patch.setattr(os, name, wrap(name))
    return calls


def killed_at(number: int, work: Callable[[], object]) -> bool:
    """Do the work in a child that is killed just before its `number`-th call; False when it ends before that."""
    real_write = os.write

    def kill(name: str, args: tuple[object, ...]) -> None:
        if name == "write":
            handle, data = args
            assert isinstance(handle, int)
            assert isinstance(data, memoryview)
            real_write(handle, data[: len(data) // 2])
        os.kill(os.getpid(), signal.SIGKILL)

    child = os.fork()
    if not child:
        code = 1
        try:
            with pytest.MonkeyPatch.context() as patch:
                intercept(patch, number, kill)
                work()
                code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0
    return False


def test_killed_at_every_call(places: tuple[Path, Callable[[], None], Snapshot, Snapshot]) -> None:
    out, reset, old, new = places
    number = undone = finished = 0
    while True:
        reset()
        if not killed_at(number, lambda: render(out, NEW, "2")):
            break
        for path in FOREIGN:
            assert (out / path).read_text() == FOREIGN[path]
        left = recover(out)
        settled = snapshot(out)
        assert settled in (old, new), f"killed at call {number}"
        assert not recover(out)
        undone += settled == old
        finished += left and settled == new
        render(out, NEW, "2")
        assert snapshot(out) == new
        number += 1
    assert undone > 10
    assert finished > 10
    assert undone + finished >= number - 1


def test_the_next_command_settles_by_itself(places: tuple[Path, Callable[[], None], Snapshot, Snapshot]) -> None:
    out, reset, old, new = places
    number = 0
    while True:
        reset()
        if not killed_at(number, lambda: render(out, NEW, "2")):
            break
        render(out, OLD, "1")
        assert snapshot(out) == old, f"killed at call {number}"
        number += 3
    assert snapshot(out) == new


def test_killed_again_while_recovering(places: tuple[Path, Callable[[], None], Snapshot, Snapshot]) -> None:
    out, reset, old, new = places
    reset()
    with pytest.MonkeyPatch.context() as patch:
        calls = intercept(patch, 10**9, lambda *_: None)
        render(out, NEW, "2")
    recorded = calls.index("rename")
    for first in range(2, len(calls), 5):
        again = 0
        while True:
            reset()
            assert killed_at(first, lambda: render(out, NEW, "2"))
            if not killed_at(again, lambda: recover(out)):
                break
            recover(out)
            assert snapshot(out) == (old if first <= recorded else new), f"killed at {first} and {again}"
            again += 2


@pytest.mark.parametrize(
    ("code", "lasting"), [(errno.ENOSPC, False), (errno.ENOSPC, True), (errno.EACCES, True), (errno.EROFS, False)]
)
def test_refused_at_every_call(
    places: tuple[Path, Callable[[], None], Snapshot, Snapshot], code: int, lasting: bool
) -> None:
    out, reset, old, new = places
    number = refused = 0
    while True:
        reset()
        failed: list[str] = []

        def fail(name: str, args: tuple[object, ...], failed: list[str] = failed) -> None:
            if lasting or not failed:
                failed.append(name)
                raise OSError(code, os.strerror(code))

        with pytest.MonkeyPatch.context() as patch:
            intercept(patch, number, fail)
            try:
                render(out, NEW, "2")
            except EcsgenError as error:
                message = str(error)
            else:
                message = ""
        if not failed:
            break
        # Only a folder's fsync may fail in silence: some file systems have none. The first call makes the folder,
        # which is there.
        assert message or failed[0] == "fsync" or number == 0
        if message:
            refused += 1
            assert os.strerror(code) in message
            committed = "the next command finishes" in message
            assert committed or "nothing was changed" in message
            recover(out)
            assert snapshot(out) == (new if committed else old)
        render(out, NEW, "2")
        assert snapshot(out) == new
        number += 1
    assert refused > 20


def test_nothing_is_left_of_a_first_time_that_fails(tmp_path: Path) -> None:
    def fail(name: str, args: tuple[object, ...]) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.MonkeyPatch.context() as patch:
        intercept(patch, 4, fail)
        with pytest.raises(UsageError, match="free some space on this disk; nothing was changed"):
            render(tmp_path / "a" / "infra", NEW, "1")
    recover(tmp_path / "a" / "infra")
    assert not (tmp_path / "a" / "infra" / "default").exists()


def killed_after_the_record(out: Path) -> None:
    """Leave a change that counts, with nothing carried out yet."""
    with pytest.MonkeyPatch.context() as patch:
        calls = intercept(patch, 10**9, lambda *_: None)
        render(out, NEW, "2")
        recorded = calls.index("rename")
    shutil.rmtree(out)
    shutil.copytree(out.parent / "first", out)
    assert killed_at(recorded + 1, lambda: render(out, NEW, "2"))
    assert (out / journal.JOURNAL / journal.RECORD).exists()


def test_what_a_person_changed_after_the_kill_stays(
    places: tuple[Path, Callable[[], None], Snapshot, Snapshot],
) -> None:
    out, reset, _, _ = places
    reset()
    killed_after_the_record(out)
    (out / "default/service_web.tf").write_text("mine\n")
    (out / "default/service_api.tf").write_text("mine too\n")
    (out / "modules/alb/main.tf").write_text("and this\n")
    recover(out)
    assert (out / "default/service_web.tf").read_text() == "mine\n"
    assert (out / "default/service_api.tf").read_text() == "mine too\n"
    assert (out / "modules/alb/main.tf").read_text() == "and this\n"
    assert (out / "registry/deep/main.tf").read_text() == "d = 1\n"
    assert not (out / journal.JOURNAL).exists()
    plan = plan_writes(out, NEW, read_lock(out), Lock(version="2"))
    assert {conflict.path for conflict in plan.conflicts} == {"default/service_web.tf", "default/service_api.tf"}


def test_recovery_goes_through_no_link(
    tmp_path: Path, places: tuple[Path, Callable[[], None], Snapshot, Snapshot]
) -> None:
    out, reset, _, _ = places
    reset()
    killed_after_the_record(out)
    outside = tmp_path / "outside"
    (out / "default").rename(outside)
    before = snapshot(outside)
    (out / "default").symlink_to(outside)
    recover(out)
    assert snapshot(outside) == before


class TestForeignJournal:
    @pytest.mark.parametrize(
        "step",
        [
            {"path": "../outside", "staged": None, "found": "x"},
            {"path": "/etc/hosts", "staged": "0", "found": "x"},
            {"path": "a", "staged": "../../outside", "found": "absent"},
            {"path": "a", "staged": "record.json", "found": "absent"},
            {"path": 5, "staged": "0", "found": "absent"},
            {"path": "a", "found": "absent"},
            "a",
        ],
    )
    def test_is_not_obeyed(self, tmp_path: Path, step: object) -> None:
        (tmp_path / "outside").write_text("x")
        folder = tmp_path / "infra" / journal.JOURNAL
        folder.mkdir(parents=True)
        (folder / journal.RECORD).write_text(json.dumps({"steps": [step]}))
        with pytest.raises(UsageError, match="was not written by ecsgen") as caught:
            recover(tmp_path / "infra")
        assert f"remove the folder {folder}" in caught.value.hint
        assert (tmp_path / "outside").read_text() == "x"

    @pytest.mark.parametrize("text", ["", "[]", "{}", '{"steps": 5}', "\0"])
    def test_is_no_record(self, tmp_path: Path, text: str) -> None:
        (tmp_path / journal.JOURNAL).mkdir()
        (tmp_path / journal.JOURNAL / journal.RECORD).write_text(text)
        with pytest.raises(UsageError, match="was not written by ecsgen"):
            recover(tmp_path)

    def test_is_a_link(self, tmp_path: Path) -> None:
        (tmp_path / "other").mkdir()
        (tmp_path / "other/0").write_text("x")
        (tmp_path / "infra").mkdir()
        (tmp_path / "infra" / journal.JOURNAL).symlink_to(tmp_path / "other")
        with pytest.raises(UsageError, match="is not a folder of ecsgen"):
            recover(tmp_path / "infra")
        assert (tmp_path / "other/0").read_text() == "x"

    def test_is_a_file(self, tmp_path: Path) -> None:
        (tmp_path / journal.JOURNAL).write_text("x")
        with pytest.raises(UsageError, match="is not a folder of ecsgen"):
            recover(tmp_path)


class TestOneWriter:
    def test_the_second_gets_a_clear_error(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(journal, "WAIT_SECONDS", 0.0)
        with writing(tmp_path / "infra"), pytest.raises(UsageError) as caught, writing(tmp_path / "infra"):
            pass
        assert "another ecsgen is writing" in str(caught.value)
        assert caught.value.hint

    def test_the_second_waits_for_the_first(self, tmp_path: Path) -> None:
        out = tmp_path / "infra"
        out.mkdir()
        ready, begun = os.pipe()
        child = os.fork()
        if not child:
            try:
                with writing(out):
                    os.write(begun, b"x")
                    os.close(begun)
                    signal.sigtimedwait([], 0.2)
                    (out / "first").write_text("done")
            finally:
                os._exit(0)
        try:
            os.read(ready, 1)
            with writing(out):
                assert (out / "first").read_text() == "done"
        finally:
            os.waitpid(child, 0)
            os.close(ready)
            os.close(begun)

    def test_one_that_was_killed_keeps_nobody_out(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(journal, "WAIT_SECONDS", 0.0)

        def work() -> None:
            with writing(tmp_path):
                (tmp_path / "x").mkdir()

        with pytest.MonkeyPatch.context() as patch:
            calls = intercept(patch, 10**9, lambda *_: None)
            work()
        (tmp_path / "x").rmdir()
        assert killed_at(len(calls) - 1, work)
        with writing(tmp_path):
            assert not (tmp_path / "x").exists()

    def test_where_folders_cannot_be_locked(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(handle: int, operation: int) -> None:
            raise OSError(errno.ENOLCK, "No locks available")

        monkeypatch.setattr(journal.fcntl, "flock", refuse)
        render(tmp_path / "infra", NEW, "1")
        assert check(plan_writes(tmp_path / "infra", NEW, read_lock(tmp_path / "infra"), Lock(version="1"))) == []


class TestFolder:
    def test_is_not_left_behind_empty(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="my own"), writing(tmp_path / "a" / "b"):
            raise ValueError("my own")
        assert not (tmp_path / "a").exists()

    def test_that_was_there_stays(self, tmp_path: Path) -> None:
        with writing(tmp_path) as folder:
            assert folder == tmp_path.resolve()
        assert tmp_path.exists()

    def test_is_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "infra").write_text("x")
        with pytest.raises(EcsgenError, match="cannot be written"), writing(tmp_path / "infra"):
            pass

    def test_is_a_dangling_link(self, tmp_path: Path) -> None:
        (tmp_path / "infra").symlink_to(tmp_path / "nowhere")
        with pytest.raises(EcsgenError, match="cannot be written"), writing(tmp_path / "infra"):
            pass

    def test_is_absent(self, tmp_path: Path) -> None:
        assert not recover(tmp_path / "infra")
        assert not (tmp_path / "infra").exists()


class TestWriteFile:
    def test_new_and_again(self, tmp_path: Path) -> None:
        for text in ("{}\n", '{"a": 1}\n'):
            write_file(tmp_path / "infra", "default/images.auto.tfvars.json", text)
            assert snapshot(tmp_path / "infra") == {"default": None, "default/images.auto.tfvars.json": text.encode()}

    def test_killed_at_every_call(self, tmp_path: Path) -> None:
        path = tmp_path / "infra" / "default" / "x.json"
        number = 0
        while True:
            write_file(tmp_path / "infra", "default/x.json", "old")
            if not killed_at(number, lambda: write_file(tmp_path / "infra", "default/x.json", "new")):
                break
            recover(tmp_path / "infra")
            assert path.read_text() in {"old", "new"}
            assert len(snapshot(tmp_path / "infra")) == 2
            number += 1
        assert number > 10
        assert path.read_text() == "new"

    def test_through_no_link(self, tmp_path: Path) -> None:
        (tmp_path / "other").mkdir()
        (tmp_path / "infra").mkdir()
        (tmp_path / "infra/default").symlink_to(tmp_path / "other")
        with pytest.raises(UsageError, match="default is a symbolic link"):
            write_file(tmp_path / "infra", "default/x.json", "x")
        assert snapshot(tmp_path / "other") == {}
