"""Smoothing: calm when the person is, quick when the person is, the same near and far."""

import numpy as np
import pytest

from edgecv.pose.blazepose import Landmarks, Smoothing


def at(place: float, visibility: float = 1.0) -> Landmarks:
    """Landmarks that are all in one place."""
    seen = np.full(33, visibility, np.float32)
    return Landmarks(np.full((35, 2), place), seen, np.zeros((33, 3)))


def smooth_path(places: np.ndarray, person_size: float = 400) -> np.ndarray:
    """Where smoothing puts the first key point of these frames, at 30 a second."""
    smoothing = Smoothing()
    frames = enumerate(places)
    smooth = [smoothing(number / 30, at(place), person_size) for number, place in frames]
    return np.array([landmarks.points[0, 0] for landmarks in smooth])


def test_smoothing_calms_a_trembling_person_and_follows_a_fast_one() -> None:
    trembling = 100 + np.random.default_rng(4).normal(0, 1, 60)
    assert smooth_path(trembling)[10:].std() < 0.5 * trembling[10:].std()
    running = 100 + np.arange(60) * 15.0
    assert abs(smooth_path(running)[-1] - running[-1]) < 3


def test_smoothing_is_the_same_for_near_and_far_persons() -> None:
    places = np.random.default_rng(5).normal(0, 4, 30).cumsum()
    np.testing.assert_allclose(
        smooth_path(10 * places, person_size=4000), 10 * smooth_path(places, person_size=400)
    )


def test_smoothing_starts_afresh_when_time_goes_back() -> None:
    smoothing = Smoothing()
    smoothing(100.0, at(0.0), 400)
    smoothing(100.1, at(0.0), 400)
    assert smoothing(5.0, at(300.0), 400).points[0, 0] == 300
    assert 300 < smoothing(5.1, at(301.0), 400).points[0, 0] < 301


def test_scores_follow_visibility_slowly() -> None:
    smoothing = Smoothing()
    scores = [
        smoothing(t / 30, at(0.0, seen), 400).visibility[0] for t, seen in enumerate([0, 1, 1])
    ]
    assert scores == pytest.approx([0, 0.1, 0.19])
