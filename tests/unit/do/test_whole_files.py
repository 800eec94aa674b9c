"""Whole files only: a growing file, a promise that does not hold, and a file cut in the middle are refused."""

import hashlib
import json
import os

import pytest

from cycles.core.errors import ContractError
from cycles.do.intake import whole
from cycles.do.intake.adapters import ADAPTERS
from cycles.do.intake.reading import Reading

CONTENT = b"id,n\n1,2\n3,4\n"
SHA = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "days.csv"
    path.write_bytes(CONTENT)
    return path


def refusal(file, **declared) -> str:
    with pytest.raises(ContractError) as caught:
        ADAPTERS.get("csv")(file, reading=Reading(**declared))
    return caught.value.code


def n_rows(file, **declared) -> int:
    return ADAPTERS.get("csv")(file, reading=Reading(**declared)).rows_raw


@pytest.fixture
def quiet(monkeypatch):
    monkeypatch.setattr(whole, "QUIET", 1.0)


def test_a_file_that_grows_between_two_looks_is_refused(file, quiet):
    waited = []

    def grow(seconds):
        waited.append(seconds)
        file.write_bytes(CONTENT + b"5,6\n")

    with pytest.raises(ContractError) as caught:
        whole.require_settled(file, now=lambda: file.stat().st_mtime, sleep=grow)
    assert (caught.value.code, waited) == ("CY219", [1.0])


def test_a_file_that_stays_as_it_is_is_read_after_the_second_look(file, quiet):
    waited = []
    whole.require_settled(file, now=lambda: file.stat().st_mtime + 0.25, sleep=waited.append)
    assert waited == [0.75]


@pytest.mark.parametrize("age", [1.5, 30.0, 90.0])
def test_nobody_waits_for_a_file_that_has_been_quiet(file, quiet, age):
    waited = []
    whole.require_settled(file, now=lambda: file.stat().st_mtime + age, sleep=waited.append)
    assert waited == []


def test_a_clock_that_is_behind_makes_nobody_wait_longer(file, quiet):
    waited = []
    os.utime(file, (2e9, 2e9))
    whole.require_settled(file, now=lambda: 1e9, sleep=waited.append)
    assert waited == [1.0]


@pytest.mark.parametrize(
    "manifest", [{"rows": 2}, {"size": 13}, {"sha256": SHA.upper()}, {"rows": 2, "size": 13, "sha256": SHA}, {}]
)
def test_a_file_that_is_as_promised_is_read(file, manifest):
    file.with_name("days.csv.manifest.json").write_text(json.dumps(manifest))
    file.with_name("days.csv.sha256").write_text(f"{SHA}  days.csv\n")
    assert n_rows(file, rows=2) == 2


@pytest.mark.parametrize("manifest", [{"rows": 3}, {"size": 14}, {"sha256": "0" * 64}])
def test_a_file_that_its_manifest_contradicts_is_refused(file, manifest):
    file.with_name("days.csv.manifest.json").write_text(json.dumps(manifest))
    assert refusal(file) == "CY219"


def test_a_file_that_its_checksum_contradicts_is_refused(file):
    file.with_name("days.csv.sha256").write_text("0" * 64)
    assert refusal(file) == "CY219"


def test_a_file_of_other_rows_than_declared_is_refused(file):
    assert refusal(file, rows=3) == "CY219"


@pytest.mark.parametrize(
    "manifest", ["{", "[]", '{"rows": "2"}', '{"size": -1}', '{"rows": true}', '{"sha256": 5}', "[" * 9000]
)
def test_a_manifest_that_cannot_be_read_is_said(file, manifest):
    file.with_name("days.csv.manifest.json").write_text(manifest)
    assert refusal(file) == "CY201"


def test_a_checksum_that_is_none_is_said(file):
    file.with_name("days.csv.sha256").write_text("later")
    assert refusal(file) == "CY201"


def test_a_promise_that_may_not_be_opened_is_said(file, monkeypatch):
    from pathlib import Path

    beside = file.with_name("days.csv.sha256")
    beside.write_text(SHA)
    read_bytes = Path.read_bytes

    def refuse(self):
        if self == beside:
            raise PermissionError
        return read_bytes(self)

    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert refusal(file) == "CY201"


def test_a_file_cut_in_a_row_is_refused_unless_its_exporter_never_ends_one(file):
    file.write_bytes(CONTENT[:-1])
    assert refusal(file) == "CY219"
    assert n_rows(file, final_line_break="absent") == 2


def test_a_bundle_is_held_to_its_checksum_too(tmp_path):
    import zipfile

    bundle = tmp_path / "roster.zip"
    with zipfile.ZipFile(bundle, "w") as archive:
        archive.writestr("users.csv", "sourcedId\n")
    bundle.with_name("roster.zip.sha256").write_text("0" * 64)
    with pytest.raises(ContractError) as caught:
        ADAPTERS.get("oneroster")(bundle)
    assert caught.value.code == "CY219"
