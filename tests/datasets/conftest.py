"""A server on 127.0.0.1 that does what it is told, and an empty place to load data into."""

import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from dl_course import runtime
from dl_course.datasets import _download


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.requests.append(self.path)
        self.server.routes.get(self.path, lambda handler: handler.send_error(404))(self)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    """Routes are functions of the handler; `over` is set when the test is over."""

    daemon_threads = True
    block_on_close = False

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.routes, self.requests, self.over = {}, [], threading.Event()
        self.host = f"127.0.0.1:{self.server_port}"

    def handle_error(self, *_):
        pass  # clients that hang up are what is tested here

    def start(self):
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def on(self, path, route, scheme="http"):
        """Set a route and return its address, as one entry of `addresses`."""
        self.routes[path] = route
        return (f"{scheme}://{self.host}{path}",)

    def sends(self, path, content, *, claimed=None, then=lambda handler: None, scheme="http"):
        """Answer with content, claim another length (False for none), and then do more."""

        def route(handler):
            handler.send_response(200)
            if claimed is not False:
                handler.send_header("Content-Length", str(claimed or len(content)))
            handler.end_headers()
            handler.wfile.write(content)
            handler.wfile.flush()
            then(handler)

        return self.on(path, route, scheme)

    def fails(self, path, code):
        return self.on(path, lambda handler: handler.send_error(code))

    def waits(self, *_):
        self.over.wait(30)

    def dribbles(self, path, claimed):
        """Send a byte every 0.05 seconds without end."""

        def drops(handler):
            while not self.over.wait(0.05):
                handler.wfile.write(b"x")
                handler.wfile.flush()

        return self.sends(path, b"", claimed=claimed, then=drops)


@pytest.fixture
def server():
    with Server() as server:
        yield server.start()
        server.over.set()
        server.shutdown()


@pytest.fixture
def place(tmp_path, monkeypatch):
    """An empty home without a stand-in, and nothing remembered from other tests."""
    monkeypatch.setattr(runtime, "data_folder", lambda: tmp_path / "project data")
    monkeypatch.setattr(_download, "_failed", set())
    monkeypatch.setattr(_download, "_lent", {})
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
def own(place, monkeypatch):
    """The folder in $DL_COURSE_DATA."""
    folder = place / "own"
    folder.mkdir()
    monkeypatch.setenv("DL_COURSE_DATA", str(folder))
    return folder


@pytest.fixture
def names():
    """What is in a folder, sorted."""
    return lambda folder: sorted(p.name for p in folder.iterdir()) if folder.is_dir() else []


@pytest.fixture
def no_network(monkeypatch):
    def refuse(*_):
        raise AssertionError("this wanted the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
