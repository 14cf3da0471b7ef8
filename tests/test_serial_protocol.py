"""Frames: whole or not at all, whatever stands around them; and both sides read them alike."""

import json
import random
import subprocess
from pathlib import Path

import pytest

from edgecv.errors import ConfigError
from edgecv.serial_line.monitor import Ear, frame_of
from edgecv.serial_line.protocol import (
    LONGEST,
    LONGEST_VALUE,
    Frame,
    Parser,
    crc,
    decode,
    encode,
    value_of,
)
from tests.controller import BENCHES, MICROPYTHON, PROGRAM, needs_micropython

LETTERS = "abcdefghijklmnopqrstuvwxyz"
PRINTABLE = [chr(code) for code in range(0x21, 0x7F) if chr(code) not in "$*="]
ROUNDS = 300


def some_frame(chance: random.Random) -> Frame:
    def name(more: str = "") -> str:
        return "".join(chance.choices(LETTERS + more, k=chance.randint(1, 12)))

    fields = {
        name("_"): "".join(chance.choices(PRINTABLE, k=chance.randint(1, 20)))
        for _ in range(chance.randint(0, 5))
    }
    return Frame(name(), fields)


def some_rubbish(chance: random.Random) -> bytes:
    """With more of what means something than chance would have."""
    return bytes(
        chance.choice((chance.randrange(256), *b"$*\r\n=", 0x41))
        for _ in range(chance.randint(0, 30))
    )


def in_pieces(data: bytes, chance: random.Random) -> list[bytes]:
    pieces = []
    while data:
        size = chance.randint(1, 40)
        pieces.append(data[:size])
        data = data[size:]
    return pieces


def fed(pieces: list[bytes]) -> list[Frame]:
    parser = Parser()
    return [frame for piece in pieces for frame in parser.feed(piece)]


def test_the_check_sum_is_the_one_that_is_documented() -> None:
    assert crc(b"123456789") == 0x29B1  # the catalogue of CRCs has it of CRC-16/CCITT-FALSE
    assert encode("show", count=12) == b"$show count=12*%04X\r\n" % crc(b"show count=12")


def test_what_is_encoded_is_decoded() -> None:
    chance = random.Random(1)
    for _ in range(ROUNDS):
        frame = some_frame(chance)
        assert fed([encode(frame.kind, **frame.fields)]) == [frame]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("camera backing_off", "camera_backing_off"),
        ("  a \n b ", "a_b"),
        ("50 % = $5 * 10", "50_%_-_-5_-_10"),
        ("zu weit – größer", "zu_weit_?_gr??er"),
        ("", "-"),
        (None, "None"),
        (12.5, "12.5"),
        ("x" * 99, "x" * LONGEST_VALUE),
    ],
)
def test_any_text_can_be_a_value(text: object, value: str) -> None:
    assert value_of(text) == value
    assert decode(encode("say", text=text or value).rstrip()) is not None


def test_whole_frames_get_through_whatever_stands_between_them() -> None:
    chance = random.Random(2)
    for _ in range(ROUNDS):
        frames = [some_frame(chance) for _ in range(chance.randint(1, 6))]
        data = b"".join(
            some_rubbish(chance) + encode(frame.kind, **frame.fields) for frame in frames
        )
        assert fed(in_pieces(data, chance)) == frames


def test_a_damaged_frame_is_never_taken_for_another() -> None:
    """A CRC of 16 bits finds every error of up to three bits, and every burst of up to 16."""
    chance = random.Random(3)
    for _ in range(ROUNDS):
        frame = some_frame(chance)
        data = bytearray(encode(frame.kind, **frame.fields))
        data[chance.randrange(len(data) - 2)] ^= chance.randrange(1, 256)
        assert fed([bytes(data)]) in ([], [frame])


def test_damage_and_rubbish_are_counted() -> None:
    parser = Parser()
    assert parser.feed(b"MPY: soft reset\r\n") == []
    assert (parser.rubbish, parser.damaged) == (15, 0)
    assert parser.feed(b"$show count=1*0000\r\n$show cou" + encode("beat")) == [Frame("beat", {})]
    assert (parser.rubbish, parser.damaged) == (15, 2)


def test_a_flood_without_an_end_costs_no_memory() -> None:
    parser = Parser()
    for _ in range(1000):
        parser.feed(b"$" + b"x" * 1000)
        parser.feed(b"y" * 1000)
    assert len(parser._line) <= LONGEST + 1
    assert parser.feed(b"\n" + encode("beat")) == [Frame("beat", {})]


def test_who_looks_at_the_line_sees_everything_and_what_is_whole() -> None:
    ear = Ear()
    beat = encode("beat")
    heard = ear.feed(b"MPY: soft reset\r\n\x00" + beat + b"$show count=1*0000\r\n" + beat[:4])
    assert [(line.text, line.frame is not None) for line in heard] == [
        ("MPY: soft reset", False),
        (f".{beat.decode().strip()}", True),
        ("$show count=1*0000", False),
    ]
    assert ear.feed(beat[4:])[0].frame == Frame("beat", {})
    assert len(ear.feed(b"x" * 1000)) == 4


def test_what_somebody_types_becomes_a_frame_or_is_refused() -> None:
    assert frame_of("show count=12  set=3") == encode("show", count=12, set=3)
    assert frame_of("beat") == b"$beat*46E9\r\n"
    for words in ("", "Show", "show count", "show count=", "show größe=1", "show a=$", "a" * 99):
        with pytest.raises(ConfigError, match="is no frame"):
            frame_of(words)


@needs_micropython
def test_both_sides_read_the_same_line_alike(tmp_path: Path) -> None:
    """The controller's parser, under MicroPython, on what the other one is given."""
    chance = random.Random(4)
    pieces = []
    for _ in range(ROUNDS):
        frame = some_frame(chance)
        data = bytearray(encode(frame.kind, **frame.fields) + some_rubbish(chance))
        if chance.random() < 0.3:
            data[chance.randrange(len(data))] = chance.randrange(256)
        if chance.random() < 0.05:
            data = bytearray(b"$" + b"x" * chance.randint(LONGEST - 3, LONGEST + 20) + b"\n")
        pieces += in_pieces(bytes(data), chance)
    expected = fed(pieces)
    (tmp_path / "pieces").write_text("\n".join(piece.hex() for piece in pieces))

    assert MICROPYTHON is not None
    out = subprocess.check_output(
        [MICROPYTHON, str(BENCHES / "parse.py"), str(PROGRAM), str(tmp_path / "pieces")]
    )
    assert [Frame(*frame) for frame in json.loads(out)] == expected
    assert ROUNDS / 3 < len(expected) < ROUNDS


@needs_micropython
def test_both_sides_write_alike(tmp_path: Path) -> None:
    chance = random.Random(5)
    frames = [some_frame(chance) for _ in range(50)]
    (tmp_path / "frames").write_text(json.dumps(frames))
    assert MICROPYTHON is not None
    out = subprocess.check_output(
        [MICROPYTHON, str(BENCHES / "write.py"), str(PROGRAM), str(tmp_path / "frames")]
    )
    assert fed([out]) == frames
