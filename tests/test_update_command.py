"""`edgecv update` on an image, and elsewhere."""

import errno
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from edgecv.cli import main
from edgecv.update import kept
from edgecv.update.kept import Last, Latest, Trial
from tests.https import Page, Updates
from tests.updates import Box, make_box, restarted


@pytest.fixture(autouse=True)
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Box:
    """Whose root calls the command."""
    one = make_box(tmp_path, monkeypatch)
    monkeypatch.setattr("edgecv.cli.update.Places", lambda: one.places)
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setenv("COLUMNS", "80")
    return one


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """On the box: exit code, output, errors."""

    def run(*arguments: object) -> tuple[int, str, str]:
        code = main(["update", *map(str, arguments)])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


@pytest.fixture
def offered(
    box: Box, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Path]]:
    """Makes an offer, and gives the configuration that names where it is."""
    with Updates(tmp_path) as server:
        monkeypatch.setenv("SSL_CERT_FILE", str(server.authority))

        def offer(version: str = "0.2.0") -> Path:
            document = {"version": version, "bundle": "edgecv.raucb", "notes": "Better."}
            server.put("/edgecv.json", Page(json.dumps(document).encode()))
            server.put("/edgecv.raucb", Page(box.bundle(version=version).read_bytes()))
            config = tmp_path / "edgecv.toml"
            config.write_text(f'[update]\nurl = "{server.url}/edgecv.json"\n')
            return config

        yield offer


Call = Callable[..., tuple[int, str, str]]


def test_the_status_shows_versions_slots_and_the_last_update(box: Box, call: Call) -> None:
    code, out, _ = call("status")
    assert code == 0
    assert out.splitlines() == [
        "edgecv    0.1.0 · what the latest is was not asked",
        "update    nothing goes on",
        "last      there was none",
        "",
        "slot  version    state       next",
        "A     0.1.0      runs, good  yes",
        "B     not known  good",
    ]
    call("install", box.bundle())
    restarted(box)
    _, out, _ = call("status")
    assert "trial     0.2.0 has to prove good, start 0" in out
    assert out.splitlines()[-2:] == ["A     0.1.0    good", "B     0.2.0    runs, good  yes"]


def test_the_status_says_why_the_last_one_was_left_and_why_another_failed(
    box: Box, call: Call
) -> None:
    last = Last(
        version="0.2.0",
        from_version="0.1.0",
        outcome="rolled_back",
        reason="no frame within 10 minutes, and there were some before",
        at="2026-11-21T12:00:00+00:00",
    )
    kept.keep(box.places.last, last)
    kept.show(box.places.latest, Latest(version="0.2.1", bundle="", url="", at="", notes="Mended."))
    code, _, err = call("install", box.bundle(signed="self-signed certificate"))
    assert code == 1
    _, out, _ = call("status")
    assert all(len(line) <= 80 or str(box.folder) in line for line in out.splitlines())
    text = " ".join(out.split())
    assert "0.2.0 was left for 0.1.0 on 2026-11-21: no frame within 10 minutes" in text
    assert "0.2.1 is there: edgecv update install" in text
    assert "Mended." in text
    problem = json.loads(call("status", "--json")[1])["status"]["problem"]
    assert err == f"edgecv: {problem}\n"


def test_the_status_is_for_programs_too(box: Box, call: Call) -> None:
    answer = json.loads(call("status", "--json")[1])
    assert answer["image"] is True
    assert answer["status"]["installed"] == "0.1.0"
    assert [slot["bootname"] for slot in answer["slots"]["slots"]] == ["A", "B"]
    assert answer["trial"] is None
    box.world(status="Could not connect: No such file or directory")
    answer = json.loads(call("status", "--json")[1])
    assert answer["slots"] is None
    assert "Could not connect" in answer["unknown"]
    assert "slots     not known: rauc status failed" in call("status")[1]


def test_an_installation_tells_step_by_step_what_is_done(box: Box, call: Call) -> None:
    code, out, err = call("install", box.bundle())
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "checking edgecv-0.2.0-arm64.raucb"
    assert "installing 0.2.0 in slot B" in lines
    assert lines[-1] == "installed; restarting"


def test_for_programs_it_says_in_the_end_what_was_done(box: Box, call: Call) -> None:
    code, out, _ = call("install", box.bundle(), "--json", "--no-restart")
    assert (code, json.loads(out)) == (0, {"changed": True, "restarting": False})
    code, out, _ = call("install", box.bundle(), "--json")
    assert code == 1
    assert "waits for a restart" in json.loads(out)["error"]


def test_what_the_address_offers_is_found_and_installed(
    box: Box, call: Call, offered: Callable[..., Path]
) -> None:
    config = offered()
    code, out, _ = call("check", "--config", config)
    assert (code, out) == (0, "0.2.0 is there (0.1.0 runs): edgecv update install\n")
    code, out, _ = call("install", "--config", config)
    assert code == 0
    assert box.world()["versions"] == {"B": "0.2.0"}
    restarted(box)
    kept.keep(
        box.places.last,
        Last(version="0.2.0", from_version="0.1.0", outcome="good", at="2026-11-21T12:00:00"),
    )
    box.places.trial.unlink()
    assert call("check", "--config", config)[1] == "0.2.0 runs, and 0.2.0 is the latest\n"
    box.calls.clear()
    code, out, _ = call("install", "--config", config, "--json")
    assert (code, json.loads(out)) == (0, {"changed": False, "restarting": False})


def test_an_older_version_is_never_installed_by_itself_and_well_by_hand(
    box: Box, call: Call, offered: Callable[..., Path]
) -> None:
    assert "is the latest: nothing to do" in call("install", "--config", offered("0.0.9"))[1]
    assert not box.written
    code, out, _ = call("install", box.bundle(version="0.0.9"))
    assert code == 0
    assert "0.0.9 is older than 0.1.0, which runs now" in out


def test_without_an_address_nobody_is_asked(call: Call, tmp_path: Path) -> None:
    config = tmp_path / "empty.toml"
    config.write_text("")
    code, out, _ = call("check", "--config", config)
    assert (code, out) == (0, "nobody is asked for updates: name an address in [update] url\n")
    code, _, err = call("install", "--config", config)
    assert code == 1
    assert "no address is asked for updates" in err


def test_an_address_that_is_not_https_is_a_wrong_configuration(call: Call, tmp_path: Path) -> None:
    config = tmp_path / "edgecv.toml"
    config.write_text('[update]\nurl = "http://example.org/edgecv.json"\n')
    code, _, err = call("check", "--config", config)
    assert code == 2
    assert "update.url = 'http://example.org/edgecv.json': expected an address that begins" in err


def test_going_back_is_a_word(box: Box, call: Call) -> None:
    call("install", box.bundle())
    restarted(box)
    code, out, _ = call("rollback")
    assert code == 0
    assert "going back to 0.1.0 in slot A" in out
    assert box.world()["primary"] == "rootfs.0"
    last = kept.read(box.places.last, Last)
    assert last is not None
    assert (last.version, last.from_version) == ("0.2.0", "0.1.0")
    assert kept.read(box.places.trial, Trial) is None


def test_a_session_that_ends_does_not_end_an_update(
    box: Box, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hang_up(_words: str) -> None:
        os.kill(os.getpid(), signal.SIGHUP)
        raise OSError(errno.EIO, "the terminal has gone")

    before = signal.getsignal(signal.SIGHUP)
    monkeypatch.setattr("builtins.print", lambda words, **_: hang_up(words))
    code, _, _ = call("install", box.bundle())
    assert code == 0
    assert box.world()["primary"] == "rootfs.1"
    assert signal.getsignal(signal.SIGHUP) == before


def test_only_root_changes_anything_and_everybody_may_look(
    box: Box, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    for action in (["install", box.bundle()], ["rollback"], ["check"]):
        code, _, err = call(*action)
        assert code == 1
        assert "only root can update the box: sudo edgecv update" in err
    assert call("status")[0] == 0
    assert not box.written


@pytest.mark.skipif(
    "IMAGE_ID=edgecv" in Path("/etc/os-release").read_text(), reason="this is an image"
)
def test_elsewhere_it_says_how_to_update_instead() -> None:
    def run(*arguments: str) -> Any:
        command = [sys.executable, "-m", "edgecv", "update", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ)

    status = run("status")
    assert status.returncode == 0
    assert "is no appliance image" in status.stdout
    assert "scripts/install" in status.stdout
    assert json.loads(run("status", "--json").stdout)["image"] is False
    for action in (["install", "x.raucb"], ["rollback"], ["check"]):
        refused = run(*action)
        assert refused.returncode == 1
        assert "is no appliance image" in refused.stderr
