"""Cutting a stream of JPEG pictures into pictures."""

import random

import cv2
import numpy as np
import pytest

from edgecv.capture.mjpeg import MjpegSplitter, picture_size
from tests.streams import jpeg, part

PICTURES = [jpeg(shade, width) for shade, width in ((10, 64), (90, 128), (200, 32))]
STREAM = b"".join(PICTURES)


def noise(seed: int = 1) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.random.default_rng(seed).integers(0, 256, (96, 128, 3), np.uint8)


def encode(*parameters: int) -> bytes:
    done, data = cv2.imencode(".jpg", noise(), parameters)
    assert done
    return data.tobytes()


def cut(stream: bytes, size: int) -> list[bytes]:
    splitter = MjpegSplitter()
    pieces = [stream[at : at + size] for at in range(0, len(stream), size)]
    return [picture for piece in pieces for picture in splitter.feed(piece)]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100, 4096, len(STREAM)])
def test_the_pictures_are_the_same_in_whatever_pieces_they_come(size: int) -> None:
    assert cut(STREAM, size) == PICTURES


@pytest.mark.parametrize("size", [1, 50, 1 << 20])
def test_what_stands_between_the_pictures_is_dropped(size: int) -> None:
    stream = b"\xff\x00hello\xff".join(part(picture) for picture in PICTURES)
    assert cut(stream, size) == PICTURES


def test_a_picture_that_breaks_off_does_not_cost_the_next() -> None:
    broken = PICTURES[0][: len(PICTURES[0]) - 20]
    assert cut(broken + PICTURES[1], 64) == [PICTURES[1]]


def test_a_picture_that_breaks_off_in_its_head_costs_no_more_than_the_next() -> None:
    assert cut(PICTURES[0][:30] + STREAM, 64)[-2:] == PICTURES[1:]


def test_a_thumbnail_in_the_head_is_not_taken_for_the_picture() -> None:
    thumbnail = jpeg(50, 16, 16)
    segment = b"\xff\xe1" + (len(thumbnail) + 2).to_bytes(2, "big") + thumbnail
    with_thumbnail = PICTURES[0][:2] + segment + PICTURES[0][2:]
    assert cut(with_thumbnail + PICTURES[1], 33) == [with_thumbnail, PICTURES[1]]


def test_fill_bytes_before_a_marker_belong_to_the_picture() -> None:
    filled = PICTURES[0][:2] + b"\xff\xff" + PICTURES[0][2:]
    assert cut(filled + PICTURES[1], 10) == [filled, PICTURES[1]]


@pytest.mark.parametrize(
    "parameters",
    [(cv2.IMWRITE_JPEG_PROGRESSIVE, 1), (cv2.IMWRITE_JPEG_RST_INTERVAL, 2), ()],
    ids=["progressive", "restart markers", "plain"],
)
def test_every_kind_of_jpeg_is_kept_whole(parameters: tuple[int, ...]) -> None:
    picture = encode(*parameters)
    assert cut(picture * 3, 1000) == [picture] * 3
    assert picture_size(picture) == (128, 96)


def test_a_stream_without_an_end_does_not_fill_the_memory() -> None:
    splitter = MjpegSplitter(largest=10_000)
    endless = PICTURES[0][:-2]
    assert splitter.feed(endless) == []
    for _ in range(100):
        assert splitter.feed(bytes(1000)) == []
    assert splitter.dropped_bytes >= 90_000

    assert splitter.feed(STREAM)[-2:] == PICTURES[1:]


@pytest.mark.parametrize("seed", range(20))
def test_damage_never_raises_and_every_byte_is_accounted_for(seed: int) -> None:
    dice = random.Random(seed)
    stream = bytearray(STREAM * 10)
    for _ in range(60):
        stream[dice.randrange(len(stream))] = dice.choice((0x00, 0xFF, 0xD8, 0xD9, 0xDA, 0x55))
    splitter = MjpegSplitter()
    kept = at = 0
    while at < len(stream):
        size = dice.randrange(1, 500)
        kept += sum(map(len, splitter.feed(bytes(stream[at : at + size]))))
        at += size
    assert kept + splitter.dropped_bytes <= len(stream)

    # A segment that lies about its length takes 64 KiB with it.
    assert splitter.feed(STREAM * 100)[-2:] == PICTURES[1:]


def test_the_size_stands_in_the_frame_header() -> None:
    assert [picture_size(picture) for picture in PICTURES] == [(64, 48), (128, 48), (32, 48)]


@pytest.mark.parametrize("picture", [b"", b"\xff\xd8", b"\xff\xd8\xff\xd9", PICTURES[0][:100]])
def test_what_has_no_frame_header_is_no_picture(picture: bytes) -> None:
    with pytest.raises(ValueError, match="no JPEG picture"):
        picture_size(picture)


@pytest.mark.parametrize("seed", range(50))
def test_looking_for_the_size_in_damaged_pictures_ends(seed: int) -> None:
    dice = random.Random(seed)
    picture = bytearray(PICTURES[0])
    for _ in range(20):
        picture[dice.randrange(2, 200)] = dice.randrange(256)
    try:
        width, height = picture_size(bytes(picture))
    except ValueError:
        return
    assert width > 0
    assert height > 0
