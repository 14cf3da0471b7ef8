"""One person is the subject and stays so while others come and go."""

import numpy as np
import pytest

from edgecv.pose.subject import HOLD_S, Subject

Person = tuple[float, float, float, int]
"""x, y, size and posture."""
ATHLETE: Person = (300.0, 240.0, 300.0, 1)


def points(person: Person) -> np.ndarray:
    """Key points in that posture."""
    x, y, size, posture = person
    offsets = np.random.default_rng(posture).uniform((-0.2, -0.5), (0.2, 0.5), (17, 2))
    placed: np.ndarray = np.array([x, y]) + size * (offsets - offsets.mean(axis=0))
    return placed


def choose(subject: Subject, time_s: float, *people: Person) -> int | None:
    """Whom the subject is taken for, and then followed."""
    found = np.array([points(person) for person in people]).reshape(-1, 17, 2)
    sizes = np.array([person[2] for person in people])
    chosen = subject.choose(time_s, found, sizes, np.full(len(people), 0.9))
    if chosen is not None:
        subject.follow(time_s, found[chosen], people[chosen][2])
    return chosen


def test_the_largest_is_the_subject_at_first() -> None:
    child = (420.0, 300.0, 170.0, 2)
    assert choose(Subject(), 0.0, child, ATHLETE) == 1


@pytest.mark.parametrize("period_s", [1 / 30, 0.1, 0.3])
@pytest.mark.parametrize("size", [220.0, 300.0, 420.0])
def test_who_walks_past_does_not_take_over(period_s: float, size: float) -> None:
    subject = Subject()
    for time_s in np.arange(0.0, 8.0, period_s):
        down = np.sin(3 * time_s)
        squat = (300.0, 240.0 + 60 * down, 300.0 - 60 * down, 1)
        passer = (800 - 150 * time_s, 240.0, size, 2)
        present = [passer] if time_s > 1 else []
        assert choose(subject, time_s, *present, squat) == len(present)


def test_who_is_hidden_for_a_moment_is_found_again() -> None:
    subject = Subject()
    for time_s in np.arange(0.0, 2.0, 0.1):
        choose(subject, time_s, ATHLETE)
    for time_s in np.arange(2.0, 5.0, 0.1):
        passer = (1000 - 350 * (time_s - 2.0), 240.0, 420.0, 2)
        hidden = abs(passer[0] - ATHLETE[0]) < 120
        chosen = choose(subject, time_s, passer, *([] if hidden else [ATHLETE]))
    assert chosen == 1


def test_a_subject_who_walks_is_followed() -> None:
    subject = Subject()
    for time_s in np.arange(0.0, 5.0, 0.1):
        assert choose(subject, time_s, (100 + 150 * time_s, 240.0, 300.0, 1)) == 0


def test_nobody_else_takes_the_place_until_it_is_given_up() -> None:
    subject = Subject()
    child = (420.0, 300.0, 120.0, 2)
    choose(subject, 0.0, ATHLETE)
    assert choose(subject, 0.5, child) is None
    assert choose(subject, HOLD_S, child) is None
    assert choose(subject, HOLD_S + 0.1, child) == 0


def test_after_forgetting_it_is_whoever_is_largest() -> None:
    subject = Subject()
    choose(subject, 0.0, ATHLETE)
    subject.forget()
    assert choose(subject, 0.1, (50.0, 240.0, 310.0, 2), ATHLETE) == 0


def test_a_time_that_goes_back_begins_anew() -> None:
    subject = Subject()
    choose(subject, 10.0, ATHLETE)
    assert choose(subject, 1.0, (50.0, 240.0, 100.0, 2)) == 0


def test_nobody_is_nobody() -> None:
    assert choose(Subject(), 0.0) is None
