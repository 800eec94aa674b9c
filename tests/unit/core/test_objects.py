"""The store: each content once, private, and never another than its name says."""

import stat

import pytest

from cycles.core.objects import Objects


@pytest.fixture
def objects(tmp_path):
    return Objects(tmp_path / ".cycles" / "objects")


def test_a_content_is_kept_once_and_private(objects):
    digest = objects.put(b"report")
    assert objects.put(b"report") == digest
    [path] = [one for one in objects.folder.rglob("*") if one.is_file()]
    assert path == objects.folder / digest[:2] / digest
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("torn", [b"", b"repo", b"REPORT"])
def test_a_torn_or_changed_content_is_as_good_as_absent_and_can_be_put_again(objects, torn, tmp_path):
    digest = objects.put(b"report")
    (objects.folder / digest[:2] / digest).write_bytes(torn)
    assert objects.get(digest) is None
    assert not objects.publish(digest, tmp_path / "report.html")
    assert objects.put(b"report") == digest
    assert objects.publish(digest, tmp_path / "report.html")
    assert (tmp_path / "report.html").read_bytes() == b"report"
