"""The board's light: what it says of each state, and how."""

from pathlib import Path

import msgspec
import pytest

from edgecv.events import State, Status
from edgecv.image.light import Light, Sign, find_light, has_route, look, sign
from edgecv.status import MqttStatus, StatusDocument, encode_status

NOW_S = 1000.0
ROUTES = """\
Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask
eth0	00000000	0202000A	0003	0	0	1024	00000000
eth0	0002000A	00000000	0001	0	0	1024	00FFFFFF
"""


def document(
    status: Status = Status.RUNNING, *, camera: bool | None = True, connected: bool | None = True
) -> StatusDocument:
    broker = MqttStatus(broker="b:1883", connected=bool(connected))
    return StatusDocument(
        version="0.1.0",
        pid=1,
        device_id="a1b2c3d4",
        device_name="box",
        now_s=NOW_S,
        time="",
        mqtt=None if connected is None else broker,
        state=State(status=status, camera=camera),
    )


@pytest.mark.parametrize(
    ("status", "routed", "shown"),
    [
        (document(), True, Sign.RUNNING),
        (document(connected=None), False, Sign.RUNNING),
        (document(Status.PAUSED, camera=None), True, Sign.RUNNING),
        (document(Status.STARTING), True, Sign.STARTING),
        (document(Status.BUILDING, camera=False), False, Sign.STARTING),
        (document(camera=False), True, Sign.NO_CAMERA),
        (document(camera=False, connected=False), False, Sign.NO_CAMERA),
        (document(connected=False), True, Sign.NO_NETWORK),
        (document(), False, Sign.NO_NETWORK),
        (document(Status.PAUSED, camera=None, connected=False), True, Sign.NO_NETWORK),
        (document(Status.DEGRADED, camera=None), True, Sign.FAULT),
        (document(Status.STOPPED), True, Sign.FAULT),
    ],
)
def test_the_light_says_how_it_is(status: StatusDocument, routed: bool, shown: Sign) -> None:
    assert sign(status, now_s=NOW_S + 1, routed=routed) is shown


def test_a_box_that_never_comes_to_run_is_a_fault_after_a_while() -> None:
    assert sign(None, now_s=20.0, routed=False) is Sign.STARTING
    assert sign(None, now_s=600.0, routed=True) is Sign.FAULT


def test_one_that_says_nothing_any_more_is_a_fault() -> None:
    assert sign(document(), now_s=NOW_S + 60.0, routed=True) is Sign.FAULT


def test_a_network_is_one_with_a_way_out() -> None:
    assert has_route(ROUTES)
    assert not has_route("".join(ROUTES.splitlines(keepends=True)[::2]))
    assert not has_route("")


def test_signs_can_be_told_apart() -> None:
    assert len({one.value for one in Sign}) == len(Sign)


@pytest.fixture
def leds(tmp_path: Path) -> Path:
    """As a Raspberry Pi has them."""
    for name in ("PWR", "ACT", "mmc0::"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "trigger").write_text("none [mmc0] timer")
        (tmp_path / name / "brightness").write_text("0")
        (tmp_path / name / "max_brightness").write_text("255\n")
    return tmp_path


def test_it_blinks_as_the_sign_says(leds: Path) -> None:
    light = find_light(leds)
    assert light is not None
    light.take()
    assert (leds / "ACT" / "trigger").read_text() == "none"
    seen = []
    light.show(
        Sign.NO_CAMERA,
        lambda seconds: seen.append(((leds / "ACT" / "brightness").read_text(), seconds)),
    )
    assert seen == [("255", 0.15), ("0", 0.35), ("255", 0.15), ("0", 1.5)]
    seen.clear()
    light.show(
        Sign.RUNNING,
        lambda seconds: seen.append(((leds / "ACT" / "brightness").read_text(), seconds)),
    )
    assert [on for on, _ in seen] == ["255"]
    assert (leds / "PWR" / "brightness").read_text() == "0"


def test_a_box_without_a_light_has_none(tmp_path: Path) -> None:
    assert find_light(tmp_path) is None


def test_it_looks_at_the_status_file_and_the_routes(tmp_path: Path) -> None:
    status, routes = tmp_path / "status.json", tmp_path / "route"
    assert look(status, routes, now_s=20.0) is Sign.STARTING
    status.write_bytes(encode_status(document()))
    assert look(status, routes, now_s=NOW_S) is Sign.NO_NETWORK
    routes.write_text(ROUTES)
    assert look(status, routes, now_s=NOW_S) is Sign.RUNNING
    newer = msgspec.json.decode(status.read_bytes()) | {"schema": 99}
    status.write_bytes(msgspec.json.encode(newer))
    assert look(status, routes, now_s=600.0) is Sign.FAULT


def test_a_light_that_may_not_be_used_is_told_by_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        Light(tmp_path / "none").take()
