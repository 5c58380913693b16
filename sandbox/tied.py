"""Run a command that cannot outlive the process that started it.

Used as a program, ``python tied.py PARENT_PID COMMAND…``: asks the kernel to kill this process when its
parent ends, however it ends, and then becomes COMMAND (same process id). Linux only; elsewhere it just
becomes COMMAND. It needs nothing but the standard library, so that it starts in about ten milliseconds.

The kernel counts the *thread* that started the process as the parent: start it from one that lives on.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def die_with_parent(parent_pid: int, signal_number: signal.Signals) -> bool:
    """Have the kernel send this process ``signal_number`` when its parent ends.

    Returns False when the parent ``parent_pid`` had ended before the kernel was asked.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(signal_number))
    return os.getppid() == parent_pid


def main(arguments: list[str]) -> None:
    """Become the command in ``arguments[1:]``; exit with 1 when the parent is gone already."""
    if not die_with_parent(int(arguments[0]), signal.SIGKILL):
        sys.exit(1)
    os.execvp(arguments[1], arguments[1:])


if __name__ == "__main__":
    main(sys.argv[1:])
