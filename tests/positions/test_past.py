import pytest
from positions_samples import batch, ingest, new_store, report

from darkships.errors import StoreError


def test_every_earlier_version_reads_as_it_did(tmp_path):
    store, seen = new_store(tmp_path), []
    for number, name in enumerate("abc"):
        ingest(store, name, batch([report(seconds=60 * number)]))
        seen.append((store.version, store.read(), store.time_range(), store.inputs(), store.formats))
    for version, table, *rest in seen:
        past = store.at_version(version)
        assert past.version == version
        assert past.read().equals(table)
        assert [past.time_range(), past.inputs(), past.formats] == rest
    with pytest.raises(StoreError, match="opened to read only"):
        store.at_version(1).compact()


@pytest.mark.parametrize("version", [-1, 0, 3])
def test_a_version_that_never_was(tmp_path, version):
    store = new_store(tmp_path)
    for name in "ab":
        ingest(store, name, batch([report()]))
    with pytest.raises(StoreError, match=f"no version {version}; expected one from 1 to 2"):
        store.at_version(version)


def test_what_was_compacted_is_said(tmp_path):
    store = new_store(tmp_path)
    for name in "ab":
        ingest(store, name, batch([report()]))
    store.compact()
    with pytest.raises(StoreError, match="version 3 compacted it; expected a version from 3 to 3"):
        store.at_version(2)
    assert store.at_version(3).read().equals(store.read())
