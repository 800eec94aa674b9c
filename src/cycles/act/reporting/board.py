"""The board: one page of all cycles of a workspace, from what their reports already say; counts, calls and dates, nothing of a student.

Its one script hides the entries that were not asked for. It is inline, the only one that the page's policy lets run (by its hash), and
without it the page shows everything.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from cycles.act.reporting.html import fill
from cycles.act.reporting.wording import sentence_case

GENERATOR = "cycles board"
CHOICES = {"school": "School", "stage": "Stage", "decision": "Decision"}
_SCRIPT = """
"use strict";
const selects = [...document.querySelectorAll("select[data-by]")];
const entries = [...document.querySelectorAll(".board > li")];
const show = () => {
  let shown = 0;
  for (const entry of entries) {
    entry.hidden = selects.some((one) => one.value && entry.dataset[one.dataset.by] !== one.value);
    shown += entry.hidden ? 0 : 1;
  }
  document.getElementById("shown").textContent = `${shown} of ${entries.length} shown`;
};
for (const one of selects) one.addEventListener("change", show);
document.querySelector(".choose").hidden = false;
show();
"""


def board_page(entries: Sequence[Mapping[str, Any]], *, title: str, lede: str = "", footer: Sequence[str] = ()) -> str:
    """The board as one HTML page.

    Parameters
    ----------
    entries : of each cycle `title`, `school`, `stage`, `standing`, `decision` (what the page can be filtered by; "" where there is none)
        and `rows`, pairs of a name and what is said
    title, lede, footer : what stands at the top and the bottom

    Returns
    -------
    str
        The same entries give the same text.

    Examples
    --------
    >>> one = {"title": "<Check-ins>", "school": "", "stage": "do", "standing": "due", "decision": "", "rows": []}
    >>> page = board_page([one], title="All cycles")
    >>> "&lt;Check-ins&gt;" in page, page.count("<script>"), "http" in page.replace("http-equiv", "")
    (True, 1, False)
    """
    return fill(
        "board.html.j2",
        title=title,
        lede=lede,
        footer=list(footer),
        generator=GENERATOR,
        glance=_glance(entries),
        choices=_choices(entries),
        entries=[_plain(one) for one in entries],
        **_script(),
    )


def _script() -> dict[str, Any]:
    from markupsafe import Markup

    digest = base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode()
    return {"script": Markup(_SCRIPT), "script_hash": f"sha256-{digest}"}  # noqa: S704  our own, no input of anybody's


def _glance(entries: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    told = {"running": "running now", "due": "due", "late": "late", "decided": "decided"}
    counts = {word: sum(one["standing"] == word for one in entries) for word in told}
    return [{"big": f"{counts[word]:,}", "small": said} for word, said in told.items()]


def _choices(entries: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What can be chosen among; a choice of one is none."""
    found = {key: sorted({_of(one, key) for one in entries} - {""}) for key in CHOICES}
    return [{"key": key, "label": CHOICES[key], "among": among} for key, among in found.items() if among]


def _plain(entry: Mapping[str, Any]) -> dict[str, Any]:
    rows = [(name, said) for name, said in entry["rows"] if said]
    return {"title": entry["title"], "rows": rows, **{key: _of(entry, key) for key in CHOICES}}


def _of(entry: Mapping[str, Any], key: str) -> str:
    return str(entry[key]) if key == "school" else sentence_case(str(entry[key] or ""))
