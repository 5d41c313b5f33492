"""The edge to the file system: what was rendered goes to disk in one piece, and a person's files stay as they are.

    with writing(out_dir) as folder:            # nobody else writes; what a killed command left is settled
        lock = read_lock(folder)
        ...                                     # resolve with lock.priorities, render
        plan = plan_writes(folder, rendered, lock, new_lock, force=force)
        write(plan)

`recover`, `plan_writes`, `check` and `diff` alone serve commands that write nothing.
"""

from ecsgen.files.journal import recover, write_file, writing
from ecsgen.files.lock import LOCK_FILE, Lock, parse_lock, read_lock
from ecsgen.files.writer import WritePlan, check, diff, plan_writes, read_current, write

__all__ = [
    "LOCK_FILE",
    "Lock",
    "WritePlan",
    "check",
    "diff",
    "parse_lock",
    "plan_writes",
    "read_current",
    "read_lock",
    "recover",
    "write",
    "write_file",
    "writing",
]
