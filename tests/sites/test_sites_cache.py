import logging

import numpy as np
import pytest

from darkships.sites.cache import cache_dir, cached

ARRAY = np.arange(6, dtype=np.float32).reshape(2, 3)


def get(made, name="a/b"):
    def make():
        made.append(name)
        return ARRAY.copy()

    return cached(name, (2, 3), np.float32, make)


def test_an_array_is_made_once_and_mapped_afterwards(tmp_path, monkeypatch):
    monkeypatch.setenv("DARKSHIPS_CACHE", str(tmp_path / "cache"))
    made = []
    assert np.array_equal(get(made), ARRAY)
    again = get(made)
    assert isinstance(again, np.memmap)
    assert np.array_equal(again, ARRAY)
    assert made == ["a/b"]
    assert [path.name for path in (tmp_path / "cache" / "a").iterdir()] == ["b.npy"]


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\x93NUMPY\x01\x00v\x00"])
def test_a_broken_file_is_made_again(tmp_path, monkeypatch, content):
    monkeypatch.setenv("DARKSHIPS_CACHE", str(tmp_path))
    made = []
    get(made)
    path = tmp_path / "a" / "b.npy"
    path.write_bytes(content)
    assert np.array_equal(get(made), ARRAY)
    assert np.array_equal(np.load(path), ARRAY)
    np.save(path, ARRAY.astype(np.float64))
    assert get(made).dtype == np.float32
    assert len(made) == 3


def test_a_folder_that_cannot_be_written_costs_time_only(tmp_path, monkeypatch, caplog):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("DARKSHIPS_CACHE", str(tmp_path / "file"))
    made = []
    with caplog.at_level(logging.WARNING):
        assert np.array_equal(get(made), ARRAY)
        assert np.array_equal(get(made), ARRAY)
    assert len(made) == 2
    assert len(caplog.records) == 1
    assert "DARKSHIPS_CACHE" in caplog.text


def test_without_a_home_nothing_is_kept(monkeypatch):
    for name in ("DARKSHIPS_CACHE", "XDG_CACHE_HOME", "HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    made = []
    assert cache_dir() is None
    get(made)
    get(made)
    assert len(made) == 2


def test_the_home_decides_where(monkeypatch, tmp_path):
    monkeypatch.delenv("DARKSHIPS_CACHE", raising=False)
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert cache_dir() == tmp_path / ".cache" / "darkships"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "x"))
    assert cache_dir() == tmp_path / "x" / "darkships"
