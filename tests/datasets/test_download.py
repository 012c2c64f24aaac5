"""Everything that goes wrong with a download: broken networks, files, disks and processes.

Nothing is faked that can be had: a real server on 127.0.0.1, real files, processes that are killed.
"""

import contextlib
import hashlib
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest
from support import ROOT

from dl_course.datasets import _download

POSIX = pytest.mark.skipif(os.name != "posix", reason="needs POSIX")
CONTENT = bytes(range(256)) * 40
HALF, OTHER = CONTENT[: len(CONTENT) // 2], CONTENT[::-1]
NOWHERE = ("http://127.0.0.1:9/file.bin",)


def sums(content=CONTENT):
    return len(content), hashlib.sha256(content).hexdigest()


@pytest.fixture
def get(place, capsys):
    """Fetch the file from some addresses; return what was found, and what was printed."""

    def get(*addresses, unpacked=None, download=True, **fields):
        fields = {"read_limit": 5.0, "total_limit": 5.0, **fields}
        published = _download.Published(
            file_name="file.bin",
            addresses=addresses or (NOWHERE,),
            read=_download.same_bytes(*sums()),
            **fields,
        )
        found = _download.fetch(published, download=download, unpacked=unpacked)
        assert found is None or found.data == CONTENT
        return found, capsys.readouterr().out

    return get


@pytest.fixture
def good(server):
    return server.sends("/good/file.bin", CONTENT)


# --- Where data comes from ----------------------------------------------------------------------


def test_sources_in_their_order(server, good, place, cache, get, monkeypatch, names):
    path = cache / "file.bin"
    where = f"downloaded from {server.host}, kept in Keras' cache"
    assert get(good) == (
        (CONTENT, where, path),
        "\rfile.bin [####################] 0.0 MB\n",
    )
    assert names(cache) == ["file.bin"]
    assert path.read_bytes() == CONTENT
    assert get(good) == ((CONTENT, "from Keras' cache", path), "")
    (place / "own").mkdir()
    own = Path(shutil.copy(path, place / "own"))
    monkeypatch.setenv("DL_COURSE_DATA", str(place / "own"))
    assert get(good) == ((CONTENT, "from the folder in $DL_COURSE_DATA", own), "")
    assert len(server.requests) == 1


def test_the_home_folder_is_the_cache_without_keras_home(place, get, monkeypatch, good):
    monkeypatch.delenv("KERAS_HOME")
    monkeypatch.setenv("HOME", str(place / "home"))
    monkeypatch.setenv("USERPROFILE", str(place / "home"))
    assert get(good, cache="models")[0].path == place / "home" / ".keras" / "models" / "file.bin"
    monkeypatch.setenv("DL_COURSE_DATA", "~/.keras/models")
    assert get()[0].where == "from the folder in $DL_COURSE_DATA"


def test_downloads_can_be_forbidden_or_not_wanted(server, good, get, monkeypatch):
    assert get(good, download=False) == (None, "")
    assert _download.why_not(False) == "a download was not asked for"
    monkeypatch.setenv("DL_COURSE_OFFLINE", "1")
    assert get(good) == (None, "")
    assert _download.why_not() == "DL_COURSE_OFFLINE forbids the network"
    assert server.requests == []
    monkeypatch.setenv("DL_COURSE_OFFLINE", "0")
    assert get(good)[0]
    assert _download.why_not() == "could not be downloaded"


def test_a_data_folder_that_does_not_exist_is_named(good, place, get, monkeypatch):
    monkeypatch.setenv("DL_COURSE_DATA", str(place / "typo"))
    found, printed = get(good)
    assert found
    assert f"DL_COURSE_DATA names a folder that does not exist: {place / 'typo'}" in printed


def test_another_form_is_asked_for_in_each_place_where_the_file_is_missing(own, cache, get):
    asked = []
    assert get(unpacked=lambda *place: asked.append(place), download=False) == (None, "")
    assert asked == [("from the folder in $DL_COURSE_DATA", own), ("from Keras' cache", cache)]
    other = _download.Found(CONTENT, "unpacked", own)
    assert get(unpacked=lambda *_: other) == (other, "")
    (own / "file.bin").write_bytes(CONTENT)
    assert get(unpacked=lambda *_: other)[0].where == "from the folder in $DL_COURSE_DATA"


def test_a_file_may_come_in_parts(server, cache, get):
    parts = server.sends("/1", HALF) + server.sends("/2", CONTENT[len(HALF) :])
    assert get(parts)[0]
    assert (cache / "file.bin").read_bytes() == CONTENT


# --- Networks that fail -------------------------------------------------------------------------


def refuses(server):
    with socket.create_server(("127.0.0.1", 0)) as free:
        return (f"http://127.0.0.1:{free.getsockname()[1]}/file.bin",)


def floods(handler):
    while True:
        handler.wfile.write(bytes(2**16))


def says_nonsense(handler):
    handler.wfile.write(b"\x00\xff nothing like HTTP\r\n\r\n")


FAULTS = {
    "refuses": (refuses, "it cannot be reached"),
    "unknown name": (lambda s: ("http://no-such.invalid/a",), "from no-such.invalid failed"),
    "404": (lambda s: s.fails("/a", 404), "it answered 404 Not Found"),
    "503": (lambda s: s.fails("/a", 503), "it answered 503"),
    "half": (
        lambda s: s.sends("/a", HALF, claimed=len(CONTENT)),
        f"ended after {len(HALF):,} of {len(CONTENT):,} bytes",
    ),
    "half, no length": (lambda s: s.sends("/a", HALF, claimed=False), "bytes, expected"),
    "a log-in page": (
        lambda s: s.sends("/a", b"<html>Log in</html>"),
        "what it sent is not the published data: it has 19 bytes, expected 10,240",
    ),
    "other data": (lambda s: s.sends("/a", OTHER), "it differs from the published file"),
    "no HTTP": (lambda s: s.on("/a", says_nonsense), "broke off"),
    "never answers": (lambda s: s.on("/a", s.waits), "no answer, or no more of it, within 0.4 sec"),
    "stalls": (
        lambda s: s.sends("/a", HALF, claimed=len(CONTENT), then=s.waits),
        "no answer, or no more of it, within 0.4 seconds",
    ),
    "dribbles": (lambda s: s.dribbles("/a", claimed=False), "within the total time limit"),
    "dribbles, tells its size": (
        lambda s: s.dribbles("/a", claimed=100_000),
        "at this speed it would take",
    ),
    "floods": (
        lambda s: s.sends("/a", b"", claimed=False, then=floods),
        "what it sent is not the published data: it is larger than 1 MB",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_failing_network_leads_to_the_next_address_in_time(
    fault, server, good, cache, get, names
):
    make, words = FAULTS[fault]
    start = time.monotonic()
    found, printed = get(make(server), good, read_limit=0.4, total_limit=1.0, largest=2**20)
    assert time.monotonic() - start < 3
    assert found
    assert words in printed
    assert names(cache) == ["file.bin"]


@pytest.mark.parametrize("fault", ["half", "other data", "stalls"])
def test_nothing_is_left_of_a_failed_download(fault, server, cache, get, names):
    found, _ = get(FAULTS[fault][0](server), read_limit=0.4)
    assert found is None
    assert names(cache) == []


def test_a_download_that_cannot_end_in_time_is_given_up_early(server, get):
    start = time.monotonic()
    found, printed = get(server.dribbles("/a", 100_000), read_limit=0.4, total_limit=60.0)
    assert 0.4 < time.monotonic() - start < 5
    assert found is None
    minutes = int(re.search(r"at this speed it would take (\d+) minutes more", printed)[1])
    assert 60 < minutes < 200  # 100,000 bytes, each 0.05 seconds or a little more: 83 minutes


def test_a_server_that_never_accepts_is_left_in_time(get):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        start = time.monotonic()
        address = (f"http://127.0.0.1:{silent.getsockname()[1]}/file.bin",)
        assert get(address, read_limit=0.4)[0] is None
        assert time.monotonic() - start < 2


def test_a_name_look_up_that_hangs_is_left_in_time(get, monkeypatch):
    # The one thing that no local server can do: the system's look-up has no time limit of its own.
    over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: over.wait(20) and [])
    start = time.monotonic()
    found, printed = get(("http://slow.invalid/file.bin",), read_limit=0.4)
    assert time.monotonic() - start < 2
    assert found is None
    assert "no answer" in printed
    over.set()


def test_a_proxy_that_refuses_is_named_in_the_notice(server, get, monkeypatch):
    monkeypatch.delenv("NO_PROXY")
    monkeypatch.setenv("http_proxy", f"http://{server.host}")
    server.fails("http://example.invalid/file.bin", 407)
    found, printed = get(("http://example.invalid/file.bin",))
    assert found is None
    assert "example.invalid failed: it answered 407 Proxy Authentication Required" in printed


def test_a_failure_is_remembered_in_this_process(server, good, get):
    bad = server.on("/a", server.waits)
    get(bad, read_limit=0.4)
    found, printed = get(bad)  # at once: without asking, there is no waiting
    assert found is None
    assert f"Not asking {server.host} again: it failed before. " in printed
    assert "restart the kernel" in printed
    assert get(bad, good)[0]
    assert server.requests == ["/a", "/good/file.bin"]


def test_interrupting_a_download_leaves_nothing(good, cache, get, monkeypatch, names):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(_download, "_draw_bar", interrupt)  # as if the learner pressed stop then
    with pytest.raises(KeyboardInterrupt):
        get(good)
    monkeypatch.undo()
    assert names(cache) == []


@pytest.fixture
def tls_server(server, tmp_path):
    """A server with a certificate for 127.0.0.1 that nobody has signed but itself."""
    if shutil.which("openssl") is None:
        pytest.skip("needs the openssl command")
    command = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1"
        " -addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out cert.pem"
    )
    subprocess.run(command.split(), cwd=tmp_path, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    return server


def test_an_invalid_certificate_is_refused_and_the_advice_works(
    tls_server, tmp_path, get, monkeypatch
):
    found, printed = get(tls_server.sends("/a", CONTENT, scheme="https"))
    assert found is None
    assert "its certificate was not accepted (self-signed certificate)" in printed
    assert "clock" in printed
    assert "SSL_CERT_FILE" in printed
    assert tls_server.requests == []
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    assert get(tls_server.sends("/b", CONTENT, scheme="https"))[0]


# --- Files that are damaged ---------------------------------------------------------------------


@pytest.mark.parametrize("content", [b"", HALF, OTHER, b"<html>Please log in</html>"])
def test_a_damaged_file_is_set_aside_and_replaced(content, good, cache, get, names):
    (cache / "file.bin").write_bytes(content)
    found, printed = get(good)
    assert found
    assert names(cache) == ["file.bin", "file.bin.damaged-1"]
    assert (cache / "file.bin.damaged-1").read_bytes() == content
    assert f"{cache / 'file.bin'} is damaged (it " in printed
    assert "It is not used; it is kept as file.bin.damaged-1." in printed
    assert get()[0].where == "from Keras' cache"


def test_an_earlier_damaged_file_is_never_overwritten(cache, get):
    (cache / "file.bin.damaged-1").write_bytes(b"earlier")
    (cache / "file.bin.damaged-2").mkdir()
    (cache / "file.bin").write_bytes(b"later")
    assert get()[0] is None
    assert (cache / "file.bin.damaged-1").read_bytes() == b"earlier"
    assert (cache / "file.bin.damaged-3").read_bytes() == b"later"


def test_a_damaged_file_in_the_data_folder_does_not_end_the_search(cache, own, get, names):
    (own / "file.bin").write_bytes(HALF)
    (cache / "file.bin").write_bytes(CONTENT)
    assert get()[0].where == "from Keras' cache"
    assert names(own) == ["file.bin.damaged-1"]


def test_a_huge_file_is_not_read(cache, get):
    with (cache / "file.bin").open("wb") as file:
        file.truncate(2**36)  # 64 GB that take no room
    found, printed = get()
    assert found is None
    assert "larger than 67 MB" in printed


def test_a_folder_in_place_of_the_file_is_left_alone(good, cache, get, names):
    (cache / "file.bin").mkdir()
    found, _ = get(good)
    assert "kept" not in found.where
    assert names(cache) == ["file.bin"]
    assert names(cache / "file.bin") == []


@POSIX
def test_a_pipe_in_place_of_the_file_does_not_hang(cache, get):
    os.mkfifo(cache / "file.bin")
    assert get()[0] is None


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
def locked(good, get, monkeypatch):
    """Keras' home, which everybody can read and nobody but root can write after `lock`."""
    if os.name != "posix":
        pytest.skip("needs POSIX permissions")
    get(good)  # Python imports what it needs while it may
    folder = Path(tempfile.mkdtemp())  # not in tmp_path, which is closed to others
    (folder / "datasets").mkdir()
    monkeypatch.setenv("KERAS_HOME", str(folder))
    yield folder / "datasets"
    for path in (folder, *folder.iterdir()):
        path.chmod(0o755)
    shutil.rmtree(folder)


def lock(folder):
    for path in (folder.parent, folder, *folder.iterdir()):
        path.chmod(0o555 if path.is_dir() else 0o444)


def test_a_cache_that_can_only_be_read(locked, get):
    (locked / "file.bin").write_bytes(CONTENT)
    lock(locked)
    with unprivileged():
        assert get() == ((CONTENT, "from Keras' cache", locked / "file.bin"), "")


def test_a_cache_that_cannot_be_written(server, good, locked, get, names):
    lock(locked)
    asked = len(server.requests)
    with unprivileged():
        (_, where, path), printed = get(good)
        assert get(good) == ((CONTENT, "from a temporary folder of this session", path), "")
    assert where == f"downloaded from {server.host}"
    assert path.name == "file.bin"
    assert path.read_bytes() == CONTENT
    assert f"cannot be kept in {locked} (Permission denied)" in printed
    assert "fetched again next time" in printed
    assert "KERAS_HOME" in printed
    assert len(server.requests) == asked + 1
    assert names(locked) == []
    shutil.rmtree(path.parent)


def test_a_download_that_no_folder_can_take(good, locked, get, monkeypatch, names):
    monkeypatch.setattr(tempfile, "tempdir", str(locked))
    lock(locked)
    with unprivileged():
        found, printed = get(good)
    assert found.path is None
    assert "A temporary folder cannot take it either (Permission denied)." in printed
    assert names(locked) == []


def test_a_file_where_the_cache_folder_should_be(good, place, get, monkeypatch):
    (place / "file").write_text("mine")
    monkeypatch.setenv("KERAS_HOME", str(place / "file"))
    found, printed = get(good)
    assert found
    assert "cannot be kept" in printed
    assert (place / "file").read_text() == "mine"


@pytest.mark.parametrize("variable", ["DL_COURSE_DATA", "KERAS_HOME"])
def test_a_damaged_file_that_cannot_be_renamed_stays(
    variable, good, locked, get, monkeypatch, names
):
    (locked / "file.bin").write_bytes(HALF)
    lock(locked)
    if variable == "DL_COURSE_DATA":
        monkeypatch.setenv("DL_COURSE_DATA", str(locked))
        monkeypatch.setenv("KERAS_HOME", str(locked / "none"))
    with unprivileged():
        found, printed = get(good)
    assert found
    assert "cannot be renamed (Permission denied). Put a good copy in its place." in printed
    assert names(locked) == ["file.bin"]
    assert (locked / "file.bin").read_bytes() == HALF


def test_a_file_that_cannot_be_renamed_is_not_overwritten_either(
    good, cache, get, monkeypatch, names
):
    # As on Windows, while another program has the file open: faked, for no POSIX system does this.
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    (cache / "file.bin").write_bytes(HALF)
    monkeypatch.setattr(Path, "rename", refuse)
    assert get(good)[0]
    assert (cache / "file.bin").read_bytes() == HALF
    assert names(cache) == ["file.bin"]


def test_a_file_that_may_not_be_read_is_left_alone(good, locked, get, names):
    (locked / "file.bin").write_bytes(CONTENT)
    lock(locked)
    (locked / "file.bin").chmod(0)
    with unprivileged():
        found, printed = get(good)
    assert found
    assert "cannot be read (Permission denied)" in printed
    assert "check its permissions" in printed
    assert names(locked) == ["file.bin"]


# --- Other processes: full disks, two at once, killed -------------------------------------------

CHILD = """
import json, os, sys
from pathlib import Path
from dl_course.datasets import _download

addresses, sums = json.loads(sys.argv[1])
published = _download.Published(
    file_name="file.bin", addresses=tuple(map(tuple, addresses)), read=_download.same_bytes(*sums)
)
PRELUDE
found = _download.fetch(published)
cache = Path(os.environ["KERAS_HOME"]) / "datasets"
print(json.dumps([found.where, str(found.path), os.listdir(cache) if cache.is_dir() else []]))
"""


@pytest.fixture
def start(place):
    """Start a process that fetches the file."""

    def start(*addresses, prelude="", wrap=()):
        code = CHILD.replace("PRELUDE", prelude)
        command = [*wrap, sys.executable, "-W", "error", "-c", code]
        return subprocess.Popen(
            [*command, json.dumps([addresses or (NOWHERE,), sums()])],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


def result(process):
    """Wait for a process; return where its file is from, its path, the cache, what it said."""
    printed, errors = process.communicate(timeout=30)
    assert process.returncode == 0, errors
    assert errors == ""
    return *json.loads(printed.splitlines()[-1]), printed


@POSIX
def test_a_full_quota(good, place, start):
    # The system refuses files above 1 kB, as a quota would.
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))"
    where, path, cached, printed = result(start(good, prelude=limit))
    assert where.startswith("downloaded")
    assert (path, cached) == ("None", [])
    assert "cannot be kept" in printed
    assert "Make room there" in printed


def test_a_full_disk(good, place, cache, start, names):
    # A disk of 4 kB, mounted where only this process and its children see it.
    wrap = ["unshare", "-rm", "sh", "-c", 'mount -t tmpfs -o size=4k none "$0" && exec "$@"']
    try:
        subprocess.run([*wrap, str(cache), "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("may not mount a small disk here")
    (cache / "seen outside").touch()
    _, path, cached, printed = result(start(good, wrap=[*wrap, str(cache)]))
    assert path != "None"
    assert cached == []
    assert "No space left on device" in printed
    assert names(cache) == ["seen outside"]


def test_a_temporary_file_goes_with_its_process(good, place, start):
    (place / "keras").write_text("a file where the cache should be")
    path = Path(result(start(good))[1])
    assert path.name == "file.bin"
    assert not path.parent.exists()


def test_two_processes_at_once(server, cache, start, names):
    both = threading.Barrier(2)
    address = server.sends("/a", CONTENT)
    send = server.routes["/a"]

    def route(handler):
        both.wait(20)  # neither is served before the other asks
        send(handler)

    server.on("/a", route)
    for found in map(result, [start(address), start(address)]):
        assert found[0].startswith("downloaded")
    assert len(server.requests) == 2
    assert names(cache) == ["file.bin"]
    assert result(start())[0] == "from Keras' cache"


@POSIX
def test_killed_in_the_middle_of_a_download_and_started_again(server, good, cache, start, names):
    sent = threading.Event()

    def then(handler):
        sent.set()
        server.waits()

    process = start(server.sends("/a", HALF, claimed=len(CONTENT), then=then))
    assert sent.wait(20)
    process.kill()
    process.communicate()
    assert names(cache) == []
    assert result(start(good))[2] == ["file.bin"]
    assert (cache / "file.bin").read_bytes() == CONTENT


@POSIX
@pytest.mark.parametrize("step", ["os.fsync", "Path.replace"])
def test_killed_while_writing_and_started_again(step, good, cache, start, names):
    kill = f"{step} = lambda *_: os.kill(os.getpid(), {int(signal.SIGKILL)})"
    process = start(good, prelude=kill)
    process.communicate(timeout=30)
    assert process.returncode == -signal.SIGKILL
    (left,) = names(cache)
    assert left.startswith("file.bin.")
    assert left.endswith(".part")
    assert "file.bin" in result(start(good))[2]
    assert (cache / "file.bin").read_bytes() == CONTENT
