"""The configuration: the example says what holds, and mistakes are named."""

import re
from pathlib import Path

import msgspec
import pytest

import edgecv
from edgecv.config import Config, Mqtt, convert, parse_tables, read_password
from edgecv.errors import ConfigError
from edgecv.layers import configuration, layers
from edgecv.reps.exercises import EXERCISES

EXAMPLE = Path(edgecv.__file__).with_name("example.toml")


def load(path: Path) -> Config:
    return configuration(layers(path, {}))


def parse_config(text: str, name: str) -> Config:
    return convert(parse_tables(text, name), Config, f"configuration {name}")


def test_the_example_file_states_every_default() -> None:
    assert load(EXAMPLE) == Config()
    stated = {
        (section, key)
        for section, keys in msgspec.toml.decode(EXAMPLE.read_bytes()).items()
        for key in keys
    }
    assert stated == {
        (section, key)
        for section in Config.__struct_fields__
        for key in getattr(Config(), section).__struct_fields__
    }


def test_the_example_file_names_every_exercise() -> None:
    assert set(EXERCISES) <= set(re.findall(r"\w+", EXAMPLE.read_text(encoding="utf-8")))


def test_an_empty_file_is_a_configuration() -> None:
    assert parse_config("", "empty") == Config()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[mqtt]\nport = 'a'", "mqtt.port = 'a': expected an integer, got a text"),
        ("[mqtt]\nport = 70000", "mqtt.port = 70000: expected an integer <= 65535"),
        ("[mqtt]\nhots = 'a'", "unknown key mqtt.hots: did you mean host? known are host, port"),
        ("[foo]", "unknown key foo: known are device, camera"),
        ("mqtt = 3", "mqtt = 3: expected a table, got an integer"),
        ("[device]\nid = 'a/b'", "device.id = 'a/b': expected up to 64 letters, digits, - and _"),
        ("[camera]\nfps = true", "camera.fps = True: expected a number, got true or false"),
        ("[camera]\nfps = nan", "camera.fps = nan: expected a number >= 1.0"),
        ("[camera]\nsource = ''", "camera.source = '': expected a text of length >= 1"),
        ("[camera]\nsource = ", "is not valid TOML: Invalid value"),
        ("[camera]\n[camera]", "is not valid TOML: "),
    ],
)
def test_a_mistake_is_named_with_file_key_value_and_what_is_allowed(
    text: str, complaint: str
) -> None:
    with pytest.raises(ConfigError) as refusal:
        parse_config(text, "box.toml")

    assert "configuration box.toml" in str(refusal.value)
    assert complaint in str(refusal.value)


def test_a_file_that_can_not_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml: No such file or directory"):
        load(tmp_path / "none.toml")
    with pytest.raises(ConfigError, match="Is a directory"):
        load(tmp_path)
    picture = tmp_path / "picture.jpg"
    picture.write_bytes(b"\xff\xd8\xff\xe0")
    with pytest.raises(ConfigError, match="not a text file"):
        load(picture)


def test_the_password_is_the_first_line_of_its_file(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("s3cret \nmore\n", encoding="utf-8")

    assert read_password(Mqtt(password_file=str(file))) == "s3cret "
    assert read_password(Mqtt()) is None


def test_a_password_file_that_is_missing_or_empty_is_named(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.touch()

    with pytest.raises(ConfigError, match="its first line is the password"):
        read_password(Mqtt(password_file=str(empty)))
    with pytest.raises(ConfigError, match="No such file"):
        read_password(Mqtt(password_file=str(tmp_path / "none")))


def test_the_environment_stands_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "box.toml"
    file.write_text("[camera]\nsource = 'synthetic:squat'\nfps = 15\n")
    given = {
        "EDGECV_CAMERA_FPS": "12.5",
        "EDGECV_MQTT_TLS": "true",
        "EDGECV_POSE_PROVIDERS": "cuda,cpu",
        "EDGECV_COUNTING_SET_PAUSE_S": "20",
        "EDGECV_MQTT_PASSWORD": "secret",
        "EDGECV_OTHERS": "own",
    }
    config = configuration(layers(file, given))
    assert (config.camera.source, config.camera.fps) == ("synthetic:squat", 12.5)
    assert config.mqtt.tls is True
    assert config.pose.providers == ("cuda", "cpu")
    assert config.counting.set_pause_s == 20.0


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("EDGECV_CAMERA_FPS", "environment: camera.fps = 'much': expected a number"),
        ("EDGECV_CAMERA_FSP", "environment: unknown key camera.fsp: did you mean fps?"),
    ],
)
def test_a_mistake_in_the_environment_is_named(name: str, complaint: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        layers(None, {name: "much"})
    assert complaint in str(refusal.value)
    assert "EDGECV_SECTION_KEY" in str(refusal.value)


def test_the_files_of_a_folder_stand_over_the_service_s_file_in_their_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "edgecv.toml"
    monkeypatch.setattr("edgecv.layers.SYSTEM_CONFIG", file)
    folder = tmp_path / "edgecv.toml.d"
    folder.mkdir()
    file.write_text("[camera]\nwidth = 320\nheight = 240\nfps = 10\n")
    (folder / "20-later.toml").write_text("[camera]\nheight = 202\n")
    (folder / "10-first.toml").write_text("[camera]\nheight = 201\nfps = 20\n")
    (folder / "note.txt").write_text("no TOML")
    config = configuration(layers(file, {"EDGECV_CAMERA_FPS": "30"}, folder))
    assert (config.camera.width, config.camera.height, config.camera.fps) == (320, 202, 30.0)
    other = tmp_path / "other.toml"
    other.write_text("")
    assert configuration(layers(other, {}, folder)) == Config()


def test_a_mistake_in_such_a_file_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "edgecv.toml"
    file.write_text("")
    monkeypatch.setattr("edgecv.layers.SYSTEM_CONFIG", file)
    (tmp_path / "wrong.toml").write_text("[camera]\nfps = 0\n")
    with pytest.raises(ConfigError, match=r"wrong\.toml: camera\.fps = 0"):
        configuration(layers(file, {}, tmp_path))
