"""Looking at a page with a real browser: what axe-core finds, and what the page asked for."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent


def chromium() -> str:
    """The browser's path: CHROMIUM, or where Debian puts it."""
    return os.environ.get("CHROMIUM", "/usr/bin/chromium")


def missing() -> str:
    """What is missing to look at a page, and the command that provides it; empty when nothing is."""
    if shutil.which("node") is None:
        return "node is missing (Debian: apt-get install nodejs npm)"
    if not Path(chromium()).exists():
        return f"no browser at {chromium()} (Debian: apt-get install chromium, or set CHROMIUM)"
    absent = [name for name in ("axe-core", "playwright-core") if not (HERE / "node_modules" / name).is_dir()]
    return f"{' and '.join(absent)} missing (npm install --prefix tests/browser)" if absent else ""


def examine(page: Path, *, width: int = 1200) -> dict[str, Any]:
    """What axe-core (WCAG 2.0 to 2.2, A and AA, and best practice) finds in a page, with every detail opened.

    Returns
    -------
    dict
        `violations` and `incomplete` (`id, impact, help, nodes`), `passes`, `requests` (addresses the page asked for, beside itself),
        `sideways` (pixels the page scrolls sideways), `axe` (version).
    """
    return _ask("check.mjs", page, width)


def use_board(page: Path, *, width: int = 1200) -> dict[str, Any]:
    """What the board shows before and after it is filtered by the keyboard, under its own policy.

    Returns
    -------
    dict
        `before` and `filtered` (`shown`, `status`), `order` (what Tab comes to), `evil` (whether another script ran), `said` (console).
    """
    return _ask("board.mjs", page, width)


def _ask(script: str, page: Path, width: int) -> dict[str, Any]:
    command = ["node", str(HERE / script), str(page), str(width)]
    ran = subprocess.run(
        command, capture_output=True, text=True, timeout=120, check=True, env={**os.environ, "CHROMIUM": chromium()}
    )
    return json.loads(ran.stdout)
