"""Hypothesis for the whole suite, one sea for all, and a real web server on this machine, which keeps what it gets.

No example is timed, as the first call of a kernel compiles it. Examples are the same each time, so that what passes for
one change passes for the next; ``scripts/test --hypothesis-profile search`` draws others.
"""

import contextlib
import os
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import bucket
import pytest
from hypothesis import settings

from darkships.compiling import kernel_cache

settings.register_profile("darkships", deadline=None, max_examples=60, derandomize=True)
settings.register_profile("search", deadline=None, max_examples=300, derandomize=False)
settings.load_profile("darkships")


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory):
    """One cache for all tests, in whatever process: a sea is made once a run, and no kernel compiled for it again."""
    folder = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        folder = folder.parent  # which the workers of a run have in common
    folder /= "darkships-cache"
    folder.mkdir(exist_ok=True)
    if compiled := kernel_cache():
        with contextlib.suppress(FileExistsError):  # of another worker
            folder.joinpath("kernels").symlink_to(compiled.parent, target_is_directory=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DARKSHIPS_CACHE", str(folder))
        yield folder


@pytest.fixture(scope="session")
def sea_cache(cache):
    """The cache of all tests, for those that need a sea in it; the first makes it."""
    if os.environ.get("NUMBA_DISABLE_JIT") == "1":
        pytest.skip("whole seas take minutes without compiled kernels; the kernels are tested on small ones")
    return cache


@pytest.fixture(scope="session")
def endpoint():
    """A real S3 server for all tests: who has connected to one keeps to it."""
    with bucket.server() as address:
        yield address


@pytest.fixture
def web_server():
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.server.requests.append((self.path, dict(self.headers), body))
            self.send_response(self.server.answer)
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.requests, server.answer = [], 200
    server.url = f"http://127.0.0.1:{server.server_port}/hook?token=hunter2"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()
