"""Columns that identify a person, told by their names. They are not carried along unless a mapping asks for them.

Names and short questions are looked at, never values. The rule leans to dropping: what is dropped is said, and a mapping brings it back.
"""

import dataclasses
import itertools
import re
import unicodedata
from collections.abc import Callable, Iterable

from cycles.core.tables import LINE
from cycles.do.intake.raw import RawTable

SHORT = 6
"""A label of more words than this is a question about something else: "Teachers here call me by my first name"."""
_SHORTER = 4

_JOINED = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_LITTLE = frozenset({"of", "the", "a", "de", "di", "da", "do", "du", "d", "la", "el", "del", "der", "van"})
_WHOLE_NAMES = "name names nom nombre nome naam address adresse direccion ip ipaddr lat lon lng"
_TELLING_WORDS = """
email emails mail courriel correo phone telephone telefon telefono telefone mobile cellphone surname firstname lastname fullname
forename username dob birthdate birthday geburtsdatum ssn latitude longitude ipaddr ipaddress breitengrad langengrad
vorname nachname prenom apellido apellidos sobrenome cognome voornaam achternaam nutzername benutzername
"""
_TELLING_PAIRS = """
first_name last_name full_name given_name family_name middle_name maiden_name preferred_name legal_name nick_name your_name
user_name student_name pupil_name child_name parent_name guardian_name teacher_name respondent_name participant_name contact_name
display_name students_name childs_name name_first name_last
nom_utilisateur nom_famille nombre_usuario nome_usuario nome_utente nome_completo nombre_completo
e_mail your_address home_address street_address mailing_address contact_address ip_address ip_adresse adresse_ip direccion_ip
date_birth birth_date birth_day fecha_nacimiento date_naissance data_nascimento data_nascita social_security
"""
_WHOLE = frozenset(_WHOLE_NAMES.split())
_WORD = frozenset(_TELLING_WORDS.split())
_PAIR = frozenset(tuple(pair.split("_")) for pair in _TELLING_PAIRS.split())


def identifies(label: str) -> bool:
    """Whether a column's name, or a short question, asks for a name, an address, a telephone number, a birth date or a place.

    Examples
    --------
    >>> [identifies(label) for label in ("RecipientEmail", "What is your first name?", "school_name", "Name")]
    [True, True, False, True]
    >>> identifies("Teachers at this school call me by my first name")
    False
    """
    words = _words(label)
    if len(words) == 1 and words[0] in _WHOLE:
        return True
    if len(words) > SHORT:
        return False
    return any(pair in _PAIR for pair in itertools.pairwise(words)) or (
        len(words) <= _SHORTER and not _WORD.isdisjoint(words)
    )


def only_carried(
    read: RawTable, columns: Iterable[str] | None, *, identifying: Callable[[str], bool] = identifies
) -> RawTable:
    """A table with the columns that a mapping reads, or else with all that identify nobody.

    Parameters
    ----------
    read : a table with every column of its file
    columns : the names that a mapping reads, or None
    identifying : which names identify a person

    Returns
    -------
    RawTable
        `facts["dropped"]` names the columns that identify a person and are not carried.

    Examples
    --------
    >>> from cycles.do.intake.raw import text_frame
    >>> table = text_frame({"id": ["007"], "Email": ["a@example.org"], "Q1": ["4"]}, [2])
    >>> read = RawTable(table=table, header=("id", "Email", "Q1"), sha256="", rows_raw=1)
    >>> only_carried(read, None).table.columns.tolist(), only_carried(read, None).facts["dropped"]
    (['id', 'Q1', '_line'], ['Email'])
    >>> only_carried(read, ["Email"]).table.columns.tolist()
    ['Email', '_line']
    """
    names = [name for name in read.table.columns if name != LINE]
    asked = {name for name in names if not identifying(name)} if columns is None else set(columns)
    kept = [name for name in names if name in asked]
    dropped = sorted(name for name in names if identifying(name) and name not in asked)
    return dataclasses.replace(read, table=read.table[[*kept, LINE]], facts={**read.facts, "dropped": dropped})


def _words(label: str) -> list[str]:
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", label) if not unicodedata.combining(sign))
    words = re.findall(r"[^\W\d_]+", _JOINED.sub(" ", plain).replace("'s", "s").replace("\u2019s", "s"))
    return [word for word in map(str.casefold, words) if word not in _LITTLE]
