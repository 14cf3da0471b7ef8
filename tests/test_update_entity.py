"""Updates as Home Assistant sees them, and the way from its button to who may install."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from edgecv.update import kept
from edgecv.update.kept import Doing, Last, Latest, Places
from edgecv.update.stick import PATTERN
from edgecv.update.watch import REQUEST, Updates
from tests.broker import Broker
from tests.test_appliance import SQUATS, Running
from tests.updates import Box, make_box

SYSTEM = Path(__file__).parents[1] / "firmware/overlay"
UNITS = SYSTEM / "usr/lib/systemd/system"
DOINGS: tuple[Doing, ...] = ("downloading", "checking", "installing", "restarting")
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a box of this one")

LATEST = Latest(
    version="0.2.0",
    bundle="https://example.org/edgecv-0.2.0-arm64.raucb",
    notes="Counts pull-ups.",
    notes_url="https://example.org/0.2.0",
    url="https://example.org/edgecv.json",
    at="2026-11-21T12:00:00+00:00",
)
BACK = Last(
    version="0.2.0",
    from_version="0.1.0",
    outcome="rolled_back",
    reason="no frames",
    at="2026-11-21T12:00:00+00:00",
)


@pytest.fixture
def box(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Box:
    return make_box(tmp_path, monkeypatch)


@pytest.fixture
def updates(box: Box) -> Updates:
    return Updates(box.folder / "edgecv", box.clock, box.places)


def firmware(updates: Updates) -> dict[str, Any]:
    told = updates.look()
    assert told is not None
    fields: dict[str, Any] = msgspec.to_builtins(told.firmware)
    return fields


def test_the_installed_version_is_the_latest_while_nothing_newer_is_known(
    box: Box, updates: Updates
) -> None:
    nothing = firmware(updates)
    assert nothing["installed_version"] == nothing["latest_version"] == "0.1.0"
    assert nothing["in_progress"] is False
    kept.show(box.places.latest, LATEST)
    known = firmware(updates)
    assert (known["latest_version"], known["release_summary"]) == ("0.2.0", "Counts pull-ups.")
    assert known["release_url"] == "https://example.org/0.2.0"
    (box.places.etc / "os-release").write_text("IMAGE_ID=edgecv\nIMAGE_VERSION=0.3.0\n")
    newer = firmware(updates)
    assert newer["latest_version"] == "0.3.0"
    assert (newer["release_summary"], newer["release_url"]) == ("", None)


def test_what_goes_on_is_told_as_one_way_and_what_failed_with_the_reason(
    box: Box, updates: Updates
) -> None:
    progress = box.job().progress
    shown = []
    for doing in DOINGS:
        progress.begin(doing, doing)
        shown.append(firmware(updates)["update_percentage"])
        for percent in (0, 50, 100):
            progress.reach(percent, 100)
            shown.append(firmware(updates)["update_percentage"])
            assert firmware(updates)["in_progress"] is True
    assert shown == [None, 0, 20, 40, 40, 40, 47, 55, 55, 55, 77, 100, 100, 100, 100, 100]
    job = box.job()
    job.progress.begin("installing", "installing")
    with pytest.raises(ZeroDivisionError), job.progress.attempt():
        raise ZeroDivisionError
    told = updates.look()
    assert told is not None
    assert not told.firmware.in_progress
    assert told.update_problem == "it ended by a bug: ZeroDivisionError()"


def test_the_reason_of_the_last_roll_back_is_told_and_news_of_it_logged(
    box: Box, updates: Updates, caplog: pytest.LogCaptureFixture
) -> None:
    kept.keep(box.places.last, BACK)
    told = updates.look()
    assert told is not None
    assert told.last_update == "0.2.0 was left for 0.1.0 on 2026-11-21: no frames"
    assert caplog.text == "", "it was known before the program started"
    good = msgspec.structs.replace(BACK, outcome="good", reason=None)
    kept.keep(box.places.last, good)
    with caplog.at_level("INFO", "edgecv.update"):
        updates.look()
        updates.look()
    assert caplog.text.count("0.2.0 is good since 2026-11-21") == 1


def test_an_update_is_asked_for_once_and_only_when_there_is_one(box: Box, updates: Updates) -> None:
    request = box.folder / "edgecv" / REQUEST
    assert updates.install() == "nothing newer than 0.1.0 is known"
    kept.show(box.places.latest, LATEST)
    assert updates.install() is None
    assert request.read_text() == "0.2.0\n"
    assert firmware(updates)["in_progress"] is True
    assert updates.install() == "an update is going on already"
    request.unlink()
    box.job().progress.begin("downloading", "downloading")
    assert updates.install() == "an update is going on already"
    assert not request.exists()


def test_elsewhere_there_is_nothing_to_tell_and_nothing_to_ask_for(box: Box) -> None:
    elsewhere = Updates(box.folder, box.clock, replace(box.places, etc=box.folder / "nowhere"))
    assert elsewhere.look() is None
    assert elsewhere.install() == "this is no appliance image: update edgecv as it was installed"


def test_a_long_reason_is_cut_to_what_home_assistant_takes(box: Box, updates: Updates) -> None:
    kept.keep(box.places.last, msgspec.structs.replace(BACK, reason="because " * 100))
    told = updates.look()
    assert told is not None
    assert told.last_update is not None
    assert len(told.last_update) == 255


# The whole way


class OnImage(Running):
    """With files of an image in place of this machine's, for this process alone."""

    def __init__(self, broker: Broker, folder: Path) -> None:
        self.run = folder / "run"
        (self.run / "edgecv").mkdir(parents=True)
        self._release = folder / "os-release"
        self._release.write_text("IMAGE_ID=edgecv\nIMAGE_VERSION=0.1.0\n")
        super().__init__(broker, folder, SQUATS)

    def start(self) -> "subprocess.Popen[bytes]":
        mounts = f"mount --bind {self._release} /etc/os-release && mount --bind {self.run} /run"
        command = [sys.executable, "-m", "edgecv", "run", "--config", str(self._config)]
        with self._log.open("ab") as output:
            self.process = subprocess.Popen(
                [
                    *("unshare", "--mount", "sh", "-c", f'{mounts} && exec "$@"', "sh", *command),
                    *("--source", self._source, "--mqtt", f"127.0.0.1:{self._broker.port}"),
                ],
                stdout=output,
                stderr=output,
                env={**os.environ, "RUNTIME_DIRECTORY": "/run/edgecv"},
            )
        return self.process


@pytest.fixture
def on_image(broker: Broker, tmp_path: Path) -> Iterator[OnImage]:
    one = OnImage(broker, tmp_path)
    yield one
    one.close()


def is_told(**fields: Any) -> Callable[[dict[str, Any]], bool]:
    def look(state: dict[str, Any]) -> bool:
        told = state["firmware"] or {}
        return all(told.get(name) == value for name, value in fields.items())

    return look


@needs_root
def test_home_assistant_sees_an_update_and_its_button_leads_to_who_may_install(
    on_image: OnImage,
) -> None:
    on_image.wait_for("a version", is_told(installed_version="0.1.0", latest_version="0.1.0"))
    refused = on_image.command("update", "INSTALL")
    assert (refused["accepted"], refused["reason"]) == (
        False,
        "nothing newer than 0.1.0 is known",
    )
    places = Places(run=on_image.run / "edgecv-update")
    kept.show(places.latest, LATEST)
    on_image.wait_for("the latest", is_told(latest_version="0.2.0", in_progress=False))
    assert not on_image.command("update", "https://example.org/mine.raucb")["accepted"]
    assert on_image.command("update", "INSTALL")["accepted"]
    assert (on_image.run / "edgecv" / REQUEST).read_text() == "0.2.0\n"
    on_image.wait_for("progress", is_told(in_progress=True))
    assert not on_image.command("update", "INSTALL")["accepted"], "it goes on already"
    config = json.loads(on_image.listener.payloads("/config")[-1])
    entity = config["components"]["firmware"]
    assert entity["platform"] == "update"
    assert entity["payload_install"] == "INSTALL"
    assert entity["command_topic"] == "edgecv/gym/update/set"


# The units


def setting(unit: str, key: str) -> list[str]:
    return re.findall(rf"^{key}=(.*)$", (UNITS / unit).read_text(), re.MULTILINE)


def test_the_units_look_where_the_program_writes() -> None:
    assert setting("edgecv-update.path", "PathExists") == [f"/run/edgecv/{REQUEST}"]
    # It would be started for ever otherwise.
    assert setting("edgecv-update.service", "ExecStartPre") == [
        f"/usr/bin/rm -f /run/edgecv/{REQUEST}"
    ]
    made = (SYSTEM / "usr/lib/tmpfiles.d/edgecv-update.conf").read_text().split()
    assert made[:3] == ["d", str(Places().run), "0755"]
    for unit in UNITS.glob("edgecv-update*.service"):
        assert str(Places().run) in setting(unit.name, "ReadWritePaths")[0].split()


def test_nothing_out_of_a_message_reaches_who_installs() -> None:
    assert setting("edgecv-update.service", "ExecStart") == [
        "/opt/edgecv/bin/python -m edgecv update install"
    ]


def test_the_units_are_started_by_what_they_are_for() -> None:
    rules = (SYSTEM / "etc/udev/rules.d/70-edgecv.rules").read_text()
    assert "edgecv-update-stick@%k.service" in rules
    recipe = (SYSTEM.parent / "root.sh").read_text()
    assert "edgecv-update.path" in recipe
    assert "edgecv-update-check.timer" in recipe
    assert PATTERN == "*.raucb"
