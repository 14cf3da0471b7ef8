"""A recording as a picture: how far along each exercise was, what was counted, and what not."""

import math
from itertools import pairwise

import cv2
import numpy as np

from edgecv.findings import Findings, Told
from edgecv.frames import Image
from edgecv.picture.drawing import Colour, Sheet, Type, disc, line
from edgecv.picture.lanes import (
    COLOURS,
    LETTERS,
    Lane,
    absences,
    exercises_shown,
    make_lanes,
    most_of,
)
from edgecv.words import spaced

WIDTH, HEIGHT = 1200, 600
LEFT, RIGHT, TOP, AXIS = 68, 24, 84, 34
ROW, ROWS = 20, 4
"""Height of a line of the list of refusals, and lines in each of its two columns."""
GAP_S = 1.0
"""No line is drawn over a longer time without a frame."""
DISC, DENSE = 10.0, 24.0
"""Radius of a mark; marks closer to each other, in pixels, are small and bear no number."""
SMALL_DISC = 4.5
FINER = 4
"""Curves are drawn so many times as large, and reduced."""

PAPER: Colour = (250, 251, 252)
GROUND: Colour = (255, 255, 255)
GRID: Colour = (236, 236, 236)
INK: Colour = (48, 42, 38)
SOFT: Colour = (128, 120, 114)
ABSENT: Colour = (240, 238, 236)
TITLE = Type(26, 12, 650)
DETAIL = Type(15, 9, 450)
NAME = Type(16, 9, 600)
TICK = Type(13, 8, 450)
MARK = Type(12, 8, 700)
UNIT = "1: the way of a textbook rep"


def draw_plot(findings: Findings, title: str, detail: str = "") -> Image:
    """1200 x 600 pixels; `findings` with their signals. `detail` stands under the title."""
    image = np.full((HEIGHT, WIDTH, 3), PAPER, np.uint8)
    return _Plot(image, findings).draw(title, detail)


class _Plot:
    def __init__(self, image: Image, findings: Findings) -> None:
        self._image = image
        self._sheet = Sheet(image, 1.0)
        self._findings = findings
        self._began_s = findings.began_s or 0.0
        self._ended_s = max(findings.ended_s, self._began_s + 0.1)
        shown = exercises_shown(findings)
        self._absences = absences(findings)
        refused = [one for one in findings.refused if one.exercise in shown]
        self._listed = most_of(refused, 2 * ROWS)
        self._unlisted = len(refused) - len(self._listed)
        rows = math.ceil((len(self._listed) + (self._unlisted > 0)) / 2)
        self._foot = HEIGHT - 14 - rows * ROW
        self._bottom = self._foot - AXIS
        self._lanes = make_lanes(findings, self._listed, TOP, self._bottom)

    def draw(self, title: str, detail: str) -> Image:
        self._write_head(title, detail)
        self._draw_ground()
        for lane in self._lanes:
            self._fill_sets(lane)
            self._draw_grid(lane)
            self._name_sets(lane)
            self._draw_curve(lane)
            self._draw_marks(lane)
        self._name_absences()
        self._draw_axis()
        self._write_reasons()
        return self._image

    def _x(self, time_s: float) -> float:
        share = (time_s - self._began_s) / (self._ended_s - self._began_s)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def _write_head(self, title: str, detail: str) -> None:
        sheet = self._sheet
        legend = 250
        room = WIDTH - LEFT - RIGHT - legend
        sheet.write(sheet.fit([title], TITLE, room), LEFT, 40, INK, TITLE)
        sheet.write(sheet.fit([detail], DETAIL, room), LEFT, 66, SOFT, DETAIL)
        width = sheet.text_width(UNIT, TICK)
        sheet.write(UNIT, WIDTH - RIGHT - width, 66, SOFT, TICK)
        x = WIDTH - RIGHT - legend + 60
        self._counted_mark(x, 33, COLOURS[0], "1")
        sheet.write("counted", x + 16, 38, SOFT, DETAIL)
        self._refused_mark(x + 104, 33, COLOURS[0], "a")
        sheet.write("refused", x + 120, 38, SOFT, DETAIL)

    def _draw_ground(self) -> None:
        areas = [(lane.top, lane.bottom) for lane in self._lanes] or [(TOP, self._bottom)]
        for top, bottom in areas:
            self._fill(LEFT, top, WIDTH - RIGHT, bottom, GROUND)
            for begin_s, end_s in self._absences:
                self._fill(self._x(begin_s), top, self._x(end_s), bottom, ABSENT)
        if not self._lanes:
            self._sheet.write("no movement", LEFT + 16, top + 30, SOFT, DETAIL)

    def _name_absences(self) -> None:
        """In the middle of the first lane."""
        top, bottom = (
            (self._lanes[0].top, self._lanes[0].bottom) if self._lanes else (TOP, self._bottom)
        )
        for begin_s, end_s in self._absences:
            room = self._x(end_s) - self._x(begin_s) - 12
            text = self._sheet.fit(["nobody in view", "nobody", ""], TICK, room)
            self._sheet.write(text, self._x(begin_s) + 6, (top + bottom) / 2, SOFT, TICK)

    def _fill_sets(self, lane: Lane) -> None:
        tint = _mixed(lane.colour, GROUND, 0.13)
        for _, told in self._sets_in(lane):
            left, right = self._x(told[0].rep.start_s), self._x(told[-1].rep.end_s)
            self._fill(left, lane.top, right, lane.bottom, tint)

    def _name_sets(self, lane: Lane) -> None:
        name = spaced(lane.exercise)
        places = [
            (self._x(told[0].rep.start_s), f"set {number}: {len(told)} × {name}")
            for number, told in self._sets_in(lane)
        ]
        for left, text in places or [(LEFT, f"{name}: none counted")]:
            fitted = self._sheet.fit([text], NAME, WIDTH - RIGHT - left - 12)
            self._sheet.write(fitted, left + 8, lane.top + 20, lane.colour, NAME)

    def _sets_in(self, lane: Lane) -> list[tuple[int, list[Told]]]:
        """The number of each set with reps of the lane's exercise, and those reps."""
        return [
            (number, told)
            for number, one in enumerate(self._findings.sets, 1)
            if (told := [t for t in one.told if t.rep.exercise == lane.exercise])
        ]

    def _draw_grid(self, lane: Lane) -> None:
        low, high = lane.span
        step = next(s for s in (0.5, 1.0, 2.0, 5.0, 10.0, 1e9) if (high - low) / s <= 6)
        for place in range(math.ceil(low / step), math.floor(high / step) + 1):
            y = lane.height(place * step)
            line(self._image, (LEFT, y), (WIDTH - RIGHT, y), GRID, 1)
            text = f"{place * step:g}"
            width = self._sheet.text_width(text, TICK)
            self._sheet.write(text, LEFT - 8 - width, y + 5, SOFT, TICK)

    def _draw_curve(self, lane: Lane) -> None:
        if not len(lane.times):
            return
        points = [
            (self._x(t), lane.height(v)) for t, v in zip(lane.times, lane.values, strict=True)
        ]
        # OpenCV's own anti-aliased polylines have a bead at every point.
        fixed = np.rint(np.array(points) * FINER * 16).astype(np.int32)
        fine = np.zeros((HEIGHT * FINER, WIDTH * FINER), np.uint8)
        for part in np.split(fixed, np.flatnonzero(np.diff(lane.times) > GAP_S) + 1):
            cv2.polylines(fine, [part], False, 255, 5 * FINER // 2, cv2.LINE_8, 4)
        share = cv2.resize(fine, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)[..., None] / 255
        self._image[:] = np.rint(share * lane.colour + (1 - share) * self._image)

    def _draw_marks(self, lane: Lane) -> None:
        for letter, refused in lane.refused:
            x, y = self._x(refused.turn_s), lane.height(lane.at(refused.turn_s))
            self._refused_mark(x, y, lane.colour, letter)
        places = [self._x(told.rep.turn_s) for told in lane.told]
        dense = any(after - before < DENSE for before, after in pairwise(sorted(places)))
        numbers = {id(t): n for one in self._findings.sets for n, t in enumerate(one.told, 1)}
        for x, told in zip(places, lane.told, strict=True):
            y = lane.height(lane.at(told.rep.turn_s))
            self._counted_mark(x, y, lane.colour, "" if dense else str(numbers.get(id(told), "")))

    def _counted_mark(self, x: float, y: float, colour: Colour, number: str) -> None:
        radius = DISC if number else SMALL_DISC
        disc(self._image, (x, y), GROUND, radius + 1.5)
        disc(self._image, (x, y), colour, radius)
        self._centre(number, x, y, GROUND)

    def _refused_mark(self, x: float, y: float, colour: Colour, letter: str) -> None:
        radius = DISC if letter else SMALL_DISC
        disc(self._image, (x, y), colour, radius)
        disc(self._image, (x, y), GROUND, radius - 1.8)
        self._centre(letter, x, y, colour)

    def _draw_axis(self) -> None:
        span_s = self._ended_s - self._began_s
        steps = (0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)
        step = next((s for s in steps if span_s / s <= 14), span_s / 10)
        y = self._bottom
        line(self._image, (LEFT, y), (WIDTH - RIGHT, y), SOFT, 1)
        for place in range(math.ceil(self._began_s / step), math.floor(self._ended_s / step) + 1):
            x = self._x(place * step)
            line(self._image, (x, y), (x, y + 5), SOFT, 1)
            text = _clock(place * step, span_s)
            self._sheet.write(text, x - self._sheet.text_width(text, TICK) / 2, y + 20, SOFT, TICK)

    def _write_reasons(self) -> None:
        texts = [
            (LETTERS[place], f"{one.turn_s:.1f} s  {spaced(one.exercise)}: {one.reason}")
            for place, one in enumerate(self._listed)
        ]
        if self._unlisted:
            texts.append(("", f"… and {self._unlisted} more: edgecv replay --explain"))
        column = (WIDTH - LEFT - RIGHT) / 2
        rows = math.ceil(len(texts) / 2)
        for place, (letter, text) in enumerate(texts):
            x = LEFT + place // rows * column
            y = self._foot + 14 + place % rows * ROW
            self._sheet.write(letter, x, y, INK, MARK)
            fitted = self._sheet.fit([text], TICK, column - 34)
            self._sheet.write(fitted, x + 16, y, SOFT, TICK)

    def _centre(self, text: str, x: float, y: float, colour: Colour) -> None:
        width, height = self._sheet.text_width(text, MARK), self._sheet.capital(MARK)
        self._sheet.write(text, x - width / 2, y + height / 2, colour, MARK)

    def _fill(self, left: float, top: float, right: float, bottom: float, colour: Colour) -> None:
        self._image[
            round(top) : round(bottom), round(left) : max(round(right), round(left) + 1)
        ] = colour


def _mixed(colour: Colour, ground: Colour, share: float) -> Colour:
    blue, green, red = (
        round(share * a + (1 - share) * b) for a, b in zip(colour, ground, strict=True)
    )
    return blue, green, red


def _clock(time_s: float, span_s: float) -> str:
    """`12 s`, or `1:12` in a long recording."""
    if span_s < 120:
        return f"{time_s:g} s"
    return f"{int(time_s) // 60}:{int(time_s) % 60:02d}"
