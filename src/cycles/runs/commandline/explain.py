"""`cycles explain CODE`, `cycles explain WORD`."""

import click

from cycles.core.catalogue import CATALOGUE
from cycles.core.errors import ParameterError, nearest
from cycles.core.glossary import GLOSSARY
from cycles.runs.commandline import _words


@click.command()
@click.argument("code", required=False)
@click.option("--json", "as_json", is_flag=True, help="Data instead of words.")
def command(code: str | None, as_json: bool) -> None:
    """What a CODE such as CY212 means, and what to do; or what a word such as wave means here. Without either, every code."""
    if code and code.lower() in WORDS:
        return _explain_word(code.lower(), as_json)
    codes = [_known(code)] if code else sorted(CATALOGUE)
    if as_json:
        _words.give({"schema": "cycles.codes/1", "codes": [_entry(one) for one in codes]})
        return
    for one in codes:
        entry = CATALOGUE[one]
        _words.give(
            f"{one}  {entry.title}"
            if not code
            else f"[{one}] {entry.title}\n  means: {entry.meaning}\n  fix:   {entry.fix}"
        )


WORDS = {word.lower(): (word, meaning) for word, meaning in GLOSSARY.items()}


def _explain_word(name: str, as_json: bool) -> None:
    word, meaning = WORDS[name]
    _words.give({"schema": "cycles.word/1", "word": word, "meaning": meaning} if as_json else f"{word}: {meaning}")


def _known(code: str) -> str:
    name = code.strip().strip("[]").upper()
    if name not in CATALOGUE:
        raise ParameterError(f"unknown code or word '{code}'", code="CY102", fix=nearest(code, [*CATALOGUE, *GLOSSARY]))
    return name


def _entry(code: str) -> dict[str, str]:
    entry = CATALOGUE[code]
    return {"code": code, "title": entry.title, "meaning": entry.meaning, "fix": entry.fix}
