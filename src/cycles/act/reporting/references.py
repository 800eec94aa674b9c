"""References, as the docstrings of modules give them: what did the work brings its own sources along."""

import re
from collections.abc import Sequence
from importlib import import_module

_NAME = r"(?:(?:[Vv]an|[Dd]e|[Vv]on) )?[A-Z][\w'\-]+(?:,(?: ?-?[A-Z]\.)+)?"
_AUTHORS = rf"(?:What Works Clearinghouse|{_NAME}(?:(?:, & |, and |, | & | and ){_NAME})*)"
_STARTS = re.compile(rf"(?<!\w)({_AUTHORS} \(\d{{4}}\)\. )")
_DOI = re.compile(r"doi:\S+")


def references_of(modules: Sequence[str]) -> list[str]:
    """The references in the docstrings of modules, each once, in alphabetical order.

    Examples
    --------
    >>> references_of(["cycles.study.estimators.ancova"])[0][:38]
    'Van Breukelen, G. J. P. (2006). ANCOVA'
    """
    found = [one for name in modules for one in references_in(import_module(name).__doc__ or "")]
    return sorted(dict.fromkeys(found))


def references_in(docstring: str) -> list[str]:
    """The references of a docstring: an author, a year in brackets, a title, and a DOI where there is one.

    Examples
    --------
    >>> said = "Roe, J., & Poe, E. A. (2001). On it. Journal, 1(2),\\n3-4. doi:10.1/x\\nDoe, A. (1999). A book. Press."
    >>> references_in(f"What it does.\\n\\n{said}")
    ['Roe, J., & Poe, E. A. (2001). On it. Journal, 1(2), 3-4. doi:10.1/x', 'Doe, A. (1999). A book. Press.']
    """
    found = []
    for paragraph in docstring.split("\n\n")[1:]:
        parts = _STARTS.split(" ".join(paragraph.split()))
        found += [_ended(start + rest) for start, rest in zip(parts[1::2], parts[2::2], strict=True)]
    return found


def cited(before: str, module: str, after: str = "") -> str:
    """The references of a module as authors and years, between two marks; nothing where it has none or is not one of ours."""
    try:
        found = references_of([module])
    except ModuleNotFoundError:
        return ""
    return before + "; ".join(map(short, found)) + after if found else ""


def short(reference: str) -> str:
    """A reference by its authors' family names and year.

    >>> short("Roe, J., & Poe, E. A. (2001). On it."), short("A, B., C, D., & E, F. (1999). It."), short("Roe (1951). It.")
    ('Roe & Poe, 2001', 'A et al., 1999', 'Roe, 1951')
    """
    authors, _, rest = reference.partition(" (")
    names = [
        one for one in re.split(r", & |, and | & | and |, ", authors) if not re.fullmatch(r"(?: ?-?[A-Z]\.)+", one)
    ]
    who = names[0] if len(names) == 1 else " & ".join(names) if len(names) == 2 else f"{names[0]} et al."
    return f"{who}, {rest[:4]}"


def _ended(reference: str) -> str:
    """Cut where the reference ends: after its DOI, or before prose that a colon begins."""
    doi = _DOI.search(reference)
    if doi:
        return reference[: doi.end()].rstrip(".;,)")
    return re.split(r": (?=[a-z])", reference)[0].strip().rstrip(".") + "."
