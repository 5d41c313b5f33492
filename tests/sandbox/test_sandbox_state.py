from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ecsgen.errors import UsageError
from ecsgen.progress import silent
from ecsgen.sandbox import down, find, status
from ecsgen.sandbox.state import Folder, Process, Record, default_folder

RECORD = Record(
    "abc", "eu-west-1", "2024-01-01T00:00:00+00:00", True, "", {"server": Process(1), "autoscaling": Process(2)}
)


def nobody_waits() -> None:
    pytest.fail("the lock was taken")


def test_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_folder({"ECSGEN_SANDBOX_DIR": "~/mine", "XDG_CACHE_HOME": "/x"}) == tmp_path / "mine"
    assert default_folder({"XDG_CACHE_HOME": "/x"}) == Path("/x/ecsgen/sandbox")
    assert default_folder({"XDG_CACHE_HOME": "relative"}) == tmp_path / ".cache/ecsgen/sandbox"
    assert default_folder({}) == tmp_path / ".cache/ecsgen/sandbox"


def test_what_is_written_is_read_and_nothing_is_left(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "ecsgen" / "sandbox")
    with folder.lock(nobody_waits):
        folder.prepare()
        folder.write(RECORD.with_pid("server", 7))
        assert folder.read() == RECORD.with_pid("server", 7)
        folder.clear()
        folder.remove()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"id": "x"}', '{"processes": {"server": 1, "autoscaling": 2}}']
)
def test_a_record_that_is_none_of_ours(tmp_path: Path, text: str) -> None:
    folder = Folder(tmp_path / "state")
    with folder.lock(nobody_waits):
        folder.record_file.write_text(text)
    env = {"ECSGEN_SANDBOX_DIR": str(folder.path)}
    assert find(env) is None
    assert not status(env).running
    assert down(silent, env=env)
    assert not folder.path.exists()


def test_a_folder_with_other_files_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").touch()
    with (
        pytest.raises(UsageError, match=r"holds files that are not the sandbox's: for example thesis.tex"),
        Folder(tmp_path).lock(nobody_waits),
    ):
        pytest.fail("it was taken")
    assert not down(silent, env={"ECSGEN_SANDBOX_DIR": str(tmp_path)})
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_file_of_somebody_elses_stays(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "state")
    with folder.lock(nobody_waits):
        folder.prepare()
        folder.write(RECORD)
        (folder.path / "notes").touch()
        folder.clear()
        folder.remove()
    assert [path.name for path in folder.path.iterdir()] == ["notes"]


def test_who_waits_is_told_once_and_gets_a_new_folder(tmp_path: Path) -> None:
    first, second, waits = Folder(tmp_path / "state"), Folder(tmp_path / "state"), threading.Event()

    def take() -> int:
        with second.lock(waits.set):
            return second.path.stat().st_ino

    with ThreadPoolExecutor(1) as pool:
        with first.lock(nobody_waits):
            taken = pool.submit(take)
            assert waits.wait(10)
            assert not taken.done()
            first.remove()
        assert taken.result(10) == second.path.stat().st_ino


def test_a_file_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="cannot be used"), Folder(tmp_path / "file").lock(nobody_waits):
        pytest.fail("it was taken")


def test_the_folder_is_made_private(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "state")
    folder.path.mkdir(mode=0o755)
    with folder.lock(nobody_waits):
        assert folder.path.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another user")
def test_another_users_folder(tmp_path: Path) -> None:
    os.chown(tmp_path, 12345, 12345)
    with pytest.raises(UsageError, match="belongs to another user"), Folder(tmp_path).lock(nobody_waits):
        pytest.fail("it was taken")
