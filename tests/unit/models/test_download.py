"""Fetching resumes, verifies, and keeps nothing that is wrong; a local server stands for the network."""

from __future__ import annotations

import contextlib
import dataclasses
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from fead_desktop.errors import CancelledError, ModelError
from fead_desktop.models import registry
from fead_desktop.models.download import fetch

CONTENT = np.random.default_rng(3).bytes(1_500_000)


class Server(http.server.ThreadingHTTPServer):
    """Serves CONTENT with ranges; ``requested`` lists where each request began."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.content = CONTENT
        self.requested: list[int] = []


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        start = int(wanted.removeprefix("bytes=").split("-")[0]) if wanted else 0
        self.server.requested.append(start)
        body = self.server.content[start:]
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(OSError):  # the client cancelled
            self.wfile.write(body)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass  # silent


class Watch:
    """Progress that cancels after ``most`` reports."""

    def __init__(self, most: int = 10**9) -> None:
        self.reports: list[tuple[float, float]] = []
        self.most = most

    def report(self, stage: str, done: float, total: float, message: str = "") -> None:
        self.reports.append((done, total))

    def raise_if_cancelled(self) -> None:
        if len(self.reports) >= self.most:
            raise CancelledError("Cancelled.")


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Server]:
    monkeypatch.setenv("FEAD_WEIGHTS_DIR", str(tmp_path / "weights"))
    monkeypatch.setenv("FEAD_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    reference = tmp_path / "reference"
    reference.write_bytes(CONTENT)
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        entry = dataclasses.replace(
            registry.entry("facenet_vggface2"),
            sha256=registry.file_sha256(reference),
            size_bytes=len(CONTENT),
            url=f"http://127.0.0.1:{server.server_address[1]}/weights.pt",
        )
        others = registry.registry()
        monkeypatch.setattr(registry, "registry", lambda: {**others, entry.name: entry})
        yield server
        server.shutdown()
        thread.join()


def test_a_fetched_model_is_verified_and_found(server: Server, tmp_path: Path) -> None:
    watch = Watch()
    path = fetch("facenet_vggface2", watch)
    assert path == registry.locate("facenet_vggface2")
    assert path.read_bytes() == CONTENT
    assert watch.reports[-1] == (len(CONTENT), len(CONTENT))
    assert not list((tmp_path / "cache").iterdir())


def test_a_model_that_is_there_is_not_fetched_again(server: Server) -> None:
    fetch("facenet_vggface2")
    fetch("facenet_vggface2")
    assert server.requested == [0]


def test_a_cancelled_download_goes_on_where_it_ended(server: Server) -> None:
    with pytest.raises(CancelledError):
        fetch("facenet_vggface2", Watch(most=2))
    assert not registry.is_available("facenet_vggface2")
    assert fetch("facenet_vggface2").read_bytes() == CONTENT
    assert server.requested[0] == 0
    assert 0 < server.requested[1] < len(CONTENT)


def test_a_wrong_file_is_refused_and_not_kept(server: Server, tmp_path: Path) -> None:
    server.content = CONTENT[:-1] + bytes([CONTENT[-1] ^ 1])
    with pytest.raises(ModelError, match="is not the model 'facenet_vggface2'"):
        fetch("facenet_vggface2")
    assert not registry.is_available("facenet_vggface2")
    assert not list((tmp_path / "cache").iterdir())


def test_without_a_network_the_sentence_offers_the_import(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    unreachable = dataclasses.replace(
        registry.entry("facenet_vggface2"), url="http://127.0.0.1:1/weights.pt"
    )
    monkeypatch.setattr(registry, "registry", lambda: {unreachable.name: unreachable})
    with pytest.raises(ModelError, match="fead models import facenet_vggface2 PATH"):
        fetch("facenet_vggface2")


def test_a_model_without_an_address_can_only_be_imported(server: Server) -> None:
    with pytest.raises(ModelError, match="import it with 'fead models import yunet"):
        fetch("yunet")
    assert server.requested == []
