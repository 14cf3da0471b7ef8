"""`edgecv models`: against real files, a real web server, and transfers that break."""

import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from edgecv.cli import main
from edgecv.pose.catalogue import models_folder
from tests.graphs import constant_model
from tests.shared import MODELS, needs_models

DATA = bytes(range(256)) * 2000
SHA256 = hashlib.sha256(DATA).hexdigest()


class Server(ThreadingHTTPServer):
    """Serves DATA at every address, and `breaks` off after so many bytes where that is set."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.breaks: int | None = None
        self.ranges = True
        self.asked: list[str | None] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/some/movenet.onnx?download=true"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        server = self.server
        assert isinstance(server, Server)
        asked = self.headers.get("Range")
        server.asked.append(asked)
        if self.path.startswith("/missing"):
            self.send_error(404)
            return
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked and server.ranges else 0
        if start >= len(DATA):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(DATA) - start))
        self.end_headers()
        end = len(DATA) if server.breaks is None else min(len(DATA), start + server.breaks)
        self.wfile.write(DATA[start:end])
        self.wfile.flush()
        if end < len(DATA):
            self.close_connection = True

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


@pytest.fixture
def server() -> Iterator[Server]:
    serving = Server()
    thread = threading.Thread(target=serving.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield serving
    serving.shutdown()
    thread.join()
    serving.server_close()


def pull(server: Server, folder: Path, *, sha256: str = SHA256, url: str = "") -> int:
    arguments = ["models", "pull", url or server.url, "--sha256", sha256, "--to", str(folder)]
    return main(arguments)


def test_a_file_is_fetched_whole_and_its_use_is_said(
    server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert pull(server, tmp_path / "new" / "folder", sha256=SHA256.upper()) == 0
    path = tmp_path / "new" / "folder" / "movenet.onnx"
    assert path.read_bytes() == DATA
    assert f'model = "{path}"' in capsys.readouterr().out
    assert [entry.name for entry in path.parent.iterdir()] == ["movenet.onnx"]


def test_what_broke_off_is_gone_on_with(
    server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server.breaks = 200_000
    assert pull(server, tmp_path) == 1
    assert "broke off after 0.2 MB" in capsys.readouterr().err
    assert not (tmp_path / "movenet.onnx").exists()
    server.breaks = None
    assert pull(server, tmp_path) == 0
    assert server.asked == [None, "bytes=200000-"]
    assert (tmp_path / "movenet.onnx").read_bytes() == DATA


def test_a_server_that_knows_no_ranges_begins_anew(server: Server, tmp_path: Path) -> None:
    server.breaks = 200_000
    pull(server, tmp_path)
    server.breaks, server.ranges = None, False
    assert pull(server, tmp_path) == 0
    assert (tmp_path / "movenet.onnx").read_bytes() == DATA


def test_what_was_fetched_and_not_yet_put_in_place_is_not_fetched_again(
    server: Server, tmp_path: Path
) -> None:
    (tmp_path / f".movenet.onnx.{SHA256[:12]}.part").write_bytes(DATA)
    assert pull(server, tmp_path) == 0
    assert (tmp_path / "movenet.onnx").read_bytes() == DATA


def test_a_file_that_is_there_is_not_asked_for(server: Server, tmp_path: Path) -> None:
    pull(server, tmp_path)
    assert pull(server, tmp_path) == 0
    assert server.asked == [None]


def test_another_file_than_the_one_that_is_meant_is_thrown_away(
    server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "movenet.onnx").write_bytes(b"the one before")
    assert pull(server, tmp_path, sha256="0" * 64) == 1
    error = capsys.readouterr().err
    assert SHA256 in error
    assert "0" * 64 in error
    assert [path.name for path in tmp_path.iterdir()] == ["movenet.onnx"]
    assert (tmp_path / "movenet.onnx").read_bytes() == b"the one before"


@pytest.mark.parametrize(
    ("url", "sha256", "code", "words"),
    [
        ("file:///etc/passwd.onnx", SHA256, 2, "begins with https://"),
        ("https://", SHA256, 2, "begins with https://"),
        ("http://[::1", SHA256, 2, "begins with https://"),
        ("http://127.0.0.1:9/model.pt", SHA256, 2, "ends in .onnx"),
        ("http://127.0.0.1:9/..%2F.onnx", SHA256, 2, "ends in .onnx"),
        ("http://127.0.0.1:9/x.onnx", "12", 2, "64 hexadecimal digits"),
        ("http://127.0.0.1:9/x.onnx", SHA256, 1, "can't be fetched"),
        ("{server}/missing.onnx", SHA256, 1, "404"),
    ],
)
def test_what_cant_be_had_is_one_clear_line(
    server: Server,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    *,
    url: str,
    sha256: str,
    code: int,
    words: str,
) -> None:
    address = url.format(server=f"http://127.0.0.1:{server.server_port}")
    assert pull(server, tmp_path, url=address, sha256=sha256) == code
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    assert words in lines[0]
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cant_be_written_is_named(
    server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert pull(server, tmp_path / "file") == 1
    assert "can't be written" in capsys.readouterr().err


def test_the_list_has_what_ships_and_what_was_fetched(
    server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "pull", server.url, "--sha256", SHA256]) == 0
    capsys.readouterr()
    assert main(["models", "list", "--json"]) == 0
    shipped, fetched = json.loads(capsys.readouterr().out)
    assert (shipped["model"], shipped["intact"]) == ("blazepose-full", True)
    assert fetched["model"].endswith("models/movenet.onnx")
    assert main(["models", "list"]) == 0
    assert "Apache-2.0; intact" in capsys.readouterr().out


def test_a_file_is_told_with_how_it_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    path = str(models_folder() / "blazepose_full.onnx")
    assert main(["models", "inspect", path]) == 0
    text = capsys.readouterr().out
    for words in ("image uint8 [1, 256, 256, 3]", "blazepose-33", "BGR", "0189e68edf665d8d"):
        assert words in text
    assert main(["models", "inspect", path, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["decoder"] == "blazepose"


def test_a_file_that_is_no_pose_model_is_shown_and_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    logits = {"logits": np.zeros((1, 1000), np.float32)}
    path = constant_model(tmp_path / "net.onnx", ("float", (1, 3, 224, 224)), logits)
    assert main(["models", "inspect", str(path)]) == 1
    printed = capsys.readouterr()
    assert "logits float [1, 1000]" in printed.out
    assert "looks like a classifier" in printed.err
    assert main(["models", "inspect", str(path), "--decoder", "gpt"]) == 2
    assert "known are blazepose" in capsys.readouterr().err


def test_the_models_that_ship_pass_on_rendered_athletes_and_are_drawn(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = tmp_path / "found.png"
    assert main(["models", "verify", "--picture", str(picture)]) == 0
    assert "blazepose-full: blazepose-33" in capsys.readouterr().out
    drawn = cv2.imread(str(picture))
    assert drawn is not None
    assert drawn.shape == (480, 3 * 640, 3)


def test_a_model_that_finds_nobody_is_too_bad(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    points = {"points": np.zeros((1, 1, 17, 3), np.float32)}
    path = constant_model(tmp_path / "blind.onnx", ("uint8", (1, 192, 192, 3)), points)
    assert main(["models", "verify", str(path)]) == 1
    assert "TOO BAD" in capsys.readouterr().out
    assert main(["models", "verify", str(path), "--json"]) == 1
    (blind,) = json.loads(capsys.readouterr().out)
    assert (blind["pck"], blind["median"], blind["good"]) == (0, None, False)


@needs_models
@pytest.mark.parametrize(
    "name", ["movenet_singlepose_lightning_4_like.onnx", "blazepose_landmark_lite_256_nhwc.onnx"]
)
def test_real_models_of_others_pass_on_rendered_athletes(name: str) -> None:
    assert main(["models", "verify", str(MODELS / name)]) == 0
