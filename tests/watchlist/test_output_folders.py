import dataclasses

import pytest

from darkships.errors import DarkshipsError
from darkships.watchlist.runs import RunRecord, is_whole, latest_run, making, point_latest, prune, require_latest

RECORD = RunRecord(
    "1.0", 5, "2023-09-11T00:00:30+00:00", "", {"min_gap_h": 6.0}, {"names": "rajin", "digest": "d"},
    {"files": 1, "digest": "i", "new": ["a.csv"]},
)  # fmt: skip


def made(out, **changed):
    record = dataclasses.replace(RECORD, **changed)
    with making(out, record) as folder:
        (folder / "a").write_text("a", encoding="utf-8")
    return record


def test_a_folder_is_made_whole_and_linked(tmp_path):
    out = tmp_path / "deep" / "out"
    record = made(out)
    assert record.name.startswith("2023-09-11T0000Z-v5-")
    assert latest_run(out) is None
    point_latest(out, record.name)
    assert latest_run(out) == (out / record.name).resolve()
    assert is_whole(out / record.name, record, ["a"])
    assert not is_whole(out / record.name, record, ["a", "b"])
    assert RunRecord.read(out / "latest") == record
    assert sorted(path.name for path in out.iterdir()) == [record.name, "latest"]


@pytest.mark.parametrize(
    ("changed", "is_other"),
    [({"darkships": "2.0"}, True), ({"label": "x"}, True), ({"parameters": {}}, True), ({"store_version": 6}, True),
     ({"sites": {"names": "rajin", "digest": "e"}}, True), ({"sites": {"names": "other", "digest": "d"}}, False),
     ({"inputs": {**RECORD.inputs, "new": []}}, False), ({"inputs": {**RECORD.inputs, "digest": "j"}}, True)],
)  # fmt: skip
def test_the_name_tells_what_it_was_made_from(changed, is_other):
    assert (dataclasses.replace(RECORD, **changed).name != RECORD.name) is is_other


def test_what_breaks_off_leaves_nothing_and_what_was_killed_is_cleared(tmp_path):
    (tmp_path / ".making-killed").mkdir()

    def broken():
        with making(tmp_path, RECORD) as folder:
            (folder / "a").write_text("half", encoding="utf-8")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken()
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_record_is_no_run(tmp_path):
    record = made(tmp_path)
    point_latest(tmp_path, record.name)
    (tmp_path / record.name / "run.json").write_text("{", encoding="utf-8")
    assert latest_run(tmp_path) is None
    with pytest.raises(DarkshipsError, match="darkships run"):
        require_latest(tmp_path)
    with pytest.raises(DarkshipsError, match=r"its run.json cannot be read"):
        RunRecord.read(tmp_path / record.name)
    made(tmp_path)
    assert latest_run(tmp_path) is not None


def test_a_latest_that_is_no_link_is_told(tmp_path):
    record = made(tmp_path)
    (tmp_path / "latest" / "mine").mkdir(parents=True)
    with pytest.raises(DarkshipsError, match="take away what stands there"):
        point_latest(tmp_path, record.name)


def test_old_folders_go_but_never_the_latest(tmp_path):
    records = [made(tmp_path, store_version=version) for version in range(1, 6)]
    point_latest(tmp_path, records[0].name)
    assert [path.name for path in prune(tmp_path, 2)] == [record.name for record in records[1:4]]
    assert prune(tmp_path, 2) == []
