"""The history as a picture: reps a day, and the tempo within the last sets."""

import itertools
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta

import cv2
import numpy as np

from edgecv.frames import Image
from edgecv.history import History, Rep
from edgecv.picture.drawing import Colour, Sheet, Type, disc, line

WIDTH, HEIGHT = 1200, 800
PAPER: Colour = (252, 251, 250)
INK: Colour = (60, 52, 46)
FAINT: Colour = (224, 218, 212)
SOFT: Colour = (150, 140, 132)
BAR: Colour = (196, 132, 46)
LATEST: Colour = (64, 92, 214)
TITLE, LABEL = Type(22, 12, 600), Type(15, 10, 450)
LEFT, RIGHT = 80, 40
UPPER, LOWER = (80, 360), (480, 720)
"""Top and bottom of the two diagrams."""
DAYS = 42
"""Bars at most: those of the last six weeks."""
SETS = 5
STEPS = (1, 2, 5)


def plot(history: History) -> Image:
    """(800, 1200, 3) BGR."""
    image = np.full((HEIGHT, WIDTH, 3), PAPER, np.uint8)
    sheet = Sheet(image, 1.0)
    _reps_a_day(image, sheet, _daily(history))
    _tempo(image, sheet, _last_sets(history.reps))
    return image


def encode_png(image: Image) -> bytes:
    return cv2.imencode(".png", image)[1].tobytes()


def _daily(history: History) -> dict[str, int]:
    """Reps on every day from the first to the last, those without any included."""
    counted: Counter[str] = Counter()
    for one in history.sets:
        if one.day is not None:
            counted[one.day] += one.reps
    if not counted:
        return {}
    last = date.fromisoformat(max(counted))
    first = max(date.fromisoformat(min(counted)), last - timedelta(days=DAYS - 1))
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    return {day.isoformat(): counted[day.isoformat()] for day in days}


def _last_sets(reps: Sequence[Rep]) -> list[list[Rep]]:
    """The latest one last."""
    together: dict[str, list[Rep]] = {}
    for rep in reps:
        together.setdefault(rep.set, []).append(rep)
    return list(together.values())[-SETS:]


def _reps_a_day(image: Image, sheet: Sheet, daily: dict[str, int]) -> None:
    top, bottom = UPPER
    sheet.write("Reps a day", LEFT, top - 34, INK, TITLE)
    if not daily:
        sheet.write("no day is known on which something was counted", LEFT, top, SOFT, LABEL)
        return
    highest = _axis(image, sheet, UPPER, max(daily.values()))
    step = (WIDTH - LEFT - RIGHT) / max(len(daily), 7)
    every = max(1, round(90 / step))
    for index, (day, reps) in enumerate(daily.items()):
        left = LEFT + index * step
        if reps:
            height = (bottom - top) * reps / highest
            sheet.panel((left + 0.15 * step, bottom - height), (0.7 * step, height), 3, BAR, 1.0)
        if index % every == 0:
            sheet.write(
                f"{date.fromisoformat(day):%d %b}", left + 0.15 * step, bottom + 24, SOFT, LABEL
            )


def _tempo(image: Image, sheet: Sheet, sets: list[list[Rep]]) -> None:
    top, bottom = LOWER
    sheet.write("Tempo within the last sets: seconds a rep", LEFT, top - 34, INK, TITLE)
    if not sets:
        sheet.write("nothing was counted", LEFT, top, SOFT, LABEL)
        return
    highest = _axis(image, sheet, LOWER, max(r.duration_s for s in sets for r in s), " s")
    most = max(2, *(rep.number for of_set in sets for rep in of_set))
    step = (WIDTH - LEFT - RIGHT) / most
    for of_set in sets:
        latest = of_set is sets[-1]
        colour = LATEST if latest else SOFT
        points = [
            (LEFT + (rep.number - 0.5) * step, bottom - (bottom - top) * rep.duration_s / highest)
            for rep in of_set
        ]
        for start, end in itertools.pairwise(points):
            line(image, start, end, colour, 3 if latest else 1)
        for point in points:
            disc(image, point, colour, 6 if latest else 3)
    for number in range(1, most + 1, max(1, round(40 / step))):
        sheet.write(str(number), LEFT + (number - 0.5) * step - 5, bottom + 24, SOFT, LABEL)
    last = sets[-1]
    words = f"{last[0].exercise.replace('_', ' ')}, {last[0].day or 'day not known'}"
    room = sheet.text_width(words, LABEL)
    sheet.write(words, WIDTH - RIGHT - room, top - 34, LATEST, LABEL)


def _axis(image: Image, sheet: Sheet, ends: tuple[int, int], most: float, unit: str = "") -> float:
    """Lines across with numbers; gives what the uppermost stands for."""
    top, bottom = ends
    step = _step(most / 4)
    lines = int(-(-most // step)) or 1
    for number in range(lines + 1):
        y = bottom - (bottom - top) * number / lines
        line(image, (LEFT, y), (WIDTH - RIGHT, y), FAINT, 1)
        text = f"{number * step:g}{unit}"
        sheet.write(text, LEFT - 12 - sheet.text_width(text, LABEL), y + 5, SOFT, LABEL)
    return lines * step


def _step(least: float) -> float:
    """The round number that is next above."""
    power = 10.0 ** np.floor(np.log10(max(least, 1e-3)))
    return next((float(s * power) for s in STEPS if s * power >= least), float(10 * power))
