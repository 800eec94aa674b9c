"""An Ed-Fi interface on this machine: pages become rows, a busy server is asked again, and no secret is ever said."""

import base64
import json
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import repeat
from urllib.parse import parse_qs, urlparse

import pytest

from cycles.core.errors import CyclesError
from cycles.do.intake import read
from cycles.do.intake.adapters import edfi as module
from cycles.do.intake.adapters.edfi import edfi
from cycles.do.intake.reading import Reading
from cycles.plan.cycle_file import Source

KEY, SECRET = "district-key", "open-sesame"
EVENTS = "ed-fi/studentSchoolAttendanceEvents"


def event(n: int) -> dict:
    return {
        "id": f"{n:032x}",
        "studentReference": {"studentUniqueId": f"{n:06d}", "link": {"rel": "Student", "href": f"/students/{n}"}},
        "schoolReference": {"schoolId": 255901001},
        "eventDate": "2026-10-05",
        "eventDuration": 0.5,
        "_etag": "1",
    }


class Interface:
    """What a district's server holds, and how it misbehaves. `plan` gives, per path, what goes wrong first: (status, headers)."""

    def __init__(self) -> None:
        self.records = {EVENTS: [event(n) for n in range(7)]}
        self.plan: dict[str, Iterator[tuple[int, dict]]] = {}
        self.valid = 1800
        self.total: int | None = None
        self.asked: list[str] = []
        self.tokens = 0
        self.withdrawn: set[str] = set()

    def answer(self, method: str, path: str, headers, query: dict) -> tuple[int, dict, bytes]:
        self.asked.append(path)
        failure = next(self.plan.get(path, iter(())), None)
        if failure:
            status, more = failure
            return status, more, b"Maria Lopez is in this page of an error"
        if path == "/oauth/token":
            good = headers["Authorization"] == "Basic " + base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()
            self.tokens += 1
            said = {"access_token": f"token-{self.tokens}", "expires_in": self.valid, "token_type": "bearer"}
            return (200, {}, json.dumps(said).encode()) if good else (401, {}, b"{}")
        token = headers["Authorization"].removeprefix("Bearer ")
        if token != f"token-{self.tokens}" or token in self.withdrawn:
            return 401, {}, b"{}"
        name = path.removeprefix("/data/v3/")
        if name not in self.records:
            return 404, {}, b"{}"
        return 200, self._count(query, name), self.body(query, name)

    def _count(self, query: dict, name: str) -> dict:
        counted = len(self.records[name]) if self.total is None else self.total
        return {"Total-Count": str(counted)} if "totalCount" in query else {}

    def body(self, query: dict, name: str) -> bytes:
        begin, limit = int(query.get("offset", ["0"])[0]), int(query["limit"][0])
        return json.dumps(self.records[name][begin : begin + limit]).encode()


@pytest.fixture
def interface(monkeypatch):
    """A running interface; `address` is where, `waits` what was waited (nothing really is)."""
    state = Interface()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _do(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            self.rfile.read(length)
            url = urlparse(self.path)
            status, headers, body = state.answer(self.command, url.path, self.headers, parse_qs(url.query))
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = _do

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    state.address = f"http://127.0.0.1:{server.server_port}"
    state.waits = []
    monkeypatch.setattr("urllib3.util.retry.time.sleep", state.waits.append)
    monkeypatch.setattr(module, "PAGE", 3)
    monkeypatch.setenv(module.KEY, KEY)
    monkeypatch.setenv(module.SECRET, SECRET)
    yield state
    server.shutdown()
    server.server_close()
    thread.join()


def read_from(interface, resource: str = EVENTS, columns=None, **reading):
    return edfi(interface.address, columns=columns, reading=Reading(resource=resource, **reading))


def refusal(interface, *arguments, **reading) -> CyclesError:
    with pytest.raises(CyclesError) as caught:
        read_from(interface, *arguments, **reading)
    for secret in (KEY, SECRET, "Maria", "127.0.0.1", "token-"):
        assert secret not in str(caught.value)
    assert caught.value.__cause__ is None
    return caught.value


def test_pages_become_rows_of_text(interface):
    raw = read_from(interface)
    assert raw.header == (
        "id",
        "studentReference.studentUniqueId",
        "schoolReference.schoolId",
        "eventDate",
        "eventDuration",
    )
    assert raw.table["studentReference.studentUniqueId"].tolist() == [f"{n:06d}" for n in range(7)]
    assert raw.table.iloc[0].drop("id").to_dict() == {
        "studentReference.studentUniqueId": "000000",
        "schoolReference.schoolId": "255901001",
        "eventDate": "2026-10-05",
        "eventDuration": "0.5",
        "_line": 1,
    }
    assert (raw.rows_raw, raw.table["_line"].tolist()) == (7, list(range(1, 8)))


def test_every_page_is_asked_for_once(interface):
    read_from(interface)
    assert (
        Counter(interface.asked)[f"/data/v3/{EVENTS}"] == 1 + 4
    )  # the count; three pages with records and an empty one


def test_numbers_stay_as_they_were_written(interface, monkeypatch):
    written = [b'[{"credits": 1.50, "big": 12345678901234567890.0, "flag": true, "none": null}]', b"[]"]
    interface.records[EVENTS] = [{}]
    monkeypatch.setattr(interface, "body", lambda query, name: written.pop(0) if query["limit"] != ["0"] else b"[]")
    row = read_from(interface).table.iloc[0]
    assert (row["credits"], row["big"], row["flag"], row["none"]) == ("1.50", "12345678901234567890.0", "true", "")


def test_only_the_columns_asked_for_are_kept(interface):
    raw = read_from(interface, columns=["eventDate"])
    assert list(raw.table.columns) == ["eventDate", "_line"]
    assert "schoolReference.schoolId" in raw.header


STUDENTS = [
    {"studentUniqueId": "007", "firstName": "Maria", "lastSurname": "Lopez", "birthDate": "2010-01-01",
     "races": [{"raceDescriptor": "uri://ed-fi.org/RaceDescriptor#White"}], "birthData": {"birthCity": "Hartford"}},
    {"studentUniqueId": "008", "firstName": "Ben", "grade": "09"},
]  # fmt: skip


def test_names_and_birth_dates_are_dropped_unless_mapped(interface):
    interface.records["ed-fi/students"] = STUDENTS
    raw = read_from(interface, "ed-fi/students")
    assert list(raw.table.columns) == ["studentUniqueId", "grade", "_line"]
    assert raw.facts["dropped"] == ["birthData.birthCity", "birthDate", "firstName", "lastSurname"]
    assert read_from(interface, "ed-fi/students", columns=["birthDate"]).table["birthDate"].tolist() == [
        "2010-01-01",
        "",
    ]


def test_a_property_that_only_later_records_have_is_missing_before(interface):
    interface.records["ed-fi/students"] = STUDENTS
    assert read_from(interface, "ed-fi/students").table["grade"].tolist() == ["", "09"]


def test_lists_are_told_and_come_as_json_only_when_asked_for(interface):
    interface.records["ed-fi/students"] = STUDENTS
    (warning,) = read_from(interface, "ed-fi/students").facts["warnings"]
    assert warning.startswith("CY226: 1 properties are lists and were not read: races")
    raw = read_from(interface, "ed-fi/students", columns=["races"])
    assert raw.facts["warnings"] == []
    assert json.loads(raw.table["races"].iloc[0]) == STUDENTS[0]["races"]


def test_a_busy_interface_is_asked_again_after_as_long_as_it_says(interface):
    interface.plan[f"/data/v3/{EVENTS}"] = iter([(429, {"Retry-After": "7"})])
    assert read_from(interface).rows_raw == 7
    assert interface.waits == [7]


def test_what_is_asked_for_is_not_logged(interface, caplog):
    interface.plan[f"/data/v3/{EVENTS}"] = iter([(503, {})])
    read_from(interface, values={"studentUniqueId": "900417"})
    assert "900417" not in caplog.text


def test_no_interface_can_make_us_wait_for_hours(interface):
    interface.plan[f"/data/v3/{EVENTS}"] = iter([(429, {"Retry-After": "86400"})])
    assert read_from(interface).rows_raw == 7
    assert interface.waits == [60]


def test_two_failures_in_passing_are_waited_for_longer_each_time(interface):
    interface.plan[f"/data/v3/{EVENTS}"] = iter([(503, {}), (503, {})])
    assert read_from(interface).rows_raw == 7
    assert interface.waits == sorted(interface.waits)
    assert 0 < sum(interface.waits) < 30


def test_an_interface_that_keeps_failing_is_given_up(interface):
    interface.plan[f"/data/v3/{EVENTS}"] = repeat((500, {}))
    problem = refusal(interface)
    assert (problem.code, problem.what) == ("CY225", "the interface kept failing (500)")
    assert interface.asked.count(f"/data/v3/{EVENTS}") == 6


def test_a_token_that_ran_out_is_exchanged(interface):
    interface.valid = 1
    assert read_from(interface).rows_raw == 7
    assert interface.tokens > 1


def test_a_token_that_was_withdrawn_is_exchanged_once(interface):
    interface.withdrawn = {"token-1"}
    assert read_from(interface).rows_raw == 7
    assert interface.tokens == 2


def test_refused_credentials_are_said_without_them(interface, monkeypatch):
    monkeypatch.setenv(module.SECRET, "another")
    problem = refusal(interface)
    assert (problem.code, problem.what) == ("CY225", "the interface refused the credentials")


def test_absent_credentials_are_named_by_their_variables(interface, monkeypatch):
    monkeypatch.delenv(module.SECRET)
    problem = refusal(interface)
    assert problem.code == "CY225"
    assert module.SECRET in problem.what


def test_a_resource_that_is_not_there_is_said(interface):
    problem = refusal(interface, "ed-fi/nothing")
    assert (problem.code, problem.what) == ("CY227", "the interface has no resource 'nothing'")


@pytest.mark.parametrize("body", [b"<html>Maria</html>", b'{"message": "Maria"}', b'["Maria"]', b"", b"[{"])
def test_an_answer_that_is_no_list_of_records_is_refused_without_repeating_it(interface, body, monkeypatch):
    monkeypatch.setattr(interface, "body", lambda query, name: body)
    assert refusal(interface).code == "CY225"


def test_fewer_records_than_promised_are_not_taken_for_all(interface):
    interface.total = 9
    problem = refusal(interface)
    assert problem.code == "CY219"
    assert "9 records and gave 7" in problem.what


def test_a_filter_is_sent_with_every_page(interface):
    seen = []
    answered = interface.answer
    interface.answer = lambda method, path, headers, query: (
        seen.append(query),
        answered(method, path, headers, query),
    )[1]
    read_from(interface, values={"schoolId": "255901001"})
    assert [query["schoolId"] for query in seen[1:]] == [["255901001"]] * 5


@pytest.mark.parametrize(
    "address", ["http://district.example.org", "ftp://x", "https://ana:secret@district.example.org"]
)
def test_an_address_must_be_https_and_without_a_password(address):
    with pytest.raises(CyclesError) as caught:
        edfi(address, reading=Reading(resource=EVENTS))
    assert caught.value.code == "CY105"
    assert "secret" not in str(caught.value)


def test_an_interface_that_is_not_there_is_said(interface):
    address, interface.address = interface.address, "http://127.0.0.1:1"
    assert refusal(interface).code == "CY225"
    interface.address = address


@pytest.mark.parametrize("resource", [None, "students", "ed-fi/../students", "ed-fi/students?x=1"])
def test_a_resource_must_be_named_in_full(interface, resource):
    assert refusal(interface, resource).code == "CY105"


def test_without_the_extra_the_way_to_it_is_told(interface, monkeypatch):
    monkeypatch.setitem(sys.modules, "edfi_api_client", None)
    monkeypatch.delitem(sys.modules, "cycles.do.intake.edfi_session", raising=False)
    problem = refusal(interface)
    assert problem.code == "CY102"
    assert 'pip install "cycles[edfi]"' in problem.fix


def test_a_source_names_the_adapter_edfi_and_goes_through_its_mapping(interface, workspace):
    (workspace.root / "params/mappings/m.yml").write_text(
        f"table: attendance_days\nreading: {{resource: {EVENTS}}}\n"
        "columns: {student_id: studentReference.studentUniqueId, 'on': eventDate}\nconstants: {status: present}\n"
    )
    delivery = read(Source(name="days", adapter="edfi", path=interface.address, mapping="m"), workspace=workspace)
    assert delivery.table.head(1).to_dict("records") == [
        {"student_id": "000000", "on": "2026-10-05", "status": "present", "_line": 1}
    ]
