"""Rates that tell the truth, on times that the test makes up."""

import random

import pytest

from edgecv.rates import Percentiles, RateMeter


@pytest.mark.parametrize(
    ("frames", "interval_s"), [(12, 0.5), (4, 0.2), (1, 1 / 30)], ids=["12", "4", "1"]
)
def test_the_rate_of_steady_batches_is_exact(frames: int, interval_s: float) -> None:
    meter = RateMeter()
    for batch in range(20):
        meter.add(batch * interval_s, frames)

    assert meter.rate(19 * interval_s) == pytest.approx(frames / interval_s)


def test_input_jitter_is_divided_by_the_window() -> None:
    random_source = random.Random(1)
    meter = RateMeter()
    now_s = 0.0
    errors = []
    for _ in range(2000):
        now_s += random_source.gauss(1 / 30, 0.1 / 30)
        meter.add(now_s)
        errors.append(meter.rate(now_s) / 30 - 1)

    spread = (sum(error**2 for error in errors[10:]) / len(errors[10:])) ** 0.5
    assert spread <= 1.1 * 0.1 / 10**0.5


def test_the_rate_sinks_during_a_stall_and_is_zero_after_two_seconds() -> None:
    meter = RateMeter()
    for frame in range(30):
        meter.add(frame / 30)
    last_s = 29 / 30

    rates = [meter.rate(last_s + seconds) for seconds in (0.0, 0.04, 0.1, 0.5, 1.9, 2.0)]

    assert rates[0] == rates[1] == pytest.approx(30)
    assert rates[1:5] == sorted(rates[1:5], reverse=True)
    assert rates[4] < 5
    assert rates[5] == 0


def test_a_pause_is_not_counted_as_a_stall() -> None:
    meter = RateMeter()
    for frame in range(30):
        meter.add(frame / 30)
    meter.pause()
    for frame in range(30):
        meter.add(100 + frame / 30)

    assert meter.rate(100 + 29 / 30) == pytest.approx(30)


def test_a_model_slower_than_two_seconds_has_a_rate_too() -> None:
    meter = RateMeter()
    for frame in range(5):
        meter.add(frame * 6.0)

    assert meter.rate(4 * 6.0 + 5.0) == pytest.approx(1 / 6)
    assert meter.rate(4 * 6.0 + 18.0) == 0


@pytest.mark.parametrize("batches", [0, 1])
def test_there_is_no_rate_before_the_second_batch(batches: int) -> None:
    meter = RateMeter()
    for batch in range(batches):
        meter.add(batch)

    assert meter.rate(1) == 0


def test_percentiles_are_nearest_ranks_of_the_last_values() -> None:
    percentiles = Percentiles(window=100)
    assert percentiles(50) is None

    for value in range(1000, 0, -1):
        percentiles.add(value)

    assert percentiles(50) == 50
    assert percentiles(95) == 95
    assert percentiles(100) == 100
    assert percentiles(0) == 1
