"""Compiled kernels: told once when there are none, kept by many processes at once, done without where none can be."""

import os
import subprocess
import sys

import numpy as np
import pytest
from numba.core.caching import IndexDataCacheFile

from darkships import compiling, kernels
from darkships.compiling import kernel_cache
from darkships.kernels import kernel

pytestmark = pytest.mark.skipif(os.environ.get("NUMBA_DISABLE_JIT") == "1", reason="nothing is compiled")

SOURCE = "def first(array):\n    return array[0]\n"


@pytest.fixture
def process(tmp_path, monkeypatch):
    """Return a function that compiles the same kernel as each new process would, with one cache for all."""
    (tmp_path / "cache").mkdir()
    monkeypatch.setattr(kernels, "_kept_in", lambda: tmp_path / "cache")
    (tmp_path / "somekernel.py").write_text(SOURCE)

    def new():
        names = {"__name__": "somekernel", "__file__": str(tmp_path / "somekernel.py")}
        exec(compile(SOURCE, tmp_path / "somekernel.py", "exec"), names)  # noqa: S102
        return kernel(names["first"])

    return new


def test_two_processes_that_compile_for_different_types_at_once_do_not_mix_them_up(process, monkeypatch):
    one, other = process(), process()
    load_index, save_data, at_once = IndexDataCacheFile._load_index, IndexDataCacheFile._save_data, [False, True]

    def saving(self, *args):
        if at_once.pop():  # the one has kept its index, the other had looked before that
            assert other(np.array([1.5])) == 1.5
            at_once.clear()
        save_data(self, *args)

    with monkeypatch.context() as patch:
        patch.setattr(IndexDataCacheFile, "_save_data", saving)
        patch.setattr(IndexDataCacheFile, "_load_index", lambda self: {} if len(at_once) == 1 else load_index(self))
        assert one(np.array([7])) == 7
    assert at_once == []
    for _ in range(2):
        later = process()
        assert (later(np.array([1.5])), later(np.array([7]))) == (1.5, 7)
    assert sum(later.compiled().stats.cache_hits.values()) == 2


@pytest.fixture
def said(monkeypatch):
    told = []
    monkeypatch.setattr(compiling, "tell", told.append)
    return told


def test_the_first_compilation_is_told_once(process, said):
    process()(np.array([7]))
    process()(np.array([1.5]))
    assert said == [f"compiling kernels, which takes a minute or two; they are kept in {kernel_cache()}"]


def test_what_is_loaded_is_not_told(process, said, monkeypatch):
    process()(np.array([7]))
    said.clear()
    monkeypatch.setattr(compiling, "tell", said.append)
    assert process()(np.array([7])) == 7
    assert said == []


def test_where_nothing_can_be_kept_that_is_told(tmp_path, monkeypatch, said):
    (tmp_path / "file").touch()
    monkeypatch.setenv("DARKSHIPS_CACHE", str(tmp_path / "file"))
    assert kernel_cache() is None
    monkeypatch.setattr(kernels, "_kept_in", lambda: None)

    @kernel
    def first(array):
        return array[0]

    assert first(np.array([7])) == 7
    assert said[0].endswith("again: no folder can be written to keep them, name one in DARKSHIPS_CACHE")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
@pytest.mark.parametrize("on_terminal", [True, False])
def test_only_a_terminal_is_told(on_terminal):
    program = (
        "import atexit; from darkships import compiling; from darkships.cli import main\n"
        "atexit.register(lambda: compiling.tell and compiling.tell('told')); main(['schema', 'gaps'])"
    )
    ours, theirs = os.openpty()
    try:
        where = theirs if on_terminal else subprocess.DEVNULL
        subprocess.run([sys.executable, "-c", program], stdout=subprocess.DEVNULL, stderr=where, check=True)
        os.write(theirs, b"end")
        assert os.read(ours, 100).startswith(b"told" if on_terminal else b"end")
    finally:
        os.close(ours)
        os.close(theirs)
