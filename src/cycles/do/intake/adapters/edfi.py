"""Resources of an Ed-Fi ODS / API (suite 3): pages of records become rows of text. Needs the extra `edfi`.

Ed-Fi Alliance, Ed-Fi API Standard, https://docs.ed-fi.org
"""

import json
import os
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from cycles.core.errors import ContractError, CyclesError, ParameterError
from cycles.do.intake.adapters import ADAPTERS
from cycles.do.intake.address import Address, address_of
from cycles.do.intake.raw import RawTable
from cycles.do.intake.reading import AS_IT_IS, Reading
from cycles.do.intake.text_rows import TextRows

if TYPE_CHECKING:
    from edfi_api_client.edfi_endpoint import EdFiResource
    from requests import RequestException

KEY, SECRET = "CYCLES_EDFI_KEY", "CYCLES_EDFI_SECRET"
PAGE = 500
"""The largest page that an interface gives unless it was set otherwise."""

IDENTIFYING = frozenset(
    {
        "firstName",
        "middleName",
        "lastSurname",
        "preferredFirstName",
        "preferredLastSurname",
        "maidenName",
        "personalTitlePrefix",
        "generationCodeSuffix",
        "birthDate",
        "birthCity",
        "birthInternationalProvince",
        "loginId",
        "electronicMailAddress",
        "telephoneNumber",
        "streetNumberName",
        "latitude",
        "longitude",
    }
)
"""Properties that identify a person; they are dropped unless a mapping asks for them."""
NOT_ANSWERS = frozenset({"link", "_etag", "_lastModifiedDate"})

_RESOURCE = re.compile(r"([A-Za-z0-9_-]+/){1,3}[A-Za-z]+\Z")
_LOOPBACK = re.compile(r"http://(127\.0\.0\.1|localhost|\[::1\])[:/]")


@ADAPTERS.register("edfi", table=None)
def edfi(path: str, *, columns: Iterable[str] | None = None, reading: Reading = AS_IT_IS) -> RawTable:
    """Read a resource of an Ed-Fi interface.

    Parameters
    ----------
    path : its address, `https://…` up to but without `/data/v3`, or `env:NAME`. The key and the secret stand in the environment variables
        `CYCLES_EDFI_KEY` and `CYCLES_EDFI_SECRET`, never in a file
    columns : the columns a mapping reads; every column when None
    reading : `resource`, such as `ed-fi/studentSchoolAttendanceEvents` (before it, where the interface has them, instance and year:
        `2026/ed-fi/students`); `values` filter it, property by property

    Returns
    -------
    RawTable
        One row per record. A property of a property is the column `a.b`, such as `studentReference.studentUniqueId`. A list (a student's
        races, say) has no single value: its column is carried only when asked for, as JSON text; otherwise a warning names it.
        Names, birth dates, addresses and log-ins are dropped unless asked for; links between records always. `_line` counts records.

    Raises
    ------
    ParameterError
        CY102 the extra is not installed, CY105 an address without https or with a password, or no resource named.
    ContractError
        CY225 the interface does not answer, refuses the credentials, or keeps failing; CY227 no such resource; CY219 fewer records than
        it said it has; CY207 more than 512 MB of text.

    Notes
    -----
    A busy interface (429, 5xx) is asked again up to five times, after as long as it says (`Retry-After`, at most a minute) or 1, 2, 4 …
    seconds. While records are being added or removed, pages may shift: read a snapshot, or at night.
    """
    address = address_of(path)
    endpoint = _endpoint(address, reading)
    asked = None if columns is None else set(columns)
    seen: dict[str, None] = {}
    lists: set[str] = set()
    rows = TextRows([], where=address.shown)
    for page in _pages(endpoint, address):
        records = [_flat(record) for record in page]
        seen |= dict.fromkeys(name for record in records for name in record)
        lists |= {name for record in records for name, value in record.items() if isinstance(value, list)}
        names = [name for name in seen if name in asked] if asked is not None else _carried(seen, lists)
        rows.add({name: [_text(record.get(name)) for record in records] for name in names}, len(records))
    table = rows.table()
    left_out = lists - (asked or set())
    return RawTable(
        table=table.drop(columns=[name for name in left_out if name in table.columns]),
        header=tuple(seen),
        sha256=rows.sha256,
        rows_raw=rows.n,
        facts={
            "resource": reading.resource,
            "dropped": sorted(name for name in seen if _identifies(name) and name not in table.columns),
            "warnings": _warnings(sorted(left_out)),
        },
    )


# -- asking --------------------------------------------------------------------------------------------------------------


def _endpoint(address: Address, reading: Reading) -> "EdFiResource":
    if not address.text.startswith("https://") and not _LOOPBACK.match(f"{address.text}/"):
        raise ParameterError("an interface is reached by https", code="CY105", where=address.shown)
    if reading.resource is None or not _RESOURCE.match(reading.resource):
        raise ParameterError(
            "no resource of the interface is named",
            code="CY105",
            where="reading.resource",
            fix="Write, for example, `reading: {resource: ed-fi/students}` in the mapping.",
        )
    space, _, name = reading.resource.rpartition("/")
    return _client(address).resource(name, namespace=space, params=dict(reading.values))


def _client(address: Address) -> Any:
    try:
        from cycles.do.intake.edfi_session import client_of
    except ModuleNotFoundError:
        raise ParameterError(
            "the adapter 'edfi' needs a library that is not installed",
            code="CY102",
            where="adapter edfi",
            fix='Install it: pip install "cycles[edfi]".',
        ) from None
    key, secret = os.environ.get(KEY, ""), os.environ.get(SECRET, "")
    if not key or not secret:
        raise ContractError(
            f"the environment variables {KEY} and {SECRET} are not both set",
            code="CY225",
            where=address.shown,
            fix="Set them to the key and the secret that the district's data office gave you.",
        )
    return client_of(address.text, key, secret)


def _pages(endpoint: "EdFiResource", address: Address) -> Iterator[list[dict[str, Any]]]:
    """The records, a page at a time; fewer than the interface said there are is an error."""
    from requests import RequestException
    from urllib3.exceptions import HTTPError

    n = 0
    try:
        promised = _promised(endpoint)
        for page in endpoint.get_pages(page_size=PAGE):
            if not isinstance(page, list) or not all(isinstance(record, dict) for record in page):
                raise _unreachable("the interface answered with something that is no list of records", address)
            n += len(page)
            yield page
    except RequestException as problem:
        raise _failure(problem, endpoint.name, address) from None
    except (HTTPError, ValueError):
        raise _unreachable("the interface answered with something that is no list of records", address) from None
    if promised is not None and n < promised:
        raise ContractError(
            f"the interface has {promised:,} records and gave {n:,}",
            code="CY219",
            where=address.shown,
            fix="Read it again when nothing is being loaded into it.",
        )


def _promised(endpoint: "EdFiResource") -> int | None:
    """How many records there are, where the interface tells."""
    told = endpoint.client.session.get_response(endpoint.url, {**endpoint.params, "totalCount": "true", "limit": 0})
    count = told.headers.get("Total-Count", "")
    return int(count) if count.isdecimal() else None


def _failure(problem: "RequestException", resource: str, address: Address) -> CyclesError:
    status = problem.response.status_code if problem.response is not None else None
    signing_in = problem.response is not None and "/oauth/" in problem.response.url
    if status in (401, 403) or (signing_in and status == 400):
        return ContractError(
            "the interface refused the credentials",
            code="CY225",
            where=address.shown,
            fix=f"Check {KEY} and {SECRET}, and what they may read.",
        )
    if status == 404 and not signing_in:
        return ContractError(f"the interface has no resource '{resource}'", code="CY227", where=address.shown)
    said = f"the interface kept failing ({status})" if status else "the interface did not answer"
    return _unreachable(said, address)


def _unreachable(said: str, address: Address) -> ContractError:
    return ContractError(said, code="CY225", where=address.shown)


# -- what a record says --------------------------------------------------------------------------------------------------


def _flat(record: dict[str, Any], within: str = "") -> dict[str, Any]:
    """Properties of properties under `a.b`.

    >>> _flat({"id": 1, "studentReference": {"studentUniqueId": "007", "link": {"rel": "Student"}}})
    {'id': 1, 'studentReference.studentUniqueId': '007'}
    """
    flat: dict[str, Any] = {}
    for name, value in record.items():
        if name in NOT_ANSWERS:
            continue
        flat |= _flat(value, f"{within}{name}.") if isinstance(value, dict) else {f"{within}{name}": value}
    return flat


def _carried(names: Iterable[str], lists: set[str]) -> list[str]:
    return [name for name in names if name not in lists and not _identifies(name)]


def _identifies(name: str) -> bool:
    return name.rpartition(".")[2] in IDENTIFYING


def _text(value: Any) -> str:
    if isinstance(value, bool | list):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return "" if value is None else str(value)


def _warnings(lists: list[str]) -> list[str]:
    if not lists:
        return []
    return [
        f"CY226: {len(lists)} properties are lists and were not read: {', '.join(lists)}; a mapping that names one gets its JSON text"
    ]
