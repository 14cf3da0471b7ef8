"""The configuration: the example says what holds, and mistakes are named."""

import re
from pathlib import Path

import msgspec
import pytest

import edgecv
from edgecv.config import Config, Mqtt, load_config, parse_config, read_password
from edgecv.errors import ConfigError
from edgecv.reps.exercises import EXERCISES

EXAMPLE = Path(edgecv.__file__).with_name("example.toml")


def test_the_example_file_states_every_default() -> None:
    assert load_config(EXAMPLE) == Config()
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
        load_config(tmp_path / "none.toml")
    with pytest.raises(ConfigError, match="Is a directory"):
        load_config(tmp_path)
    picture = tmp_path / "picture.jpg"
    picture.write_bytes(b"\xff\xd8\xff\xe0")
    with pytest.raises(ConfigError, match="not a text file"):
        load_config(picture)


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
