"""Survey contracts, generated from instruments: the instrument says which codes there are, the contract holds answers to them."""

import io
from pathlib import Path
from typing import Any

from cycles.core.files import atomic_write
from cycles.plan.instruments import Instrument, instrument_names, read_instrument

API_VERSION = "v3.1.0"
ROLES = ("student", "family", "teacher", "principal", "staff")


def survey_contract(instrument: Instrument) -> dict[str, Any]:
    """The contract of an instrument's responses, as an Open Data Contract.

    Parameters
    ----------
    instrument : its items, codes, missing codes and ranges

    Returns
    -------
    dict
        One property per item: whole-number codes become integers, others text, numeric items numbers with their range.
        A respondent answers once per wave. An answer that is not allowed becomes missing; the other answers of the row stay.

    Examples
    --------
    >>> contract = survey_contract(read_instrument("school_belonging"))
    >>> contract["name"], len(contract["schema"][0]["properties"])
    ('survey.school_belonging', 10)
    """
    return {
        "apiVersion": API_VERSION,
        "kind": "DataContract",
        "id": f"cycles.survey.{instrument.key}",
        "name": f"survey.{instrument.key}",
        "version": instrument.version,
        "status": "active",
        "description": {
            "purpose": f"Responses to: {instrument.title}. Generated from the instrument; change it there.",
            "usage": "One row per respondent and wave, one column per item.",
        },
        "schema": [
            {
                "name": "responses",
                "logicalType": "object",
                "properties": [
                    *_about_the_respondent(instrument),
                    *(_item(instrument, name) for name in instrument.items),
                ],
                "quality": [
                    _rule("rowCount", mustBeGreaterOrEqualTo=1),
                    _rule("duplicateValues", arguments={"properties": ["respondent_id", "wave"]}, mustBe=0),
                ],
                "customProperties": [{"property": "maxQuarantinedShare", "value": 0.05}],
            }
        ],
    }


def write_survey_contracts(folder: str | Path, *, instruments: Path | None = None) -> list[Path]:
    """Write the contract of every instrument into a folder.

    Parameters
    ----------
    folder : usually `data_contracts`
    instruments : the workspace's own `params/instruments`, if any

    Raises
    ------
    WriteError
        CY504 when a file cannot be written.
    """
    written = []
    for key in instrument_names(instruments):
        path = Path(folder) / f"survey.{key}.odcs.yaml"
        atomic_write(path, as_yaml(survey_contract(read_instrument(key, folder=instruments))).encode("utf-8"))
        written.append(path)
    return written


def as_yaml(contract: dict[str, Any]) -> str:
    """A contract as YAML text, without aliases, in the order it was built."""
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.default_flow_style = False
    yaml.width = 140
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.representer.ignore_aliases = lambda _: True
    stream = io.StringIO()
    yaml.dump(contract, stream)
    return stream.getvalue()


def _about_the_respondent(instrument: Instrument) -> list[dict[str, Any]]:
    return [
        {
            "name": "respondent_id",
            "logicalType": "string",
            "required": True,
            "description": "Who answered; an id, always text.",
            "customProperties": [{"property": "pii", "value": "pseudonym"}],
        },
        {
            "name": "respondent_role",
            "logicalType": "string",
            "description": f"student, family, teacher, principal or staff; here: {instrument.respondent}.",
            "quality": [_rule("invalidValues", arguments={"validValues": list(ROLES)}, mustBe=0)],
        },
        {
            "name": "wave",
            "logicalType": "string",
            "required": True,
            "description": "The administration, such as 2026-fall.",
        },
        {"name": "answered_on", "logicalType": "date", "description": "The day of the answer."},
    ]


def _item(instrument: Instrument, name: str) -> dict[str, Any]:
    item, codes = instrument.items[name], instrument.codes(name)
    custom: list[dict[str, Any]] = [
        {"property": "itemText", "value": item.text or item.label or name},
        *_scoring(instrument, name),
    ]
    if codes:
        custom.append({"property": "responseScale", "value": dict(codes)})
    if instrument.missing:
        custom.append({"property": "missingCodes", "value": dict(instrument.missing)})
    if item.range is not None:
        low, high = (_whole(bound) for bound in item.range)
        kind: dict[str, Any] = {"logicalType": "number", "logicalTypeOptions": {"minimum": low, "maximum": high}}
    else:
        whole = all(_is_whole(code) for code in codes)
        valid = [int(code) if whole else code for code in codes]
        kind = {
            "logicalType": "integer" if whole else "string",
            "quality": [_rule("invalidValues", arguments={"validValues": valid}, mustBe=0)],
        }
    custom.append({"property": "setAside", "value": "cell"})
    return {"name": name, **kind, "customProperties": custom}


def _scoring(instrument: Instrument, item: str) -> list[dict[str, Any]]:
    """The scales that an item belongs to, and whether it enters them reversed (the scales' names, where they do not agree)."""
    scales = [name for name, scale in instrument.scales.items() if item in scale.items]
    turned = [name for name in scales if item in instrument.scales[name].reversed]
    told: list[dict[str, Any]] = [{"property": "scale", "value": ", ".join(scales)}] if scales else []
    if turned:
        told.append({"property": "reverseScored", "value": True if turned == scales else ", ".join(turned)})
    return told


def _rule(metric: str, **bounds: Any) -> dict[str, Any]:
    return {"metric": metric, **bounds}


def _is_whole(code: str) -> bool:
    return code.removeprefix("-").isdecimal() and str(int(code)) == code


def _whole(bound: float) -> int | float:
    return int(bound) if bound == int(bound) else bound
