"""The sandbox's folder: where it is, whose it is, its lock, and the record of what runs.

Everything of a sandbox's is in this one folder, which `down` removes. The record is replaced whole or not at all,
and is the last thing to go, so whatever moment ecsgen is killed at, the next command finds what there is to clean.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from ecsgen.errors import UsageError

VARIABLE = "ECSGEN_SANDBOX_DIR"
SERVER, AUTOSCALING = "server", "autoscaling"

_LOCK = "sandbox.lock"
_RECORD = "sandbox.json"
_FOLDERS = ("workspaces", "logs", "data")
_FILES = ("aws-config",)


@dataclass(frozen=True, slots=True)
class Process:
    """A process of the sandbox: its loopback port and its number, None while it is being started."""

    port: int
    pid: int | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """What was started. `since` is ISO 8601 in UTC; `ready` says that `up` came to its end."""

    id: str
    region: str
    since: str
    tasks_are_real: bool
    tasks_reason: str
    processes: Mapping[str, Process]
    ready: bool = False

    def with_pid(self, name: str, pid: int) -> Record:
        """The same with the number of a process that was started."""
        return replace(self, processes={**self.processes, name: replace(self.processes[name], pid=pid)})


def default_folder(env: Mapping[str, str]) -> Path:
    """`$ECSGEN_SANDBOX_DIR`, else `ecsgen/sandbox` in the user's cache folder (XDG Base Directory Specification)."""
    if env.get(VARIABLE):
        return Path(env[VARIABLE]).expanduser().resolve()
    cache = env.get("XDG_CACHE_HOME", "")
    base = Path(cache) if Path(cache).is_absolute() else Path("~/.cache").expanduser()
    return (base / "ecsgen" / "sandbox").resolve()


class Folder:
    """The state folder at `path`. It may not exist yet; only `lock` creates it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.record_file = path / _RECORD
        self.aws_config = path / "aws-config"
        self.workspaces = path / "workspaces"
        self.data = path / "data"

    def log(self, process: str) -> Path:
        """Where a process's output goes."""
        return self.path / "logs" / f"{process}.log"

    def exists(self) -> bool:
        """Whether a sandbox has or had its state here."""
        return (self.path / _LOCK).exists() or self.record_file.exists()

    @contextmanager
    def lock(self, on_wait: Callable[[], None]) -> Iterator[None]:
        """Create the folder if needed and hold it alone; `on_wait` is called once when somebody else holds it.

        The lock file is removed with the folder while it is held, so whoever then gets it looks whether it is
        still the one in the folder. The kernel gives the lock back when its holder dies.
        """
        waited = False
        while True:
            self._claim()
            try:
                descriptor = os.open(self.path / _LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
            except FileNotFoundError:
                continue
            try:
                try:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    if not waited:
                        on_wait()
                    waited = True
                    fcntl.flock(descriptor, fcntl.LOCK_EX)
                if self._is_current(descriptor):
                    yield
                    return
            finally:
                os.close(descriptor)

    def prepare(self) -> None:
        """Make the folders and the empty AWS configuration file of a new sandbox."""
        for name in _FOLDERS:
            (self.path / name).mkdir(mode=0o700, exist_ok=True)
        self.aws_config.touch(mode=0o600)

    def read(self) -> Record | None:
        """The record; None when there is none or it is not one of ours."""
        try:
            data = json.loads(self.record_file.read_text("utf-8"))
            written = data.pop("processes")
            return Record(**data, processes={name: Process(**written[name]) for name in (SERVER, AUTOSCALING)})
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def write(self, record: Record) -> None:
        """Replace the record in one step."""
        draft = self.path / f"{_RECORD}.new"
        with draft.open("w", encoding="utf-8") as file:
            json.dump(asdict(record), file, indent=2)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self.record_file)

    def clear(self) -> None:
        """Remove all that a sandbox keeps, the record last; the folder and its lock stay."""
        for name in _FOLDERS:
            _remove_tree(self.path / name)
        for name in (*_FILES, f"{_RECORD}.new", _RECORD):
            (self.path / name).unlink(missing_ok=True)

    def remove(self) -> None:
        """Remove the folder; call it with the lock held and after `clear`. A file of somebody else's keeps it."""
        (self.path / _LOCK).unlink(missing_ok=True)
        try:
            self.path.rmdir()
            if self.path.parent.name == "ecsgen":
                self.path.parent.rmdir()
        except OSError:
            pass

    def _is_current(self, descriptor: int) -> bool:
        try:
            return os.path.samestat(os.fstat(descriptor), (self.path / _LOCK).lstat())
        except FileNotFoundError:
            return False

    def _claim(self) -> None:
        """Create the folder, or make sure that the one there is ours to use and to remove."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            found = self.path.stat()
            names = {entry.name for entry in os.scandir(self.path)}
        except FileNotFoundError:
            return
        except OSError as error:
            raise UsageError(
                f"the sandbox's folder {self.path} cannot be used",
                why=error.strerror or str(error),
                hint=f"set {VARIABLE} to a folder that you can write",
            ) from error
        if found.st_uid != os.geteuid():
            raise UsageError(
                f"the sandbox's folder {self.path} belongs to another user", hint=f"set {VARIABLE} to one of your own"
            )
        if names and _LOCK not in names and _RECORD not in names:
            raise UsageError(
                f"the folder {self.path} holds files that are not the sandbox's",
                why=f"for example {min(names)}",
                hint=f"set {VARIABLE} to a new or empty folder",
            )
        if found.st_mode & 0o077:
            self.path.chmod(0o700)


def _remove_tree(path: Path) -> None:
    try:
        shutil.rmtree(path)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise UsageError(
            f"{error.filename or path} could not be removed",
            why=error.strerror or str(error),
            hint="remove it, then run `ecsgen sandbox down` again",
        ) from error
