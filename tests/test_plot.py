"""The plot of a recording shows what was counted, where, and why not."""

import numpy as np
import pytest

from edgecv.findings import Findings, Told, find
from edgecv.frames import Image
from edgecv.picture.drawing import Colour
from edgecv.picture.lanes import COLOURS, absences, exercises_shown, make_lanes, most_of
from edgecv.picture.plot import ABSENT, HEIGHT, LEFT, RIGHT, TOP, WIDTH, draw_plot
from edgecv.pose.keypoints import BLAZEPOSE_33
from edgecv.reps.outcome import Refused
from edgecv.traces import Sample
from tests.recordings import SIZE, performed


def found_in(activity: str, exercise: str | None = None) -> Findings:
    clip = performed(activity)
    return find(clip.samples, clip.skeleton, exercise, SIZE, keep_signals=True)


@pytest.fixture(scope="module")
def squats() -> Findings:
    return found_in("squat")


def refused(turn_s: float, amplitude: float, exercise: str = "squat") -> Refused:
    return Refused(exercise, turn_s - 1, turn_s, turn_s + 1, amplitude, f"reason {amplitude:g}")


def column(findings: Findings, time_s: float) -> int:
    """Where a time lies, in pixels."""
    assert findings.began_s is not None
    share = (time_s - findings.began_s) / findings.seconds
    return round(LEFT + share * (WIDTH - LEFT - RIGHT))


def most_in_a_column(image: Image, x: int, colour: Colour) -> int:
    """Pixels of this colour, of the fullest of a few columns."""
    strip = image[TOP:, x - 3 : x + 4]
    return int((strip == np.array(colour)).all(axis=2).sum(axis=0).max())


def test_there_is_a_disc_at_each_turn_and_a_band_for_the_set(squats: Findings) -> None:
    image = draw_plot(squats, "4 squat")

    assert image.shape == (HEIGHT, WIDTH, 3)
    for told in squats.told:
        assert most_in_a_column(image, column(squats, told.rep.turn_s), COLOURS[0]) >= 8
    inside = (squats.told[0].rep.turn_s + squats.told[1].rep.turn_s) / 2
    band = image[TOP + 2, column(squats, inside)]
    outside = image[TOP + 2, column(squats, squats.told[-1].rep.end_s + 0.5)]
    assert (band != 255).any()
    assert (outside == 255).all()


def test_a_refused_movement_is_hollow_and_its_reason_is_written(squats: Findings) -> None:
    plain = draw_plot(squats, "4 squat")
    quiet_s = (squats.began_s or 0.0) + 0.5
    findings = found_in("squat")
    findings.refused = [refused(quiet_s, 0.5)]

    marked = draw_plot(findings, "4 squat")

    x = column(findings, quiet_s)
    lanes = make_lanes(findings, findings.refused, TOP, HEIGHT - 14 - 20 - 34)
    y = round(lanes[0].height(lanes[0].at(quiet_s)))
    around = marked[y - 11 : y + 12, x - 11 : x + 12]
    assert 20 < (around == COLOURS[0]).all(axis=2).sum() < 200  # a disc would have 314
    assert (marked[y - 6, x] == 255).all()
    assert (
        marked[HEIGHT - 30 :, LEFT : LEFT + 200] != plain[HEIGHT - 30 :, LEFT : LEFT + 200]
    ).any()


def test_the_farthest_of_many_refused_movements_are_listed_in_their_order() -> None:
    many = [refused(float(n), 20.0 - n if n % 2 else 0.1) for n in range(20)]

    listed = most_of(many, 8)

    assert [one.turn_s for one in listed] == [1.0, 3.0, 5.0, 7.0, 9.0, 11.0, 13.0]
    assert most_of(many[:8], 8) == many[:8]


def test_what_was_counted_comes_first_else_what_was_refused_most() -> None:
    findings = Findings(BLAZEPOSE_33, None)
    findings.refused = [refused(1, 1, name) for name in ("dip", "squat", "dip", "lunge", "row")]
    assert exercises_shown(findings)[0] == "dip"
    assert len(exercises_shown(findings)) == 3

    findings.told = [Told(told.rep, told.time_s) for told in found_in("squat").told]
    assert exercises_shown(findings) == ["squat"]


def test_times_without_anybody_are_shaded() -> None:
    clip = performed("squat")
    began_s, pause_s = clip.samples[0].time_s, 3.0
    before = [Sample(began_s - pause_s + n / 12, None) for n in range(36)]
    findings = find([*before, *clip.samples], BLAZEPOSE_33, None, SIZE, keep_signals=True)

    assert absences(findings)[0] == pytest.approx((began_s - pause_s, began_s), abs=0.1)
    image = draw_plot(findings, "4 squat")
    assert (image[TOP + 3, LEFT + 20] == ABSENT).all()


@pytest.mark.parametrize("seconds", [0.0, 0.5, 4000.0])
def test_recordings_of_any_length_and_of_nothing_are_drawn(seconds: float) -> None:
    findings = Findings(BLAZEPOSE_33, None, keep_signals=True)
    for share in (0.0, 0.3, 1.0):
        findings.see(share * seconds, None, SIZE)
    findings.finish()

    assert draw_plot(findings, "", "x" * 500).shape == (HEIGHT, WIDTH, 3)
    assert draw_plot(Findings(BLAZEPOSE_33, None), "none").shape == (HEIGHT, WIDTH, 3)
