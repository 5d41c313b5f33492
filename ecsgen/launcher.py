"""Stands between ecsgen and a program, so that the program gets exactly one SIGINT when ecsgen dies. Linux only.

Executed as a file, with the id of ecsgen's process, the file to execute and the program's argv.

The kernel sends the signal when the parent's thread dies, and when a process with threads is killed, it may do so for
one thread after the other; Terraform gives up at its second SIGINT, in the middle of a write. This process has no
threads: it dies with ecsgen, however often it is told, and the program's one parent thread with it. It passes SIGINT
on, and ends as the program ends (docs: man 2 prctl, "PR_SET_PDEATHSIG").
"""

import contextlib
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
INTERRUPTED = 130
CANNOT_EXECUTE = 126
HELD = (signal.SIGINT, signal.SIGCHLD)


def die_with_parent(number: int, parent: int) -> None:
    """Have the kernel send a signal when the parent dies; end at once when it is dead already."""
    try:
        import ctypes

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number)
    except (ImportError, OSError, AttributeError):
        pass
    if os.getppid() != parent:
        os._exit(INTERRUPTED)


def become(program: str, argv: list[str], parent: int) -> None:
    """Execute the program in this process; it does not return."""
    # Python ignores SIGPIPE and SIGXFSZ, and what is ignored stays so in the program; hence the defaults.
    for number in (signal.SIGINT, signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, HELD)
    die_with_parent(signal.SIGINT, parent)
    try:
        os.execv(program, argv)  # noqa: S606 - no shell is what is wanted
    except OSError as error:
        sys.stderr.write(f"{program}: {error.strerror}\n")
        sys.stderr.flush()
    os._exit(CANNOT_EXECUTE)


def launch(ecsgen: int, program: str, argv: list[str]) -> None:
    """Run the program and end as it ends: with its exit code, or by the signal that ended it."""
    die_with_parent(signal.SIGKILL, ecsgen)
    own = os.getpid()

    # Held back, and taken one by one: a handler would miss the signal that comes just before it waits, and one that
    # comes before the exec would reach a handler that the exec forgets.
    signal.pthread_sigmask(signal.SIG_BLOCK, HELD)
    child = os.fork()
    if child == 0:
        become(program, argv, own)
    while True:
        if signal.sigwait(HELD) == signal.SIGINT:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGINT)
        elif (ended := os.waitpid(child, os.WNOHANG))[0] == child:
            break
    code = os.waitstatus_to_exitcode(ended[1])
    if code < 0:
        if code not in (-signal.SIGKILL, -signal.SIGSTOP):
            signal.signal(-code, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, [-code])
        os.kill(own, -code)
    os._exit(code)


if __name__ == "__main__":
    launch(int(sys.argv[1]), sys.argv[2], sys.argv[3:])
