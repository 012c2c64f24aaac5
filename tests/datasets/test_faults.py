"""Everything that goes wrong with data: broken networks, files, disks and pictures.

Nothing is faked that can be had: a real server on 127.0.0.1, real files, processes that are killed.
The "MNIST" here is a tiny one, with its own digests and addresses, so real data changes nothing;
so are the flowers and the trained weights.
"""

import contextlib
import gzip
import hashlib
import io
import json
import os
import re
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
import zlib
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import h5py
import numpy as np
import pytest
from PIL import Image

from dl_course import datasets, runtime
from dl_course.datasets import _fetch, _published

ROOT = Path(datasets.__file__).parents[2]
POSIX = pytest.mark.skipif(os.name != "posix", reason="needs POSIX")


# --- A tiny MNIST -------------------------------------------------------------------------------


def tiny_arrays(train=60, test=20, seed=0):
    generator = np.random.default_rng(seed)
    return {
        "x_train": generator.integers(0, 256, (train, 28, 28), dtype=np.uint8),
        "y_train": np.arange(train, dtype=np.uint8) % 10,
        "x_test": generator.integers(0, 256, (test, 28, 28), dtype=np.uint8),
        "y_test": np.arange(test, dtype=np.uint8) % 10,
    }


def npz(arrays, save=np.savez_compressed):
    save(file := io.BytesIO(), **arrays)
    return file.getvalue()


def idx(array):
    """An IDX file: two zeros, 8 for bytes, the rank, the sizes (big-endian), the content."""
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()


ARRAYS = tiny_arrays()
CONTENT = npz(ARRAYS)


NOWHERE = ("http://127.0.0.1:9/mnist.npz",)


def archive(*addresses, **limits):
    digests = {name: (a.shape, hashlib.md5(idx(a)).hexdigest()) for name, a in ARRAYS.items()}
    limits = {"read_limit": 5.0, "total_limit": 5.0, **limits}
    return _published.Archive(
        file_name="mnist.npz", arrays=digests, addresses=addresses or (NOWHERE,), **limits
    )


# --- A server that does what it is told ---------------------------------------------------------


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.requests.append(self.path)
        self.server.routes.get(self.path, lambda handler: handler.send_error(404))(self)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    """Routes are functions of the handler; `patient` is set when the test is over."""

    daemon_threads = True
    block_on_close = False

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.routes, self.requests, self.patient = {}, [], threading.Event()

    def handle_error(self, *_):
        pass  # clients that hang up are what is tested here

    def address(self, path="/mnist.npz", scheme="http"):
        return f"{scheme}://127.0.0.1:{self.server_port}{path}"

    def on(self, path, route):
        """Set a route and return its address, as one entry of an archive's addresses."""
        self.routes[path] = route
        return (self.address(path),)


@pytest.fixture
def server():
    with Server() as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.patient.set()
        server.shutdown()


def sends(content, *, claimed=None, then=lambda handler: None):
    """A route that answers with content, claims another length (or none), and then does more."""

    def route(handler):
        handler.send_response(200)
        if claimed is not False:
            handler.send_header("Content-Length", str(claimed or len(content)))
        handler.end_headers()
        handler.wfile.write(content)
        handler.wfile.flush()
        then(handler)

    return route


def waits(handler):
    handler.server.patient.wait(30)


def dribbles(handler, claimed=None):
    """A byte every 0.05 seconds without end, whatever size it claims."""
    handler.send_response(200)
    if claimed:
        handler.send_header("Content-Length", str(claimed))
    handler.end_headers()
    while not handler.server.patient.wait(0.05):
        handler.wfile.write(b"x")
        handler.wfile.flush()


def says_nonsense(handler):
    handler.wfile.write(b"\x00\xff nothing like HTTP\r\n\r\n")


def good(server, path="/good/mnist.npz"):
    return server.on(path, sends(CONTENT))


# --- A place to try in --------------------------------------------------------------------------


@pytest.fixture
def place(tmp_path, monkeypatch):
    """An empty home with a stand-in, and nothing remembered from other tests."""
    stand_in = tmp_path / "project data"
    stand_in.mkdir()
    (stand_in / "digits.npz").write_bytes(npz(tiny_arrays(30, 10, seed=1)))
    monkeypatch.setattr(runtime, "data_folder", lambda: stand_in)
    monkeypatch.setattr(_fetch, "_failed", set())
    monkeypatch.setattr(_fetch, "_lent", {})
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setenv("NO_PROXY", "*")
    for name in ("DL_COURSE_DATA", "DL_COURSE_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def cache(place):
    folder = place / "keras" / "datasets"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def load(place, monkeypatch, capsys):
    """Load a tiny MNIST from the given addresses; return both sets and what was printed."""

    def load(*addresses, **limits):
        monkeypatch.setattr(datasets, "_MNIST", archive(*addresses, **limits))
        train, test = datasets.load_mnist()
        return train, test, capsys.readouterr().out

    return load


def names(folder):
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def assert_real(train, test):
    assert train.source == test.source == "MNIST"
    np.testing.assert_array_equal(train.images[..., 0] * 255, ARRAYS["x_train"])
    np.testing.assert_array_equal(test.labels, ARRAYS["y_test"])


def assert_stand_in(train, test, printed):
    assert (len(train), len(test)) == (30, 10)
    assert train.is_stand_in
    assert test.is_stand_in
    assert "using the stand-in digits" in printed
    assert "not for MNIST" in printed
    assert "DL_COURSE_DATA" in printed  # what to do next


# --- Where data comes from ----------------------------------------------------------------------


def test_sources_in_their_order(server, place, cache, load, monkeypatch):
    address = good(server)
    train, test, printed = load(address)
    assert_real(train, test)
    host = f"127.0.0.1:{server.server_port}"
    assert printed.endswith(f"MNIST: downloaded from {host}, kept in Keras' cache.\n")
    assert "mnist.npz [####################]" in printed
    assert names(cache) == ["mnist.npz"]

    train, test, printed = load(address)
    assert_real(train, test)
    assert printed == "MNIST: from Keras' cache.\n"

    (place / "own").mkdir()
    shutil.copy(cache / "mnist.npz", place / "own")
    monkeypatch.setenv("DL_COURSE_DATA", str(place / "own"))
    train, test, printed = load(address)
    assert_real(train, test)
    assert printed == "MNIST: from the folder in $DL_COURSE_DATA.\n"
    assert len(server.requests) == 1


def test_the_home_folder_is_the_cache_without_keras_home(place, load, monkeypatch, server):
    monkeypatch.delenv("KERAS_HOME")
    monkeypatch.setenv("HOME", str(place / "home"))
    monkeypatch.setenv("USERPROFILE", str(place / "home"))
    load(good(server))
    assert names(place / "home" / ".keras" / "datasets") == ["mnist.npz"]
    monkeypatch.setenv("DL_COURSE_DATA", "~/.keras/datasets")
    assert load()[2] == "MNIST: from the folder in $DL_COURSE_DATA.\n"


def test_offline_forbids_the_network(server, load, monkeypatch):
    monkeypatch.setenv("DL_COURSE_OFFLINE", "1")
    train, test, printed = load(good(server))
    assert_stand_in(train, test, printed)
    assert "DL_COURSE_OFFLINE forbids the network" in printed
    assert server.requests == []
    monkeypatch.setenv("DL_COURSE_OFFLINE", "0")
    assert_real(*load(good(server))[:2])


def test_a_data_folder_that_does_not_exist_is_named(server, place, load, monkeypatch):
    monkeypatch.setenv("DL_COURSE_DATA", str(place / "typo"))
    train, test, printed = load(good(server))
    assert_real(train, test)
    assert f"DL_COURSE_DATA names a folder that does not exist: {place / 'typo'}" in printed


def test_the_second_address_may_be_idx_files(server, cache, load):
    urls = tuple(
        server.on(f"/{name}.gz", sends(gzip.compress(idx(array))))[0]
        for name, array in ARRAYS.items()
    )
    train, test, printed = load((server.address("/gone"),), urls)
    assert_real(train, test)
    assert "it answered 404 Not Found" in printed
    assert_real(*load()[:2])  # kept as an archive like any other
    assert names(cache) == ["mnist.npz"]


def test_damaged_idx_files_are_not_used(server, cache, load):
    whole = [gzip.compress(idx(array)) for array in ARRAYS.values()]
    for number, parts in enumerate(
        (
            [whole[0][:-50], *whole[1:]],  # cut short
            [whole[2], *whole[1:]],  # a wrong one, and too short
            [b"<html>Please log in</html>", *whole[1:]],
        )
    ):
        urls = tuple(
            server.on(f"/{number}/{part}.gz", sends(content))[0]
            for part, content in enumerate(parts)
        )
        train, test, printed = load(urls)
        assert_stand_in(train, test, printed)
        assert "not the published data" in printed
    assert names(cache) == []


# --- Networks that fail -------------------------------------------------------------------------


def refuses(server):
    with socket.create_server(("127.0.0.1", 0)) as free:
        return (f"http://127.0.0.1:{free.getsockname()[1]}/mnist.npz",)


half = CONTENT[: len(CONTENT) // 2]
other = npz(tiny_arrays(seed=9))
FAULTS = {
    "refuses": (refuses, "it cannot be reached"),
    "unknown name": (lambda s: ("http://no-such.invalid/a.npz",), "from no-such.invalid failed"),
    "404": (lambda s: (s.address("/gone"),), "it answered 404 Not Found"),
    "503": (lambda s: s.on("/busy", lambda h: h.send_error(503)), "it answered 503"),
    "half": (lambda s: s.on("/half", sends(half, claimed=len(CONTENT))), "broke off after"),
    "half, no length": (
        lambda s: s.on("/a.npz", sends(half, claimed=False)),
        "it cannot be read",
    ),
    "garbage": (lambda s: s.on("/a.npz", sends(b"\x07garbage" * 999)), "it cannot be read"),
    "a log-in page": (lambda s: s.on("/a.npz", sends(b"<html>Log in</html>")), "cannot be read"),
    "other data": (lambda s: s.on("/a.npz", sends(other)), "differs from the published data"),
    "no HTTP": (lambda s: s.on("/a.npz", says_nonsense), "broke off"),
    "never answers": (lambda s: s.on("/a.npz", waits), "no answer"),
    "stalls": (
        lambda s: s.on("/a.npz", sends(half, claimed=len(CONTENT), then=waits)),
        "no answer, or no more of it, within 0.4 seconds",
    ),
    "dribbles": (lambda s: s.on("/a.npz", dribbles), "within the total time limit"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_failing_network_leads_to_the_stand_in(fault, server, cache, load):
    make, words = FAULTS[fault]
    start = time.monotonic()
    train, test, printed = load(make(server), read_limit=0.4, total_limit=1.0)
    assert time.monotonic() - start < 3
    assert_stand_in(train, test, printed)
    assert words in printed
    assert names(cache) == []


def test_a_download_that_cannot_end_in_time_is_given_up_early(server, load):
    start = time.monotonic()
    slow = server.on("/a.npz", lambda handler: dribbles(handler, claimed=100_000))
    train, test, printed = load(slow, read_limit=0.4, total_limit=60.0)
    assert 0.4 < time.monotonic() - start < 5
    assert_stand_in(train, test, printed)
    minutes = int(re.search(r"at this speed it would take (\d+) minutes more", printed)[1])
    assert 60 < minutes < 200  # 100,000 bytes, each 0.05 seconds or a little more: 83 minutes


@pytest.mark.parametrize("fault", FAULTS)
def test_a_failing_network_leads_to_the_second_address(fault, server, cache, load):
    train, test, printed = load(
        FAULTS[fault][0](server), good(server), read_limit=1.0, total_limit=2.0
    )
    assert_real(train, test)
    assert "Download from" in printed
    assert names(cache) == ["mnist.npz"]


def test_a_server_that_never_accepts_is_left_in_time(load):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        start = time.monotonic()
        address = (f"http://127.0.0.1:{silent.getsockname()[1]}/mnist.npz",)
        train, test, printed = load(address, read_limit=0.4)
        assert time.monotonic() - start < 2
    assert_stand_in(train, test, printed)


def test_a_name_look_up_that_hangs_is_left_in_time(load, monkeypatch):
    # The one thing that no local server can do: the system's look-up has no time limit of its own.
    over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: over.wait(20) and [])
    start = time.monotonic()
    train, test, printed = load(("http://slow.invalid/mnist.npz",), read_limit=0.4)
    assert time.monotonic() - start < 2
    assert_stand_in(train, test, printed)
    assert "no answer" in printed
    over.set()


def test_a_download_without_end_is_stopped(server, load):
    def floods(handler):
        handler.send_response(200)
        handler.end_headers()
        while True:
            handler.wfile.write(bytes(2**16))

    train, test, printed = load(server.on("/a.npz", floods), largest=2**20)
    assert_stand_in(train, test, printed)
    assert "larger than 1 MB" in printed


def test_a_failure_is_remembered_in_this_process(server, load):
    first, second = server.on("/a.npz", waits), (server.address("/gone"),)
    load(first, second, read_limit=0.4)
    assert len(server.requests) == 2
    train, test, printed = load(first, second)  # at once: without asking, there is no waiting
    assert len(server.requests) == 2
    assert_stand_in(train, test, printed)
    assert "it failed before" in printed
    assert "restart the kernel" in printed


def test_a_working_second_address_is_used_after_a_remembered_failure(server, place, load):
    bad = (server.address("/gone"),)
    load(bad)
    assert_real(*load(bad, good(server))[:2])


def test_interrupting_a_download_leaves_nothing(server, cache, load, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(_fetch, "_draw_bar", interrupt)  # as if the learner pressed stop just then
    with pytest.raises(KeyboardInterrupt):
        load(good(server))
    monkeypatch.undo()
    assert names(cache) == []


# --- Certificates -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for 127.0.0.1 that nobody has signed but itself."""
    if shutil.which("openssl") is None:
        pytest.skip("needs the openssl command")
    folder = tmp_path_factory.mktemp("tls")
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1"
        " -addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out cert.pem"
    )
    subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)
    return folder


@pytest.fixture
def tls_server(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    with Server() as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        server.routes["/mnist.npz"] = sends(CONTENT)
        yield server
        server.shutdown()


def test_an_invalid_certificate_is_refused_and_explained(tls_server, cache, load):
    train, test, printed = load((tls_server.address(scheme="https"),))
    assert_stand_in(train, test, printed)
    assert "its certificate was not accepted (self-signed certificate)" in printed
    assert "clock" in printed
    assert "SSL_CERT_FILE" in printed
    assert tls_server.requests == []
    assert names(cache) == []


def test_the_advice_on_certificates_works(tls_server, certificate, load, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "cert.pem"))
    assert_real(*load((tls_server.address(scheme="https"),))[:2])


# --- Files that are damaged ---------------------------------------------------------------------


def changed(**arrays):
    return npz({**ARRAYS, **arrays})


one_pixel = ARRAYS["x_test"].copy()
one_pixel[0, 0, 0] ^= 1
DAMAGED = {
    "empty": b"",
    "truncated": half,
    "garbled": CONTENT[:2000] + bytes(500) + CONTENT[2500:],
    "text": b"<html>Please log in</html>",
    "no archive": b"\x93NUMPY\x01\x00 cut",
    "wrong shape": changed(x_train=ARRAYS["x_train"][:-1], y_train=ARRAYS["y_train"][:-1]),
    "wrong type": changed(x_test=ARRAYS["x_test"].astype(np.float32)),
    "array missing": npz({name: ARRAYS[name] for name in ("x_train", "y_train", "x_test")}),
    "one pixel": changed(x_test=one_pixel),
    "pickle": changed(y_test=np.array([{"a": "pickled object"}], dtype=object)),
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_cache_file_is_set_aside_and_replaced(damage, server, cache, load):
    (cache / "mnist.npz").write_bytes(DAMAGED[damage])
    train, test, printed = load(good(server))
    assert_real(train, test)
    assert names(cache) == ["mnist.npz", "mnist.npz.damaged-1"]
    assert (cache / "mnist.npz.damaged-1").read_bytes() == DAMAGED[damage]
    assert f"{cache / 'mnist.npz'} is damaged (" in printed
    assert "it is kept as mnist.npz.damaged-1" in printed
    assert load()[2] == "MNIST: from Keras' cache.\n"


def test_an_earlier_damaged_file_is_never_overwritten(cache, load):
    (cache / "mnist.npz.damaged-1").write_bytes(b"earlier")
    (cache / "mnist.npz.damaged-2").mkdir()
    (cache / "mnist.npz").write_bytes(b"later")
    assert_stand_in(*load())
    assert (cache / "mnist.npz.damaged-1").read_bytes() == b"earlier"
    assert (cache / "mnist.npz.damaged-3").read_bytes() == b"later"


def test_a_huge_file_is_not_read(cache, load):
    with (cache / "mnist.npz").open("wb") as file:
        file.truncate(2**36)  # 64 GB that take no room
    train, test, printed = load()
    assert_stand_in(train, test, printed)
    assert "larger than 67 MB" in printed


def test_a_good_file_that_comes_while_a_damaged_one_is_read_stays(cache, load, monkeypatch):
    path = cache / "mnist.npz"
    path.write_bytes(half)
    os.utime(path, (1, 1))
    read = _published._read_npz

    def slowly(content, archive):
        if content == half:
            path.write_bytes(CONTENT)  # another notebook's download arrives
        return read(content, archive)

    monkeypatch.setattr(_published, "_read_npz", slowly)
    assert_real(*load()[:2])
    assert names(cache) == ["mnist.npz"]


def test_a_damaged_file_in_the_data_folder_does_not_end_the_search(cache, place, load, monkeypatch):
    (place / "own").mkdir()
    (place / "own" / "mnist.npz").write_bytes(half)
    (cache / "mnist.npz").write_bytes(CONTENT)
    monkeypatch.setenv("DL_COURSE_DATA", str(place / "own"))
    train, test, printed = load()
    assert_real(train, test)
    assert names(place / "own") == ["mnist.npz.damaged-1"]
    assert printed.endswith("MNIST: from Keras' cache.\n")


def test_a_folder_in_place_of_the_file_is_left_alone(server, cache, load):
    (cache / "mnist.npz").mkdir()
    train, test, printed = load(good(server))
    assert_real(train, test)
    assert names(cache) == ["mnist.npz"]
    assert "kept" not in printed


@POSIX
def test_a_pipe_in_place_of_the_file_does_not_hang(cache, load):
    os.mkfifo(cache / "mnist.npz")
    assert_stand_in(*load())


def test_without_even_a_stand_in_the_error_says_what_to_do(place, load):
    path = place / "project data" / "digits.npz"
    for content in (half, b"", None):
        path.unlink() if content is None else path.write_bytes(content)
        with pytest.raises(RuntimeError, match="install the course again.*Received"):
            load()
    assert names(place / "project data") == []


# --- Folders that cannot be written -------------------------------------------------------------


@contextlib.contextmanager
def unprivileged():
    """Give up root's right to write everywhere, for a while; others have no such right."""
    if os.geteuid() != 0:
        yield
        return
    try:
        os.seteuid(65534)
    except PermissionError:
        pytest.skip("root may not become somebody else here")
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def locked(server, load):
    """A folder that, after `lock`, everybody can read and nobody but root can write."""
    if os.name != "posix":
        pytest.skip("needs POSIX permissions")
    load(good(server))  # Python imports what it needs while it may
    folder = Path(tempfile.mkdtemp())  # not in tmp_path, which is closed to others
    yield folder
    for path in (folder, *folder.iterdir()):
        path.chmod(0o755)
    shutil.rmtree(folder)


def lock(folder):
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)


def test_a_cache_that_cannot_be_written(server, locked, load, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(locked))
    lock(locked)
    with unprivileged():
        train, test, printed = load(good(server))
    assert_real(train, test)
    assert "cannot be kept" in printed
    assert "Permission denied" in printed
    assert "KERAS_HOME" in printed
    assert names(locked) == []
    asked = len(server.requests)
    assert_real(*load(good(server))[:2])  # kept for this process
    assert len(server.requests) == asked


def test_a_file_where_the_cache_folder_should_be(server, place, load, monkeypatch):
    (place / "file").write_text("mine")
    monkeypatch.setenv("KERAS_HOME", str(place / "file"))
    train, test, printed = load(good(server))
    assert_real(train, test)
    assert "cannot be kept" in printed
    assert (place / "file").read_text() == "mine"


@pytest.mark.parametrize("variable", ["DL_COURSE_DATA", "KERAS_HOME"])
def test_a_damaged_file_that_cannot_be_renamed_stays(variable, server, locked, load, monkeypatch):
    folder = locked if variable == "DL_COURSE_DATA" else locked / "datasets"
    folder.mkdir(exist_ok=True)
    (folder / "mnist.npz").write_bytes(half)
    lock(locked)
    monkeypatch.setenv(variable, str(locked))
    if variable == "DL_COURSE_DATA":
        monkeypatch.setenv("KERAS_HOME", str(locked / "none"))
    with unprivileged():
        train, test, printed = load(good(server))
    assert_real(train, test)
    assert "cannot be renamed (Permission denied)" in printed
    assert "Put a good copy in its place" in printed
    assert names(folder) == ["mnist.npz"]
    assert (folder / "mnist.npz").read_bytes() == half


def test_a_file_that_cannot_be_renamed_is_not_overwritten_either(server, cache, load, monkeypatch):
    # As on Windows, while another program has the file open: faked, for no POSIX system does this.
    def refuse(path):
        raise PermissionError(13, "Permission denied")

    (cache / "mnist.npz").write_bytes(half)
    monkeypatch.setattr(_fetch, "_rename_to_free_name", refuse)
    train, test, printed = load(good(server))
    assert_real(train, test)
    assert (cache / "mnist.npz").read_bytes() == half
    assert names(cache) == ["mnist.npz"]


def test_a_file_that_may_not_be_read_is_left_alone(server, locked, load, monkeypatch):
    (locked / "mnist.npz").write_bytes(CONTENT)
    lock(locked)
    (locked / "mnist.npz").chmod(0)
    monkeypatch.setenv("DL_COURSE_DATA", str(locked))
    monkeypatch.setenv("KERAS_HOME", str(locked / "none"))
    with unprivileged():
        train, test, printed = load(good(server))
    assert_real(train, test)
    assert "cannot be read (Permission denied)" in printed
    assert "check its permissions" in printed
    assert names(locked) == ["mnist.npz"]


# --- Other processes: full disks, two at once, killed -------------------------------------------

CHILD = """
import json, os, sys
from pathlib import Path
from dl_course import datasets, runtime
from dl_course.datasets import _published

spec = json.loads(sys.argv[1])
spec["arrays"] = {name: (tuple(shape), md5) for name, (shape, md5) in spec["arrays"].items()}
spec["addresses"] = tuple(map(tuple, spec["addresses"]))
datasets._MNIST = _published.Archive(**spec)
runtime.data_folder = lambda: Path(sys.argv[2])
PRELUDE
train, test = datasets.load_mnist()
cache = Path(os.environ["KERAS_HOME"]) / "datasets"
print(json.dumps([len(train), train.source, sorted(os.listdir(cache)) if cache.is_dir() else []]))
"""


@pytest.fixture
def start(place):
    """Start a process that loads the tiny MNIST."""

    def start(*addresses, prelude="", wrap=()):
        fields = vars(archive(*addresses, read_limit=10.0, total_limit=20.0))
        code = CHILD.replace("PRELUDE", prelude)
        command = [*wrap, sys.executable, "-W", "error", "-c", code, json.dumps(fields)]
        return subprocess.Popen(
            [*command, str(place / "project data")],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


def result(process):
    """Wait for a process; return number of images, source, what its cache holds, what it said."""
    printed, errors = process.communicate(timeout=30)
    assert process.returncode == 0, errors
    assert errors == ""
    return *json.loads(printed.splitlines()[-1]), printed


@POSIX
def test_a_full_quota(server, place, start):
    # The system refuses files above 1 kB, as a quota would.
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))"
    number, source, cached, printed = result(start(good(server), prelude=limit))
    assert (number, source, cached) == (60, "MNIST", [])
    assert "cannot be kept" in printed
    assert "Make room there" in printed


def test_a_full_disk(server, place, cache, start):
    # A disk of 16 kB, mounted where only this process and its children see it.
    wrap = ["unshare", "-rm", "sh", "-c", 'mount -t tmpfs -o size=16k none "$0" && exec "$@"']
    try:
        subprocess.run([*wrap, str(cache), "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("may not mount a small disk here")
    (cache / "seen outside").touch()
    number, source, cached, printed = result(start(good(server), wrap=[*wrap, str(cache)]))
    assert (number, source, cached) == (60, "MNIST", [])
    assert "No space left on device" in printed
    assert names(cache) == ["seen outside"]


def test_two_processes_at_once(server, cache, start):
    both = threading.Barrier(2)

    def route(handler):
        both.wait(20)  # neither is served before the other asks
        sends(CONTENT)(handler)

    address = server.on("/mnist.npz", route)
    for number, source, *_ in map(result, [start(address), start(address)]):
        assert (number, source) == (60, "MNIST")
    assert len(server.requests) == 2
    assert names(cache) == ["mnist.npz"]
    assert result(start())[:2] == (60, "MNIST")


def test_two_processes_find_the_same_damaged_file(server, cache, start):
    (cache / "mnist.npz").write_bytes(half)
    address = good(server)
    for number, source, *_ in map(result, [start(address), start(address)]):
        assert (number, source) == (60, "MNIST")
    assert names(cache) == ["mnist.npz", "mnist.npz.damaged-1"]
    assert (cache / "mnist.npz").read_bytes() == CONTENT
    assert (cache / "mnist.npz.damaged-1").read_bytes() == half


@POSIX
def test_killed_in_the_middle_of_a_download_and_started_again(server, cache, start):
    sent = threading.Event()

    def route(handler):
        sends(half, claimed=len(CONTENT), then=lambda _: (sent.set(), waits(handler)))(handler)

    process = start(server.on("/mnist.npz", route))
    assert sent.wait(20)
    process.kill()
    process.communicate()
    assert names(cache) == []
    assert result(start(good(server)))[:3] == (60, "MNIST", ["mnist.npz"])
    assert (cache / "mnist.npz").read_bytes() == CONTENT


@POSIX
@pytest.mark.parametrize("step", ["os.fsync", "Path.replace"])
def test_killed_while_writing_and_started_again(step, server, cache, start):
    kill = f"{step} = lambda *_: os.kill(os.getpid(), {int(signal.SIGKILL)})"
    process = start(good(server), prelude=kill)
    process.communicate(timeout=30)
    assert process.returncode == -signal.SIGKILL
    (left,) = names(cache)
    assert left.startswith("mnist.npz.")
    assert left.endswith(".part")
    number, source, cached, _ = result(start(good(server)))
    assert (number, source) == (60, "MNIST")
    assert "mnist.npz" in cached


# --- Folders of pictures ------------------------------------------------------------------------


def paint(path, colour="red", size=(12, 8), mode="RGB", **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, colour).save(path, **options)


def png_claiming(width, height):
    """The beginning of a PNG that claims a size; small as a file, huge as a picture."""

    def chunk(kind, content):
        checksum = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


@pytest.fixture
def pictures(tmp_path):
    paint(tmp_path / "a" / "1.png")
    paint(tmp_path / "b" / "1.png")
    return tmp_path


def first_pixels(folder, **options):
    """The mean colour of every picture of class b, in bytes."""
    data = datasets.load_image_folder(folder, image_size=4, **options)
    return (data.images[data.labels == 1].mean((1, 2)) * 255).round().astype(int).tolist()


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda p: None, "there is none here. Received: .*folder"),
        (lambda p: p.write_text("a file"), "there is none here"),
        (lambda p: p.mkdir(), "there is no sub-folder"),
        (lambda p: paint(p / "1.png"), "there is no sub-folder"),
        (lambda p: paint(p / "cats" / "1.png"), "there is only 'cats'"),
        (lambda p: (paint(p / "a/1.png"), (p / "b").mkdir()), "Received: none in b"),
        (lambda p: ((p / "a").mkdir(parents=True), (p / "b").mkdir()), "Received: none in a, b"),
        (
            lambda p: (paint(p / "a/1.png"), paint(p / "b/1.png"), (p / "b/1.png").write_text("x")),
            "put some in.*Received: none in b",
        ),
    ],
)
def test_folders_without_enough_pictures_are_refused(make, words, tmp_path):
    make(tmp_path / "folder")
    with pytest.raises(ValueError, match=words):
        datasets.load_image_folder(tmp_path / "folder", image_size=4)


def test_files_that_are_no_pictures_are_skipped_with_a_count(pictures, capsys):
    whole = (pictures / "a" / "1.png").read_bytes()
    paint(pictures / "b" / "2.jpg", size=(300, 200))
    cut = (pictures / "b" / "2.jpg").read_bytes()[:700]
    for name, content in {
        "a/notes.txt": b"notes",
        "a/empty.png": b"",
        "a/cut.png": whole[:50],
        "a/garbled.png": whole[:40] + bytes(20) + whole[60:],
        "b/cut.jpg": cut,
        "b/big.png": png_claiming(10_000, 10_000),  # above Pillow's warning
        "b/huge.png": png_claiming(100_000, 100_000),  # above its limit
    }.items():
        (pictures / name).write_bytes(content)
    data = datasets.load_image_folder(pictures, image_size=4)
    assert data.labels.tolist() == [0, 1, 1]
    assert capsys.readouterr().out == (
        "Skipped 7 files, no usable pictures:"
        " a/cut.png, a/empty.png, a/garbled.png, a/notes.txt, b/big.png, … 2 more.\n"
    )


def test_pictures_above_pillows_limit_are_skipped_though_readable(pictures, monkeypatch, capsys):
    for side in (31, 40, 50):
        paint(pictures / "b" / f"{side}.png", size=(side, side))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)  # Pillow warns above, refuses above twice
    assert len(datasets.load_image_folder(pictures, image_size=4)) == 3
    assert "Skipped 2 files" in capsys.readouterr().out


def test_one_skipped_file_is_named(pictures, capsys):
    (pictures / "b" / "x.txt").write_text("x")
    datasets.load_image_folder(pictures, image_size=4)
    printed = capsys.readouterr().out
    assert printed == "Skipped 1 file, no usable picture: b/x.txt.\n"


def test_hidden_files_and_deeper_folders_are_ignored(pictures, capsys):
    paint(pictures / "b" / "deeper" / "1.png")
    (pictures / "b" / ".thumbs").write_text("x")
    assert len(datasets.load_image_folder(pictures, image_size=4)) == 2
    assert capsys.readouterr().out == ""


@POSIX
def test_a_pipe_and_a_dead_link_among_the_pictures_do_not_hang(pictures, capsys):
    os.mkfifo(pictures / "b" / "pipe.png")
    (pictures / "b" / "link.png").symlink_to(pictures / "gone.png")
    assert len(datasets.load_image_folder(pictures, image_size=4)) == 2
    assert "Skipped 2 files" in capsys.readouterr().out


@POSIX
def test_names_that_are_no_text_can_be_printed(pictures, capsys):
    try:
        (pictures / os.fsdecode(b"caf\xe9")).mkdir()
    except OSError:
        pytest.skip("this disk refuses such names")
    paint(pictures / os.fsdecode(b"caf\xe9") / "1.png")
    data = datasets.load_image_folder(pictures, image_size=4)
    assert data.class_names == ("a", "b", "caf\ufffd")
    assert data._repr_html_().encode()


def test_grey_pictures_become_three_equal_channels(pictures):
    paint(pictures / "b" / "1.png", 100, mode="L")
    paint(pictures / "b" / "2.png", 1, mode="1")
    deep = np.full((8, 12), 100 * 256, np.uint16)
    Image.fromarray(deep).save(pictures / "b" / "3.png")
    assert first_pixels(pictures) == [[100] * 3, [255] * 3, [100] * 3]


def test_transparent_pictures_show_white(pictures):
    paint(pictures / "b" / "1.png", (255, 0, 0, 0), mode="RGBA")
    paint(pictures / "b" / "2.png", (255, 0, 0, 51), mode="RGBA")  # a fifth red, the rest white
    paint(pictures / "b" / "3.png", (0, 0), mode="LA")
    palette = Image.new("P", (12, 8), 2)
    palette.putpalette([0, 0, 0, 9, 9, 9, 255, 0, 0])
    palette.save(pictures / "b" / "4.png", transparency=2)
    expected = [[255, 255, 255], [255, 204, 204], [255, 255, 255], [255, 255, 255]]
    assert first_pixels(pictures) == expected


def test_printing_colours_become_screen_colours(pictures):
    paint(pictures / "b" / "1.jpg", (255, 0, 0, 0), mode="CMYK", quality=95)
    pixel = first_pixels(pictures)[0]
    np.testing.assert_allclose(pixel, [0, 255, 255], atol=4)  # cyan


def test_the_first_frame_of_an_animation_counts(pictures):
    frames = [Image.new("RGB", (12, 8), colour) for colour in ("blue", "red", "lime")]
    frames[0].save(pictures / "b" / "1.gif", save_all=True, append_images=frames[1:], duration=50)
    (pictures / "b" / "1.png").unlink()
    assert first_pixels(pictures) == [[0, 0, 255]]


def test_the_orientation_of_the_camera_is_respected(pictures):
    left_red = Image.new("RGB", (40, 20), "blue")
    left_red.paste("red", (0, 0, 20, 20))
    turned = Image.Exif()
    turned[0x0112] = 6  # to be shown turned a quarter clockwise: the left becomes the top
    (pictures / "b" / "1.png").unlink()
    left_red.save(pictures / "b" / "1.jpg", exif=turned, quality=95)
    image = datasets.load_image_folder(pictures, image_size=(20, 10)).images[1]
    np.testing.assert_allclose(image[:8].mean((0, 1)), [1, 0, 0], atol=0.03)
    np.testing.assert_allclose(image[-8:].mean((0, 1)), [0, 0, 1], atol=0.03)


# --- Trained weights ----------------------------------------------------------------------------


def weights_file(number=12, value=0.5):
    """An HDF5 file laid out as Keras does it: groups in groups, with arrays of numbers."""
    with h5py.File(file := io.BytesIO(), "w") as h5:
        group = h5.create_group("conv1/conv1")
        group["kernel:0"] = np.full((2, number // 2), value, np.float32)
        h5.create_group("conv1_relu")
    return file.getvalue()


WEIGHTS = weights_file()
MODEL = "mobilenet_2_5_128_tf_no_top.h5"  # its digest is known to nobody


def sha256(content):
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def weights(place, capsys):
    """Fetch tiny weights from an address; return path and phrase, or None, and what was printed."""

    def weights(address=NOWHERE, *, check=None, **limits):
        limits = {"read_limit": 5.0, "total_limit": 5.0, **limits}
        found = _fetch.fetch(
            _published.PlainFile(
                file_name=MODEL,
                addresses=(address,),
                cache="models",
                check=check or _published.keras_weights(12),
                **limits,
            )
        )
        usable = found is not None and found.path is not None
        return (found.path, found.where) if usable else None, capsys.readouterr().out

    return weights


@pytest.fixture
def models(place):
    folder = place / "keras" / "models"
    folder.mkdir(parents=True)
    return folder


def test_weights_come_from_places_in_their_order(server, place, weights, monkeypatch):
    address = server.on(f"/{MODEL}", sends(WEIGHTS))
    cached = place / "keras" / "models" / MODEL
    found, printed = weights(address)
    assert found == (
        cached,
        f"downloaded from 127.0.0.1:{server.server_port}, kept in Keras' cache",
    )
    assert printed == f"\r{MODEL} [####################] 0.0 MB\n"
    assert cached.read_bytes() == WEIGHTS
    assert weights(address) == ((cached, "from Keras' cache"), "")

    own = place / "own" / MODEL
    own.parent.mkdir()
    shutil.copy(cached, own)
    monkeypatch.setenv("DL_COURSE_DATA", str(own.parent))
    assert weights(address) == ((own, "from the folder in $DL_COURSE_DATA"), "")
    assert len(server.requests) == 1


def test_offline_forbids_the_network_for_weights_too(server, weights, monkeypatch):
    monkeypatch.setenv("DL_COURSE_OFFLINE", "1")
    assert weights(server.on(f"/{MODEL}", sends(WEIGHTS))) == (None, "")
    assert server.requests == []


half_weights = WEIGHTS[: len(WEIGHTS) // 2]
BAD_WEIGHTS = {
    "empty": (b"", "it cannot be read (OSError"),
    "truncated": (half_weights, "truncated file"),
    "a log-in page": (b"<html>Please log in</html>", "file signature not found"),
    "signature alone": (WEIGHTS[:8] + bytes(len(WEIGHTS)), "it cannot be read"),
    "other width": (weights_file(20), "it holds 20 weights, expected 12"),
    "nothing in it": (weights_file(0), "it holds 0 weights, expected 12"),
    "not finite": (weights_file(value=np.nan), "not all of its weights are finite numbers"),
}


@pytest.mark.parametrize("fault", BAD_WEIGHTS)
def test_bad_weights_are_not_used(fault, server, models, weights):
    content, words = BAD_WEIGHTS[fault]
    found, printed = weights(server.on("/w.h5", sends(content, claimed=False)))
    assert found is None
    assert f"127.0.0.1:{server.server_port} failed: what it sent is not the published" in printed
    assert words in printed
    assert names(models) == []


@pytest.mark.parametrize("fault", BAD_WEIGHTS)
def test_bad_weights_in_the_cache_are_set_aside_and_replaced(fault, server, models, weights):
    content, words = BAD_WEIGHTS[fault]
    (models / MODEL).write_bytes(content)
    found, printed = weights(server.on("/w.h5", sends(WEIGHTS)))
    assert found[0] == models / MODEL
    assert found[0].read_bytes() == WEIGHTS
    assert names(models) == [MODEL, f"{MODEL}.damaged-1"]
    assert (models / f"{MODEL}.damaged-1").read_bytes() == content
    assert f"{models / MODEL} is damaged (" in printed
    assert words in printed


NO_WEIGHTS = {
    "refuses": (refuses, "it cannot be reached"),
    "404": (lambda s: (s.address("/gone"),), "it answered 404 Not Found"),
    "half": (lambda s: s.on("/w", sends(half_weights, claimed=len(WEIGHTS))), "broke off after"),
    "never answers": (lambda s: s.on("/w", waits), "no answer, or no more of it, within 0.3"),
    "stalls": (
        lambda s: s.on("/w", sends(half_weights, claimed=len(WEIGHTS), then=waits)),
        "no answer, or no more of it, within 0.3 seconds",
    ),
    "dribbles": (lambda s: s.on("/w", dribbles), "within the total time limit"),
    "too large": (lambda s: s.on("/w", sends(bytes(2**21))), "it is larger than 1 MB"),
}


@pytest.mark.parametrize("fault", NO_WEIGHTS)
def test_no_weights_over_a_failing_network(fault, server, models, weights):
    make, words = NO_WEIGHTS[fault]
    start = time.monotonic()
    found, printed = weights(make(server), read_limit=0.3, total_limit=0.6, largest=2**20)
    assert time.monotonic() - start < 2
    assert found is None
    assert words in printed
    assert names(models) == []


def test_measured_weights_must_be_the_same_to_the_byte(server, models, weights):
    check = _published.same_bytes(len(WEIGHTS), sha256(WEIGHTS))
    other = weights_file(value=0.25)  # whole and finite, as many numbers, not the published ones
    assert len(other) == len(WEIGHTS)
    (models / MODEL).write_bytes(other)
    found, printed = weights(server.on("/w.h5", sends(WEIGHTS)), check=check)
    assert found[0].read_bytes() == WEIGHTS
    assert "is damaged (it differs from the published file)" in printed
    (models / MODEL).write_bytes(half_weights)
    found, printed = weights(check=check)
    assert found is None
    assert f"it has {len(half_weights):,} bytes, expected {len(WEIGHTS):,}" in printed
    assert names(models) == [f"{MODEL}.damaged-1", f"{MODEL}.damaged-2"]


def test_weights_in_a_cache_that_can_only_be_read(server, locked, weights, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(locked))
    (locked / "models").mkdir()
    (locked / "models" / MODEL).write_bytes(WEIGHTS)
    lock(locked)
    with unprivileged():
        found, printed = weights()
    assert found == (locked / "models" / MODEL, "from Keras' cache")
    assert printed == ""


def test_weights_that_the_cache_cannot_take(server, locked, weights, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(locked))
    address = server.on("/w.h5", sends(WEIGHTS))
    asked = len(server.requests)
    lock(locked)
    with unprivileged():
        (path, where), printed = weights(address)
        assert weights(address) == ((path, "from a temporary folder of this session"), "")
    assert path.name == MODEL
    assert path.read_bytes() == WEIGHTS
    assert where == f"downloaded from 127.0.0.1:{server.server_port}"
    assert f"cannot be kept in {locked / 'models'} (Permission denied)" in printed
    assert "fetched again next time" in printed
    assert "KERAS_HOME" in printed
    assert len(server.requests) == asked + 1
    assert names(locked) == []
    shutil.rmtree(path.parent)


def test_damaged_weights_that_cannot_be_renamed_are_not_used(server, locked, weights, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(locked))
    (locked / "models").mkdir()
    (locked / "models" / MODEL).write_bytes(half_weights)
    lock(locked)
    with unprivileged():
        (path, _), printed = weights(server.on("/w.h5", sends(WEIGHTS)))
    assert "cannot be renamed (Permission denied)" in printed
    assert path.parent != locked / "models"
    assert path.read_bytes() == WEIGHTS
    assert (locked / "models" / MODEL).read_bytes() == half_weights
    shutil.rmtree(path.parent)


def test_weights_that_nothing_can_take(server, locked, weights, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(locked))
    monkeypatch.setattr(tempfile, "tempdir", str(locked))
    lock(locked)
    with unprivileged():
        found, printed = weights(server.on("/w.h5", sends(WEIGHTS)))
    assert found is None
    assert "A temporary folder cannot take it either (Permission denied)." in printed
    assert names(locked) == []


def test_a_temporary_file_goes_with_its_process(place, python):
    (place / "keras").write_text("a file where the cache should be")
    code = (
        "from pathlib import Path; from dl_course.datasets import _fetch;"
        f"path = _fetch._keep(b'content', Path({str(place / 'keras')!r}, 'models', 'a.h5'));"
        "assert path.read_bytes() == b'content'; print(path)"
    )
    command = [python, "-W", "error", "-c", code]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=env, check=True, capture_output=True, text=True)
    notice, path = done.stdout.splitlines()
    assert "cannot be kept" in notice
    assert path.endswith("a.h5")
    assert not Path(path).parent.exists()
    assert done.stderr == ""


# --- Flowers ------------------------------------------------------------------------------------

KINDS = ("daisy", "dandelion", "roses", "sunflowers", "tulips")


def jpeg(colour="red"):
    Image.new("RGB", (12, 8), colour).save(file := io.BytesIO(), "JPEG", quality=95)
    return file.getvalue()


def member(name, content=b"", **fields):
    """One entry of an archive, with any field changed."""
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for field, value in fields.items():
        setattr(info, field, value)
    return info, content


def tgz(*members):
    with tarfile.open(fileobj=(file := io.BytesIO()), mode="w:gz") as tar:
        for info, content in members:
            tar.addfile(info, io.BytesIO(content))
    return file.getvalue()


GOOD_FLOWERS = [
    member(f"flower_photos/{kind}/{number}_n.jpg", jpeg()) for kind in KINDS for number in range(2)
]
FLOWERS = tgz(member("flower_photos/LICENSE.txt", b"CC BY"), *GOOD_FLOWERS)
HALF_FLOWERS = FLOWERS[: len(FLOWERS) // 2]


@pytest.fixture
def flowers(place, monkeypatch, capsys):
    """Load flowers from an address that should send a content; return them and what was printed."""
    original = datasets._FLOWER_PHOTOS

    def flowers(address=NOWHERE, *, content=FLOWERS, limits=None, **options):
        check = _published.same_bytes(len(content), sha256(content))
        limits = {"read_limit": 5.0, "total_limit": 5.0, "largest": 2**20, **(limits or {})}
        described = replace(original, check=check, addresses=(address,), **limits)
        monkeypatch.setattr(datasets, "_FLOWER_PHOTOS", described)
        data = datasets.load_flowers(**{"image_size": 4, "per_class": 2, **options})
        return data, capsys.readouterr().out

    return flowers


def assert_flowers(data):
    assert not data.is_stand_in
    assert data.class_names == KINDS
    assert data.images.shape == (10, 4, 4, 3)
    np.testing.assert_allclose(data.images.mean((0, 1, 2)), [1, 0, 0], atol=0.02)


def assert_patches(data, printed):
    assert data.is_stand_in
    assert data.source.startswith("stand-in patches of scikit-image's pictures")
    assert data.source.endswith("not flowers")
    assert data.images.shape == (10, 4, 4, 3)
    assert data.labels.tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    assert data.class_names[:3] == ("brick", "grass", "gravel")
    assert "using patches of scikit-image's pictures in their place" in printed
    assert "not for flowers" in printed
    assert "call load_flowers() where there is a network" in printed
    assert "DL_COURSE_DATA" in printed


def test_flowers_come_from_places_in_their_order(server, place, cache, flowers, monkeypatch):
    address = server.on("/flower_photos.tgz", sends(FLOWERS))
    data, printed = flowers(address, download=False)
    assert_patches(data, printed)
    assert "are not here and a download was not asked for" in printed
    assert server.requests == []

    data, printed = flowers(address)
    assert_flowers(data)
    host = f"127.0.0.1:{server.server_port}"
    assert printed.endswith(f"Flowers: downloaded from {host}, kept in Keras' cache.\n")
    assert names(cache) == ["flower_photos.tgz"]

    data, printed = flowers(address)
    assert_flowers(data)
    assert printed == "Flowers: from Keras' cache.\n"

    (place / "own").mkdir()
    shutil.copy(cache / "flower_photos.tgz", place / "own")
    monkeypatch.setenv("DL_COURSE_DATA", str(place / "own"))
    data, printed = flowers(address)
    assert_flowers(data)
    assert printed == "Flowers: from the folder in $DL_COURSE_DATA.\n"
    assert len(server.requests) == 1
    assert names(place / "own") == ["flower_photos.tgz"]  # nothing is unpacked
    assert names(cache) == ["flower_photos.tgz"]


def test_offline_forbids_the_download_of_flowers(server, flowers, monkeypatch):
    monkeypatch.setenv("DL_COURSE_OFFLINE", "1")
    address = server.on("/flower_photos.tgz", sends(FLOWERS))
    data, printed = flowers(address)
    assert_patches(data, printed)
    assert "DL_COURSE_OFFLINE forbids the network" in printed
    assert server.requests == []


def test_patches_stand_in_for_any_wish(flowers):
    data, _ = flowers(per_class=100, image_size=(6, 8), classes=["tulips", "roses"])
    assert data.is_stand_in
    assert data.images.shape == (200, 6, 8, 3)
    assert data.class_names == ("brick", "grass")
    assert len({patch.tobytes() for patch in data.images}) == 200
    again, _ = flowers(per_class=100, image_size=(6, 8), classes=["tulips", "roses"])
    np.testing.assert_array_equal(again.images, data.images)


NO_FLOWERS = {
    "404": (lambda s: (s.address("/gone"),), "it answered 404 Not Found"),
    "half": (lambda s: s.on("/f", sends(HALF_FLOWERS, claimed=len(FLOWERS))), "broke off after"),
    "half, no length": (
        lambda s: s.on("/f", sends(HALF_FLOWERS, claimed=False)),
        "bytes, expected",
    ),
    "other data": (lambda s: s.on("/f", sends(bytes(len(FLOWERS)))), "it differs from the publ"),
    "stalls": (
        lambda s: s.on("/f", sends(HALF_FLOWERS, claimed=len(FLOWERS), then=waits)),
        "no answer, or no more of it, within 0.3 seconds",
    ),
    "too large": (lambda s: s.on("/f", sends(bytes(2**21))), "it is larger than 1 MB"),
}


@pytest.mark.parametrize("fault", NO_FLOWERS)
def test_a_failing_network_leads_to_patches(fault, server, cache, flowers):
    make, words = NO_FLOWERS[fault]
    limits = {"read_limit": 0.3, "total_limit": 0.6}
    data, printed = flowers(make(server), limits=limits)
    assert_patches(data, printed)
    assert words in printed
    assert "are not here and could not be downloaded" in printed
    assert names(cache) == []


def test_a_damaged_archive_of_flowers_is_set_aside(server, cache, flowers):
    (cache / "flower_photos.tgz").write_bytes(FLOWERS[:-1])
    data, printed = flowers()
    assert_patches(data, printed)
    assert "it is kept as flower_photos.tgz.damaged-1" in printed
    assert (cache / "flower_photos.tgz.damaged-1").read_bytes() == FLOWERS[:-1]


def test_flowers_that_the_cache_cannot_take(server, locked, flowers, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(locked))
    address = server.on("/flower_photos.tgz", sends(FLOWERS))
    lock(locked)
    with unprivileged():
        data, printed = flowers(address)
        again, once_more = flowers(address)
    assert_flowers(data)
    assert "cannot be kept" in printed
    assert_flowers(again)
    assert once_more == "Flowers: from a temporary folder of this session.\n"


HOSTILE = [
    member("../../../roses/evil.jpg", jpeg("lime")),
    member("/flower_photos/roses/evil.jpg", jpeg("lime")),
    member("flower_photos/../roses/evil.jpg", jpeg("lime")),
    member("flower_photos/roses/../evil.jpg", jpeg("lime")),
    member("flower_photos/roses/deeper/evil.jpg", jpeg("lime")),
    member("flower_photos/roses/ev\x1b[2J\nil.jpg", jpeg("lime")),
    member("flower_photos/roses/evil.jpg.exe", jpeg("lime")),
    member("flower_photos/roses/", type=tarfile.DIRTYPE),
    member("flower_photos/roses/folder.jpg", type=tarfile.DIRTYPE),
    member("flower_photos/roses/link.jpg", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
    member("flower_photos/roses/hard.jpg", type=tarfile.LNKTYPE, linkname="/etc/passwd"),
    member("flower_photos/roses/pipe.jpg", type=tarfile.FIFOTYPE),
    member("flower_photos/roses/disk.jpg", type=tarfile.CHRTYPE, devmajor=1, devminor=5),
    member("flower_photos/roses/huge.jpg", jpeg("lime") + bytes(2**24)),
    member("flower_photos/lilies/1.jpg", jpeg("lime")),
    member("roses.jpg", jpeg("lime")),
]


def test_hostile_members_of_an_archive_are_ignored(server, place, cache, flowers, monkeypatch):
    monkeypatch.chdir(place)
    content = tgz(*HOSTILE[:8], *GOOD_FLOWERS, *HOSTILE[8:])
    (cache / "flower_photos.tgz").write_bytes(content)
    before = sorted(place.rglob("*"))
    for seed in range(3):
        data, printed = flowers(content=content, seed=seed)
        assert_flowers(data)
        assert printed == "Flowers: from Keras' cache.\n"
    assert sorted(place.rglob("*")) == before  # nothing is unpacked


def test_the_order_of_an_archive_may_be_any_and_names_may_come_twice(cache, flowers):
    content = tgz(*reversed(GOOD_FLOWERS), *GOOD_FLOWERS[:3])
    (cache / "flower_photos.tgz").write_bytes(content)
    assert_flowers(flowers(content=content)[0])


UNREADABLE = {
    "no picture": b"<html>",
    "empty": b"",
    "cut": jpeg()[:300],
    "huge": png_claiming(100_000, 100_000),
}


@pytest.mark.parametrize("fault", UNREADABLE)
def test_unreadable_flowers_are_replaced_by_others(fault, cache, flowers):
    bad = [member(f"flower_photos/tulips/bad{n}.jpg", UNREADABLE[fault]) for n in range(5)]
    content = tgz(*bad, *GOOD_FLOWERS)
    (cache / "flower_photos.tgz").write_bytes(content)
    for seed in range(3):
        data, printed = flowers(content=content, seed=seed)
        assert_flowers(data)
        assert printed == "Flowers: from Keras' cache.\n"


NOT_ENOUGH = {
    "one unreadable": tgz(*GOOD_FLOWERS[:-1], member(GOOD_FLOWERS[-1][0].name, b"<html>")),
    "one missing": tgz(*GOOD_FLOWERS[:-1]),
    "no archive": b"<html>",
    "no members": tgz(),
    "cut short": HALF_FLOWERS,
    "not gzip": gzip.compress(b"no tar" * 999),
}


@pytest.mark.parametrize("fault", NOT_ENOUGH)
def test_an_archive_without_enough_flowers_leads_to_patches(fault, cache, flowers):
    content = NOT_ENOUGH[fault]  # with the right checksum, which no real one has
    (cache / "flower_photos.tgz").write_bytes(content)
    data, printed = flowers(content=content)
    assert_patches(data, printed)
    assert "are here and of no use: it" in printed
    assert "cannot be read" in printed or "readable pictures of" in printed
    assert names(cache) == ["flower_photos.tgz"]
