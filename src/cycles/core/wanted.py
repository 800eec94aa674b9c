"""Taking files away while others may begin to use them.

The rule. Whoever is about to rely on a file touches it first, and only then looks whether it is there and whole. Whoever takes files away
notes a moment, and only then asks what is needed; gives a file that is not another name, and gives the old one back if the file was touched
since that moment. So a file stays, or is seen to be gone; it never goes behind the back of somebody who was told that it is there.
"""

import os
from contextlib import suppress
from pathlib import Path

AWAY = ".away."
"""Begins the name of what is being taken away."""


def want(path: Path) -> bool:
    """Say that a file is needed; whether there is one."""
    try:
        os.utime(path)
    except OSError:  # what may not be touched may not be taken away either
        return path.is_file()
    return True


def take_away(path: Path, *, before: int) -> bool:
    """Take a file away for good, unless it was touched since; whether it is gone.

    Parameters
    ----------
    path : the file
    before : a moment as a file's time of change has it (nanoseconds); what was touched then or later stays
    """
    away = path.with_name(f"{AWAY}{path.name}")
    try:
        os.rename(path, away)
        if away.stat().st_mtime_ns >= before:
            os.rename(away, path)
            return False
        away.unlink()
    except FileNotFoundError:  # somebody else's, by now
        return False
    return True


def files_in(folder: Path) -> dict[Path, os.stat_result]:
    """The files of one folder. What somebody who was killed had begun to take away has its name back, and is judged anew."""
    found: dict[Path, os.stat_result] = {}
    if not folder.is_dir():
        return found
    with os.scandir(folder) as entries:
        names = sorted(entry.name for entry in entries if entry.is_file(follow_symlinks=False))
    for name in names:
        path = folder / name.removeprefix(AWAY)
        with suppress(OSError):
            if name.startswith(AWAY):
                os.rename(folder / name, path)
            found[path] = path.lstat()
    return found
