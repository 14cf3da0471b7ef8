"""Bundles over HTTPS, from a server that cuts the line, lies and is somebody else."""

import errno
import hashlib
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edgecv.clock import FakeClock
from edgecv.errors import EdgecvError
from edgecv.events import LONGEST_TEXT
from edgecv.update import kept
from edgecv.update.download import SPARE, TRIES, Download
from edgecv.update.install import install_address
from edgecv.update.kept import Latest
from edgecv.update.offer import ask, parse
from edgecv.update.progress import look
from tests.https import Page, Updates
from tests.updates import Box, make_box

DATA = bytes(range(256)) * 2000
"""512 000 bytes."""
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small disk")


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Updates]:
    with Updates(tmp_path) as updates:
        monkeypatch.setenv("SSL_CERT_FILE", str(updates.authority))
        yield updates


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Box:
    (tmp_path / "box").mkdir()
    return make_box(tmp_path / "box", monkeypatch)


class Fetching:
    """Into a folder of its own."""

    def __init__(self, folder: Path, **more: Any) -> None:
        self.folder = folder
        self.clock = FakeClock()
        self.reached: list[tuple[float, float]] = []
        self._more = more

    def __call__(self, url: str, **announced: Any) -> bytes:
        download = Download(self.folder, self.clock, **self._more)
        path = download.fetch(url, lambda *reached: self.reached.append(reached), **announced)
        assert os.listdir(self.folder) == [path.name]
        return path.read_bytes()

    @property
    def left(self) -> list[str]:
        return sorted(os.listdir(self.folder))


@pytest.fixture
def fetch(tmp_path: Path) -> Fetching:
    return Fetching(tmp_path / "update")


def test_a_bundle_comes_whole_and_it_is_told_how_far_it_is(
    server: Updates, fetch: Fetching
) -> None:
    url = server.put("/edgecv.raucb", Page(DATA))
    sha256 = hashlib.sha256(DATA).hexdigest()
    assert fetch(url, size=len(DATA), sha256=sha256.upper()) == DATA
    assert fetch.reached[-1] == (len(DATA), len(DATA))
    assert [done for done, _ in fetch.reached] == sorted(done for done, _ in fetch.reached)


def test_a_cut_line_is_taken_up_where_it_was_cut(server: Updates, fetch: Fetching) -> None:
    url = server.put("/edgecv.raucb", Page(DATA, cuts=[200_000, 100_000, 0, 1]))
    assert fetch(url) == DATA
    ranges = [asked for _, asked in server.asked]
    assert ranges == [None, "bytes=200000-", *["bytes=300000-"] * 2, "bytes=300001-"]


def test_it_is_taken_up_by_the_next_attempt_too(server: Updates, fetch: Fetching) -> None:
    url = server.put("/edgecv.raucb", Page(DATA, cuts=[200_000, *[0] * (TRIES - 1)]))
    with pytest.raises(EdgecvError, match="the line was cut; tried 6 times in a row"):
        fetch(url)
    assert fetch.left == ["bundle.part", "bundle.part.json"]
    assert fetch.clock.now() > 20, "it waits between attempts, longer each time"
    server.asked.clear()
    assert fetch(url) == DATA
    assert server.asked == [("/edgecv.raucb", "bytes=200000-")]


def test_what_has_become_another_file_is_fetched_from_its_beginning(
    server: Updates, fetch: Fetching
) -> None:
    url = server.put("/edgecv.raucb", Page(DATA, cuts=[200_000, *[0] * (TRIES - 1)]))
    with pytest.raises(EdgecvError):
        fetch(url)
    other = DATA[::-1] + b"more"
    server.put("/edgecv.raucb", Page(other, etag='"two"'))
    assert fetch(url) == other


def test_the_beginning_of_one_address_is_not_continued_by_another(
    server: Updates, fetch: Fetching
) -> None:
    url = server.put("/edgecv.raucb", Page(DATA, cuts=[200_000, *[0] * (TRIES - 1)]))
    with pytest.raises(EdgecvError):
        fetch(url)
    assert fetch(server.put("/other.raucb", Page(b"other" * 1000))) == b"other" * 1000


@pytest.mark.parametrize("page", [Page(DATA, ranges=False), Page(DATA, etag="")])
def test_a_server_that_knows_no_ranges_sends_it_all_again(
    server: Updates, fetch: Fetching, page: Page
) -> None:
    page.cuts[:] = [200_000]
    assert fetch(server.put("/edgecv.raucb", page)) == DATA


def test_a_file_that_has_become_shorter_is_fetched_anew(server: Updates, fetch: Fetching) -> None:
    url = server.put("/edgecv.raucb", Page(DATA, cuts=[200_000, *[0] * (TRIES - 1)]))
    with pytest.raises(EdgecvError):
        fetch(url)
    server.put("/edgecv.raucb", Page(DATA[:1000]))
    assert fetch(url) == DATA[:1000]
    assert ("/edgecv.raucb", None) in server.asked


def test_a_length_that_is_too_long_ends_in_words(server: Updates, fetch: Fetching) -> None:
    url = server.put("/edgecv.raucb", Page(DATA[:1000], length=2000, ranges=False))
    with pytest.raises(EdgecvError, match="the line was cut"):
        fetch(url)


def test_a_length_that_is_too_short_is_found_out_by_what_was_announced(
    server: Updates, fetch: Fetching
) -> None:
    url = server.put("/edgecv.raucb", Page(DATA, length=1000))
    with pytest.raises(EdgecvError, match="has 1000 bytes, and 512000 were announced"):
        fetch(url, size=len(DATA))
    with pytest.raises(EdgecvError, match="is not what was announced"):
        fetch(url, sha256=hashlib.sha256(DATA).hexdigest())
    assert fetch.left == []


def test_without_a_length_it_comes_whole_all_the_same(server: Updates, fetch: Fetching) -> None:
    assert fetch(server.put("/edgecv.raucb", Page(DATA, length=None))) == DATA


@pytest.mark.parametrize("status", [403, 404, 410])
def test_what_is_not_there_is_told_at_once_and_leaves_nothing(
    server: Updates, fetch: Fetching, status: int
) -> None:
    url = server.put("/edgecv.raucb", Page(b"sorry", status))
    with pytest.raises(EdgecvError, match=f"the server answers {status}"):
        fetch(url)
    assert fetch.left == []
    assert len(server.asked) == 1


def test_a_server_in_trouble_is_asked_again(server: Updates, fetch: Fetching) -> None:
    url = server.put("/edgecv.raucb", Page(b"busy", 503))
    with pytest.raises(EdgecvError, match=r"the server answers 503 .*tried 6 times"):
        fetch(url)
    assert len(server.asked) == TRIES


def test_a_certificate_of_somebody_else_is_refused(
    server: Updates, fetch: Fetching, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = server.put("/edgecv.raucb", Page(DATA))
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(EdgecvError, match=r"certificate is not to be trusted \(unable to"):
        fetch(url)
    assert server.asked == []


def test_a_certificate_for_another_name_is_refused(
    tmp_path: Path, fetch: Fetching, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Updates(tmp_path, "example.org") as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(server.authority))
        with pytest.raises(EdgecvError, match=r"certificate is not to be trusted \(Hostname"):
            fetch(server.put("/edgecv.raucb", Page(DATA)))


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost/edgecv.raucb",
        "file:///etc/passwd",
        "ftp://x/y",
        "https:///x",
        "https://[",
        "https://x/ü",
    ],
)
def test_nothing_is_fetched_but_over_https(fetch: Fetching, url: str) -> None:
    with pytest.raises(EdgecvError, match="is refused: expected an address that begins with https"):
        fetch(url)


def test_nobody_is_sent_on_to_what_is_not_https(server: Updates, fetch: Fetching) -> None:
    url = server.put("/edgecv.raucb", Page(b"", 302, location="http://localhost/edgecv.raucb"))
    with pytest.raises(EdgecvError, match=r"http://localhost/edgecv\.raucb is refused"):
        fetch(url)
    server.put("/new.raucb", Page(DATA))
    server.put("/edgecv.raucb", Page(b"", 302, location="/new.raucb"))
    assert fetch(url) == DATA


def test_a_server_that_falls_silent_is_left(
    server: Updates, fetch: Fetching, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("edgecv.update.https.SILENCE_S", 0.2)
    url = server.put("/edgecv.raucb", Page(DATA, silent_after=[300_000]))
    assert fetch(url) == DATA
    assert server.asked[-1] == ("/edgecv.raucb", "bytes=300000-")


def test_a_server_that_sends_for_hours_is_left(server: Updates, fetch: Fetching) -> None:
    url = server.put("/edgecv.raucb", Page(DATA))
    download = Download(fetch.folder, fetch.clock)
    with pytest.raises(EdgecvError, match="it takes more than 4 hours"):
        download.fetch(url, lambda *_: fetch.clock.advance(5 * 3600.0))
    assert "bundle.part" in fetch.left


def test_ctrl_c_keeps_what_has_come(server: Updates, fetch: Fetching) -> None:
    url = server.put("/edgecv.raucb", Page(DATA))

    def interrupt(have: float, _: float) -> None:
        if have > 100_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Download(fetch.folder, fetch.clock).fetch(url, interrupt)
    server.asked.clear()
    assert fetch(url) == DATA
    ((_, asked),) = server.asked
    assert asked is not None
    assert int(asked.removeprefix("bytes=").rstrip("-")) > 100_000


def test_nobody_answers(fetch: Fetching) -> None:
    with pytest.raises(EdgecvError, match="Connection refused; tried 6 times in a row"):
        fetch("https://localhost:1/edgecv.raucb")


# The disk


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Of 200 kB."""
    folder = tmp_path / "small"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200k", "small", folder], check=True)
    yield folder
    subprocess.run(["umount", folder], check=True)


@needs_root
def test_what_has_no_room_is_not_begun(server: Updates, small_disk: Path) -> None:
    fetch = Fetching(small_disk, spare=0)
    url = server.put("/edgecv.raucb", Page(DATA))
    with pytest.raises(EdgecvError, match=r"disk full: the bundle needs 1 MB .* 0 MB are free"):
        fetch(url)
    assert fetch.left == []
    assert fetch(server.put("/small.raucb", Page(DATA[:50_000]))) == DATA[:50_000]


@needs_root
def test_a_disk_that_becomes_full_is_named_and_freed(server: Updates, small_disk: Path) -> None:
    fetch = Fetching(small_disk, spare=0)
    url = server.put("/edgecv.raucb", Page(DATA, length=None))
    with pytest.raises(EdgecvError, match=r"disk full: .* has no room for the bundle"):
        fetch(url)
    assert fetch.left == []
    assert os.statvfs(small_disk).f_bavail * 4096 >= 190_000


@needs_root
def test_a_copy_that_has_no_room_leaves_nothing(small_disk: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "edgecv.raucb"
    bundle.write_bytes(DATA)
    download = Download(small_disk, FakeClock(), spare=0)
    with pytest.raises(EdgecvError, match="disk full"):
        download.copy(bundle, lambda *_: None)
    assert os.listdir(small_disk) == []


def test_room_is_left_for_the_journal(server: Updates, tmp_path: Path) -> None:
    free = os.statvfs(tmp_path).f_bavail * os.statvfs(tmp_path).f_frsize
    fetch = Fetching(tmp_path / "update", spare=free)
    with pytest.raises(EdgecvError, match="disk full"):
        fetch(server.put("/edgecv.raucb", Page(DATA)))
    assert SPARE >= 20_000_000


# What is offered


def offer(server: Updates, **of: Any) -> str:
    document = {"version": "0.2.0", "bundle": "edgecv-0.2.0-arm64.raucb", **of}
    return server.put("/releases/edgecv.json", Page(json.dumps(document).encode()))


def test_the_document_names_the_latest_version_and_where_it_is(server: Updates, box: Box) -> None:
    url = offer(server, notes="Counts better.", notes_url="https://example.org/0.2.0")
    latest = ask(box.places, box.clock, url)
    assert latest.bundle == f"{server.url}/releases/edgecv-0.2.0-arm64.raucb"
    assert kept.read(box.places.latest, Latest) == latest
    assert box.places.latest.stat().st_mode & 0o777 == 0o644
    status = look(box.places, 0.0)
    assert (status.latest, status.notes) == ("0.2.0", "Counts better.")
    assert status.notes_url == "https://example.org/0.2.0"


WRONG = {
    "no JSON": (b"<html>", "malformed"),
    "no version": (b'{"bundle": "x"}', "version"),
    "a version that is none": (b'{"version": "../x", "bundle": "x"}', "version"),
    "no bundle": (b'{"version": "1"}', "bundle"),
    "a sum that is none": (b'{"version": "1", "bundle": "x", "sha256": "1234"}', "sha256"),
    "a size that is none": (b'{"version": "1", "bundle": "x", "size": -1}', "size"),
    "a bundle nowhere": (b'{"version": "1", "bundle": "https://["}', "Invalid"),
    "far too much": (b'{"version": "1"' + b" " * 70_000, "65536 bytes"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_document_that_is_none_is_refused_with_the_reason(what: str) -> None:
    data, reason = WRONG[what]
    with pytest.raises(EdgecvError, match=f"https://x/y is no offer of an update: .*{reason}"):
        parse(data, "https://x/y", "2026")


def test_a_bundle_elsewhere_has_to_come_by_https_too() -> None:
    data = b'{"version": "1", "bundle": "http://example.org/x.raucb"}'
    with pytest.raises(EdgecvError, match=r"http://example\.org/x\.raucb is refused"):
        parse(data, "https://x/y", "2026")


@pytest.mark.parametrize("address", ["javascript:1", "https://", "//x", "", "https://["])
def test_long_notes_are_cut_and_strange_addresses_left_out(address: str) -> None:
    document = {"version": "1", "bundle": "x", "notes": "n" * 999, "notes_url": address}
    latest = parse(json.dumps(document).encode(), "https://x/y", "2026")
    assert latest.notes is not None
    assert len(latest.notes) == LONGEST_TEXT
    assert latest.notes_url is None


def test_an_address_that_does_not_answer_is_named(box: Box) -> None:
    with pytest.raises(EdgecvError, match=r"localhost:1/edgecv\.json can't be asked for updates"):
        ask(box.places, box.clock, "https://localhost:1/edgecv.json")
    with pytest.raises(EdgecvError, match=r"no address is asked .*\[update\] url"):
        ask(box.places, box.clock, "")


# All of it


def test_what_is_offered_is_downloaded_installed_and_thrown_away(server: Updates, box: Box) -> None:
    data = box.bundle().read_bytes()
    bundle = server.put("/releases/edgecv-0.2.0-arm64.raucb", Page(data, cuts=[10]))
    url = offer(server, size=len(data), sha256=hashlib.sha256(data).hexdigest())
    latest = ask(box.places, box.clock, url)
    assert latest.bundle == bundle
    job = box.job()
    with job.progress.attempt():
        install_address(job, latest.bundle, latest)
    assert box.world()["versions"] == {"B": "0.2.0"}
    assert sorted(os.listdir(box.places.folder)) == ["trial.json"]


def test_a_download_that_is_refused_leaves_nothing_but_the_reason(
    server: Updates, box: Box
) -> None:
    data = box.bundle(signed="self-signed certificate").read_bytes()
    url = server.put("/edgecv.raucb", Page(data))
    job = box.job()
    with pytest.raises(EdgecvError) as error, job.progress.attempt():
        install_address(job, url)
    assert not box.written
    assert os.listdir(box.places.folder) == []
    assert look(box.places, box.clock.now()).problem == str(error.value)


def test_what_a_power_cut_left_behind_is_thrown_away(server: Updates, box: Box) -> None:
    box.places.folder.mkdir(parents=True)
    (box.places.folder / "bundle.raucb").write_bytes(DATA)
    job = box.job()
    with pytest.raises(EdgecvError):
        install_address(job, server.url + "/missing.raucb")
    assert os.listdir(box.places.folder) == []


def test_a_disk_that_can_t_be_written_is_told_in_words(
    server: Updates, box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(box.places.trial))

    monkeypatch.setattr(kept, "keep", refuse)
    job = box.job()
    with (
        pytest.raises(EdgecvError, match=r"trial\.json: Read-only file system"),
        job.progress.attempt(),
    ):
        install_address(job, server.put("/x.raucb", Page(box.bundle().read_bytes())))
    assert not box.written
