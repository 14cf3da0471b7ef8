"""Finding movements away from rest and back, in plain numbers."""

import math
import random
from collections.abc import Callable, Iterable

import pytest

from edgecv.reps.excursion import Excursion, ExcursionFinder
from edgecv.reps.exercises import Exercise

ROW = Exercise(parts={"knee": (-60, 1)}, floor=0.4, longest_s=8.0)


def found(values: Iterable[float], *, fps: float = 30.0, accept: bool = True) -> list[Excursion]:
    finder = ExcursionFinder(ROW)
    movements = []
    for row, value in enumerate(values):
        movement = finder.update(row, row / fps, value)
        if movement is not None:
            movements.append(movement)
            if accept:
                finder.accept(movement.amplitude, movement.turn / fps, row / fps)
    return movements


def waves(
    count: int,
    *,
    height: Callable[[int], float] = lambda _: 1.0,
    period_s: float = 2.0,
    fps: float = 30.0,
) -> list[float]:
    frames = round(period_s * fps)
    return [
        height(n) * (1 - math.cos(2 * math.pi * frame / frames)) / 2
        for n in range(count)
        for frame in range(frames)
    ]


@pytest.mark.parametrize("fps", [8, 30, 240])
@pytest.mark.parametrize("period_s", [0.8, 2.0, 6.0])
def test_every_movement_is_found_once_with_its_turn(fps: float, period_s: float) -> None:
    movements = found(waves(5, period_s=period_s, fps=fps), fps=fps)

    assert len(movements) == 5
    for n, movement in enumerate(movements):
        assert movement.start < movement.turn < movement.end
        assert movement.turn / fps == pytest.approx(
            (n + 0.5) * round(period_s * fps) / fps, abs=1.5 / fps
        )
        assert movement.amplitude == pytest.approx(1.0, abs=0.1)


def test_a_drift_of_the_figure_does_no_harm() -> None:
    drifting = [value + 0.002 * n for n, value in enumerate(waves(8))]
    assert len(found(drifting)) == 8


def test_noise_at_the_edge_of_a_movement_does_not_make_two_of_it() -> None:
    noise = random.Random(3)
    assert len(found(value + noise.gauss(0, 0.04) for value in waves(20))) == 20


def test_what_is_small_against_a_textbook_rep_is_nothing() -> None:
    assert not found(waves(6, height=lambda _: 0.35))


def test_what_is_small_against_the_persons_own_is_nothing() -> None:
    heights = [2.0, 2.0, 2.0, 0.8, 2.0]
    assert len(found(waves(5, height=lambda n: heights[n]))) == 4
    assert len(found(waves(5, height=lambda n: heights[n]), accept=False)) == 5


def test_the_own_size_is_forgotten_when_reps_stay_away() -> None:
    assert len(found([*waves(3, height=lambda _: 2.0), *[0.0] * 600, *waves(1)])) == 4


def test_a_new_posture_is_no_movement() -> None:
    assert not found([0.0] * 30 + [1.0] * 600 + [0.0] * 60)


def test_what_the_end_cuts_off_counts_when_it_was_as_good_as_done() -> None:
    for returned, done in ((0.5, True), (0.1, False)):
        finder = ExcursionFinder(ROW)
        values = [*waves(1)[:31], 1.0 - returned]
        assert all(finder.update(n, n / 30, value) is None for n, value in enumerate(values))
        last = finder.finish(len(values) - 1, values[-1])
        assert (last is not None) is done
        assert last is None or last.last


def test_nobody_knows_what_happened_out_of_sight() -> None:
    finder = ExcursionFinder(ROW)
    for n in range(30):
        finder.update(n, n / 30, 0.0)
    finder.update(30, 1.0, 1.0)
    assert finder.away
    assert finder.update(31, 9.0, 0.0) is None
    assert not finder.away
