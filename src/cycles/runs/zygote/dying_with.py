"""Dying with a parent: the system kills a kernel when the process that wants it dies, at whatever moment that is.

ipykernel looks at its parent once a second, from when it has been imported; a parent that dies before is not missed by a kernel whose
orphans are taken in by another process than the first one, as in every session of a Linux desktop.
"""

import ctypes
import os
import signal

PR_SET_PDEATHSIG = 1
_C = ctypes.CDLL(None, use_errno=True) if os.name == "posix" else None


def die_with(parent: int) -> None:
    """Be killed when the parent dies, also if it did so just now. (Linux only; ipykernel's own look is the second net.)"""
    if _C is not None:
        _C.prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)
