"""The boot file of the appliance image: what is taken over, refused, kept, blanked and reported."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trustme

from edgecv.choices import Choices, Value
from edgecv.clock import SystemClock
from edgecv.config import merged
from edgecv.errors import EdgecvError
from edgecv.image import provision, store
from edgecv.image.blank import blanked
from edgecv.image.boot_file import parse_boot_file, written
from edgecv.image.provision import Volume
from edgecv.image.report import NAME
from edgecv.image.store import Places
from edgecv.image.take_over import take_over, write_config
from edgecv.sinks.journal import Journal

EXAMPLE = Path(__file__).parents[1] / "firmware" / "boot" / "edgecv.toml"
BUILTIN = Path(__file__).parents[1] / "firmware" / "overlay/usr/share/edgecv/image.toml"
TIMEZONES = {"UTC", "Europe/Berlin", "Europe/Paris"}
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDRvbid0bG9nbWVpbg me@home"
WHOLE = f"""\
# My box, in the garage
[device]
name = "Garage gym"
[wifi]
ssid = "Home"      # upstairs
password = "correct horse"
country = "DE"
[mqtt]
host = "192.168.1.10"
username = "edgecv"
password = 'battery staple'
[camera]
source = "synthetic:squat"
[counting]
exercise = "squat"
[box]
timezone = "Europe/Berlin"
ssh_key = "{KEY}"
"""


class Card(Volume):
    """A folder in place of a mounted boot partition."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.folder = folder
        self.times_writable = 0

    @contextmanager
    def writable(self) -> Iterator[None]:
        self.times_writable += 1
        yield

    def report(self) -> str:
        return (self.folder / NAME).read_bytes().decode().replace("\r\n", "\n")


class Box:
    """One slot of the image, and the card in it."""

    def __init__(self, root: Path) -> None:
        self.places = Places(
            slot=root / "a",
            shared=root / "shared",
            builtin=BUILTIN,
            timezones=root / "zones",
        )
        for folder in (root / "shared/iwd", root / "a/state", root / "zones", root / "card"):
            folder.mkdir(parents=True)
        zones = "\n".join(f"Z {name} 1 - +1" for name in TIMEZONES)
        (root / "zones" / "tzdata.zi").write_text(f"{zones}\nL Europe/Berlin Arctic/Longyearbyen\n")
        self.card = Card(root / "card")
        self.file = root / "card" / "edgecv.toml"

    def start(self, content: str | bytes | None = None) -> None:
        """As at a start of the box, after somebody has written the file."""
        if content is not None:
            self.file.write_bytes(content.encode() if isinstance(content, str) else content)
        provision.provision(self.card, self.places, os.getgid(), lambda: None)
        assert write_config(self.places, os.getgid()) is None

    @property
    def config(self) -> dict[str, Any]:
        tables: dict[str, Any] = msgspec.toml.decode(self.places.config.read_bytes())
        return tables


@pytest.fixture
def box(tmp_path: Path) -> Box:
    return Box(tmp_path)


def test_a_whole_boot_file_is_put_where_it_belongs(box: Box) -> None:
    box.start(WHOLE)
    assert box.config == {
        "device": {"name": "Garage gym"},
        "camera": {"source": "synthetic:squat"},
        "counting": {"exercise": "squat"},
        "mqtt": {
            "host": "192.168.1.10",
            "username": "edgecv",
            "password_file": str(box.places.password),
        },
    }
    assert box.places.password.read_text() == "battery staple\n"
    assert (box.places.networks / "Home.psk").read_text() == (
        "[Security]\nPassphrase=correct horse\n[Settings]\nAutoConnect=true\n"
    )
    assert box.places.wifi_settings.read_text() == "[General]\nCountry=DE\n"
    assert os.readlink(box.places.localtime) == str(box.places.timezones / "Europe/Berlin")
    assert box.places.ssh_keys.read_text() == KEY + "\n"


def test_only_edgecv_and_root_may_read_what_is_kept(box: Box) -> None:
    box.start(WHOLE)
    modes = {
        path.name: oct(path.stat().st_mode & 0o777)
        for path in (box.places.config, box.places.password, box.places.ssh_keys)
    }
    assert modes == {
        "edgecv.toml": "0o640",
        "mqtt-password": "0o640",
        "authorized_keys": "0o600",
    }
    assert (box.places.networks / "Home.psk").stat().st_mode & 0o777 == 0o600


def test_passwords_are_gone_from_the_card_and_all_else_is_as_it_was(box: Box) -> None:
    box.start(WHOLE)
    left = box.file.read_text()
    assert left == WHOLE.replace('"correct horse"', '""').replace("'battery staple'", '""')
    assert "correct horse" not in box.card.report()
    assert "battery staple" not in box.card.report()
    assert "wifi.password (not shown)" in box.card.report()


def test_nobody_is_left_writing_to_the_card_when_nothing_is_new(box: Box) -> None:
    box.start(WHOLE)
    box.start()
    box.start()
    assert box.card.times_writable == 1


def test_what_a_later_file_does_not_name_stays(box: Box) -> None:
    box.start(WHOLE)
    before = box.config
    box.start('[device]\nname = "Cellar"\n')
    assert box.config == merged(before, {"device": {"name": "Cellar"}})
    assert box.places.password.exists()
    assert box.places.ssh_keys.exists()
    assert (box.places.networks / "Home.psk").exists()


def test_the_blanked_file_with_one_change_keeps_the_passwords(box: Box) -> None:
    box.start(WHOLE)
    box.start(box.file.read_text().replace("Garage gym", "Cellar"))
    assert box.config["device"]["name"] == "Cellar"
    assert box.places.password.read_text() == "battery staple\n"
    assert "Passphrase=correct horse" in (box.places.networks / "Home.psk").read_text()


def test_the_password_in_a_camera_s_address_is_hidden_on_the_card_and_kept_on_the_box(
    box: Box,
) -> None:
    address = "rtsp://admin:hunter2@192.168.1.20/stream"
    box.start(f'[camera]\nsource = "{address}" # in the garage\n')
    stars = "rtsp://admin:***@192.168.1.20/stream"
    assert box.file.read_text() == f'[camera]\nsource = "{stars}" # in the garage\n'
    assert "hunter2" not in box.card.report()
    box.start(f'[camera]\nsource = "{stars}"\nfps = 10\n')
    assert box.config["camera"] == {"source": address, "fps": 10}
    box.start(f'[camera]\nsource = "{stars}/2"\n')
    assert "the stars stand in place of a password" in box.card.report()
    assert box.config["camera"]["source"] == address


def test_the_broker_s_certificates_are_taken_from_beside_the_file(box: Box) -> None:
    authority, own = trustme.CA(), trustme.CA().issue_cert("edgecv")
    authority.cert_pem.write_to_path(box.card.folder / "ca.pem")
    own.cert_chain_pems[0].write_to_path(box.card.folder / "own.crt")
    own.private_key_pem.write_to_path(box.card.folder / "own.key")
    text = (
        '[mqtt]\nhost = "broker"\nport = 8883\ntls = true\n'
        'ca_file = "ca.pem"\ncert_file = "own.crt"\nkey_file = "own.key"\n'
    )
    box.start(text)
    assert "was taken over" in box.card.report()
    folder = box.places.config.parent
    assert {key: box.config["mqtt"][key] for key in ("ca_file", "cert_file", "key_file")} == {
        key: str(folder / f"{key}.pem") for key in ("ca_file", "cert_file", "key_file")
    }
    assert (folder / "key_file.pem").read_bytes() == own.private_key_pem.bytes()
    assert (folder / "key_file.pem").stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in box.card.folder.glob("*.*")) == [
        *("ca.pem", NAME, "edgecv.toml", "own.crt")
    ]
    box.start(text + "# once more, and the key is not there any more\n")
    assert "was taken over" in box.card.report()


@pytest.mark.parametrize(
    ("file", "complaint"),
    [("none.pem", "there is no such file beside edgecv.toml"), ("x.der", "is no PEM file")],
)
def test_a_certificate_that_is_missing_or_none_is_named(
    box: Box, file: str, complaint: str
) -> None:
    (box.card.folder / "x.der").write_bytes(b"\x30\x82")
    box.start(f"[mqtt]\nhost = 'b'\ntls = true\nca_file = '{file}'\n")
    assert f"mqtt.ca_file = '{file}'" in box.card.report()
    assert complaint in box.card.report()


def test_a_damaged_journal_does_not_keep_a_file_from_being_taken_over(box: Box) -> None:
    (box.places.state / "a1b2c3d4.sqlite3").write_bytes(b"no database" * 100)
    box.start('[counting]\nexercise = "squat"\n')
    assert box.config["counting"] == {"exercise": "squat"}


def test_another_network_takes_the_place_of_the_one_before(box: Box) -> None:
    box.start(WHOLE)
    box.start('[wifi]\nssid = "Gäste 2"\npassword = "11112222"\n')
    assert [path.name for path in box.places.networks.iterdir()] == [
        f"={'Gäste 2'.encode().hex()}.psk"
    ]
    box.start('[wifi]\nssid = "free"\n')
    assert [path.name for path in box.places.networks.iterdir()] == ["free.open"]


def test_who_names_no_key_any_more_is_let_out(box: Box) -> None:
    box.start(WHOLE)
    box.start('[box]\nssh_key = ""\ntimezone = ""\n[mqtt]\nusername = ""\n')
    assert not box.places.ssh_keys.exists()
    assert not box.places.password.exists()
    assert "password_file" not in box.config["mqtt"]
    assert os.readlink(box.places.localtime) == str(box.places.timezones / "UTC")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ('[camera]\nsuorce = "/dev/video0"', "unknown key camera.suorce: did you mean source?"),
        ("[camera]\nfps = 0", "camera.fps = 0: expected a number >= 1.0"),
        ('[camera]\nsource = "ftp://x"', "source ftp://x: expected"),
        ("[wfii]\nssid = 'a'", "unknown section [wfii]: did you mean [wifi]?"),
        ("[counting]\nexercise = 'squad'", "counting.exercise = 'squad': known are"),
        ("[pose]\nmodel = 'best'", "best"),
        ("name = 'x'", "name = 'x' stands before the first [section]"),
        ("[wifi]\nssid = 'x'\npassword = 'short'", "wifi.password has 5 characters: expected 8"),
        ("[wifi]\npassword = 'long enough'", "[wifi] has no ssid"),
        (f"[wifi]\nssid = '{'x' * 33}'", "expected at most 32 bytes"),
        ("[wifi]\nssid = 'x'\ncountry = 'Germany'", "expected two capital letters"),
        ("[wifi]\nsid = 'x'", "unknown key wifi.sid: did you mean ssid?"),
        ("[box]\ntimezone = 'Europe/Berln'", "did you mean Europe/Berlin?"),
        ("[box]\nssh_key = 'hunter2'", "expected the one line of a file such as id_ed25519.pub"),
        ("[mqtt]\npassword = 5", "mqtt.password: expected a text, in quotation marks"),
        ("[mqtt]\nhost = 'b'\ntls = true\nca_file = '/no/ca'", "/no/ca"),
        ("[device\nname = 'x'", "is not valid TOML"),
        ("[device]\nname = “Garage”", "is not valid TOML"),
        ("[device]\nname = 'a'\nname = 'b'", "is not valid TOML"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "is no text"),
        (b"[device]\nname = 'caf\xe9'\n", "is no text in UTF-8 (byte 21)"),
        (b"#" * 10_000_000, "longer than 64 kB"),
        (b"\0" * 4096, "is no"),
    ],
)
def test_a_wrong_file_changes_nothing_and_is_told_why(
    box: Box, content: str | bytes, complaint: str
) -> None:
    box.start(WHOLE)
    before = box.places.config.read_text(), sorted(box.places.networks.iterdir())
    box.start(content)
    assert (box.places.config.read_text(), sorted(box.places.networks.iterdir())) == before
    told = box.card.report()
    assert "edgecv.toml was NOT taken over" in told
    assert complaint in told
    assert 'name = "Garage gym"' in told
    assert "Traceback" not in told


@pytest.mark.parametrize("content", ["[camera]\nfps = 0", b"\xff\xfe\x00", b"\x1f\x8b" * 99])
def test_a_new_box_with_a_wrong_file_starts_with_safe_defaults(
    box: Box, content: str | bytes
) -> None:
    box.start(content)
    assert box.config == msgspec.toml.decode(BUILTIN.read_bytes())
    assert "NOT taken over" in box.card.report()


@pytest.mark.parametrize("content", ["", "# nothing\n", EXAMPLE.read_text(encoding="utf-8")])
def test_a_file_that_names_nothing_is_no_mistake(box: Box, content: str) -> None:
    box.start(content)
    assert box.config == msgspec.toml.decode(BUILTIN.read_bytes())
    assert "It says:\n  nothing" in box.card.report()


def test_there_is_a_configuration_where_there_is_no_boot_file(box: Box) -> None:
    box.start()
    assert box.config == msgspec.toml.decode(BUILTIN.read_bytes())
    assert not (box.card.folder / NAME).exists()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_it_may_be_written_with_any_editor_and_stays_as_it_was_written(
    box: Box, encoding: str, ends: str
) -> None:
    box.start(WHOLE.replace("\n", ends).encode(encoding))
    assert box.config["device"]["name"] == "Garage gym"
    left = box.file.read_bytes()
    assert "correct horse".encode(encoding.replace("-sig", "")) not in left
    assert b"correct horse" not in left
    plain = left.decode(encoding)
    assert plain.count(ends) == WHOLE.count("\n")
    assert plain.startswith("# My box")


def test_a_stick_that_can_not_be_written_to_is_taken_over_once(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Card) -> None:
        raise EdgecvError("mount failed: write-protected")

    monkeypatch.setattr(Card, "writable", refuse)
    box.file.write_text(WHOLE)
    with pytest.raises(EdgecvError, match="write-protected"):
        provision.provision(box.card, box.places, os.getgid(), lambda: None)
    box.start()
    assert box.config["device"]["name"] == "Garage gym"


def test_windows_may_hide_the_ending_of_its_name(box: Box) -> None:
    (box.card.folder / "edgecv.toml.txt").write_text(WHOLE)
    box.start()
    assert box.config["device"]["name"] == "Garage gym"
    assert "edgecv.toml.txt was taken over" in box.card.report()


def test_a_file_that_an_older_edgecv_refused_is_looked_at_again(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as older:
        older.setattr("edgecv.image.take_over.__version__", "0.0.1")
        box.start("[camera]\nfps = 0\n")
        box.start()
        assert box.card.times_writable == 1
    box.start()
    assert box.card.times_writable == 2


def test_what_was_chosen_while_it_ran_holds_until_a_new_file_names_it(box: Box) -> None:
    path = box.places.state / "a1b2c3d4.sqlite3"
    box.start(WHOLE)
    choose_while_it_runs(path)
    box.start('[device]\nname = "Cellar"\n')
    assert remembered(path) == {"choice.exercise", "choice.max_fps", "choice.camera_on"}
    box.start('[counting]\nexercise = "squat"\n')
    assert remembered(path) == {"choice.max_fps", "choice.camera_on"}


def choose_while_it_runs(path: Path) -> None:
    journal = Journal(path, SystemClock(), run="r", boot="b", deliver=False)
    configured: dict[str, Value] = {"exercise": "squat", "max_fps": 0.0, "camera_on": True}
    choices = Choices(configured, journal.start(lambda _: None, lambda: None), journal.remember)
    choices.choose("exercise", "lunge")
    choices.choose("max_fps", 5.0)
    choices.choose("camera_on", False)
    assert journal.stop(10.0)


def remembered(path: Path) -> set[str]:
    journal = Journal(path, SystemClock(), run="r", boot="b", deliver=False)
    facts = journal.start(lambda _: None, lambda: None)
    assert journal.stop(10.0)
    return {name for name in facts if name.startswith("choice.")}


def test_what_was_taken_over_and_can_not_be_used_any_more_gives_way_to_the_defaults(
    box: Box,
) -> None:
    box.start(WHOLE)
    kept = store.read_kept(box.places.kept)
    kept.tables["camera"]["colour"] = True
    store.write_kept(box.places.kept, kept)
    problem = write_config(box.places, os.getgid())
    assert problem is not None
    assert "unknown key camera.colour" in problem
    assert box.config["camera"] == msgspec.toml.decode(BUILTIN.read_bytes())["camera"]


def test_a_plug_that_is_pulled_half_way_costs_nothing(box: Box) -> None:
    """All is taken over, and the passwords still stand on the card."""
    box.file.write_text(WHOLE)
    take_over(WHOLE.encode(), "edgecv.toml", box.places, os.getgid(), box.card.read)
    box.places.config.parent.mkdir()
    box.places.config.with_name("edgecv.toml.new").write_text("[half")
    box.start()
    assert box.config["device"]["name"] == "Garage gym"
    assert '""' in box.file.read_text()
    assert [path.name for path in box.places.config.parent.iterdir()] == ["edgecv.toml"]


@pytest.mark.parametrize(
    "text",
    [
        'wifi = { ssid = "x", password = "secret stuff" }\n',
        'wifi.ssid = "x"\nwifi.password = "secret stuff"\n',
        '[wifi]\nssid = "x"\npassword = """\nsecret stuff"""\n',
        '[wifi]\nssid = "x"\n"password" = "secret stuff" # is secret stuff\n',
        '[wifi]\nssid = "x"\npassword = "secret \\u0073tuff"\n# secret stuff\n',
        "[mqtt]\npassword = 'secret stuff'\nusername = \"secret stuff\"\n",
    ],
)
def test_secrets_are_blanked_in_whatever_form_they_stand(text: str) -> None:
    after = blanked(text)
    found = parse_boot_file(after, "x", TIMEZONES)
    assert found.mqtt_password == found.wifi.get("password", "") == ""
    passwords = re.findall(r"password.*", after)
    assert passwords
    assert all("secret" not in line for line in passwords)


def test_every_line_of_the_example_is_right_once_it_is_used() -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    used = re.sub(r"^#(?=\w+ = )", "", text, flags=re.MULTILINE).replace("AAAA...", "AAAAC3Nz")
    found = parse_boot_file(used, "example", TIMEZONES)
    assert len(found.named) == len(re.findall(r"^#\w+ = ", text, re.MULTILINE))
    assert "wifi.country" in found.named
    assert parse_boot_file(text, "example", TIMEZONES).named == set()


@pytest.mark.parametrize(
    "tables",
    [
        {"a": {"text": 'quote " back \\ line\nüñ\x7f', "number": 1, "part": 0.5, "yes": True}},
        {"a": {"list": ["x", "y, z"], "empty": []}, "b": {}},
    ],
)
def test_what_is_written_as_toml_is_read_the_same(tables: dict[str, dict[str, Any]]) -> None:
    assert msgspec.toml.decode(written(tables)) == tables
