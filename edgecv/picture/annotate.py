"""The annotated picture: a frame with the skeleton that was found in it and how things stand."""

import cv2
import numpy as np

from edgecv.decode import decode
from edgecv.events import State, Status
from edgecv.frames import Image
from edgecv.picture.drawing import Colour, Sheet, Type
from edgecv.picture.stick_figure import draw_pose
from edgecv.view import View
from edgecv.words import spaced

DESIGN_WIDTH, DESIGN_HEIGHT = 640, 480
"""Of the picture that all sizes below are for; in any other they are scaled."""
MARGIN = PADDING = GAP = RADIUS = 14.0
TEXT: Colour = (255, 255, 255)
SOFT_TEXT: Colour = (224, 218, 212)
PANEL: Colour = (36, 28, 22)
PANEL_OPACITY = 0.72
COUNT = Type(84, 24, 700)
NAME = Type(25, 11, 600)
DETAIL = Type(17, 9, 450)
FOOT = Type(14, 9, 450)
NOTICE = Type(24, 11, 600)


def annotate(view: View, out: Image | None = None) -> Image:
    """The frame with skeleton, count and rates drawn over it; a recording shows its time instead.

    A new image, or `out`: an image of the frame's shape that is not the frame's own. Raises
    FrameError for a frame that can't be decoded.
    """
    image, _ = decode(view.frame.content)
    if out is None:
        out = image.copy()
    elif out.shape != image.shape or np.may_share_memory(out, image):
        raise ValueError(f"out must be another image of shape {image.shape}")
    else:
        np.copyto(out, image)
    height, width = image.shape[:2]
    unit = min(width / DESIGN_WIDTH, height / DESIGN_HEIGHT)
    if view.pose is not None:
        draw_pose(out, view.pose, unit)
    _Overlay(Sheet(out, unit), unit).write(view)
    return out


def encode_jpeg(image: Image, quality: int) -> bytes:
    """`quality`: 1 to 100."""
    return cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()


def recorded_time(seconds: float) -> str:
    """A time on a recording's own time line: `1:02.3`."""
    tenths = round(seconds * 10)
    return f"{tenths // 600}:{tenths % 600 / 10:04.1f}"


class _Overlay:
    """Where the text stands."""

    def __init__(self, sheet: Sheet, unit: float) -> None:
        self._sheet = sheet
        self._margin = MARGIN * unit
        self._padding = PADDING * unit
        self._gap = GAP * unit
        self._radius = RADIUS * unit

    def write(self, view: View) -> None:
        self._write_count(view.state)
        self._write_foot(_foot(view))
        notice = _notice(view)
        if notice:
            self._write_notice(notice)

    def _write_count(self, state: State) -> None:
        """At the top left: the count of the set, and beside it what is counted."""
        sheet = self._sheet
        left = top = self._margin + self._padding
        count = str(state.set_reps)
        count_width = sheet.text_width(count, COUNT)
        room = sheet.width - 2 * left - count_width - self._gap
        exercise = state.counting or state.exercise
        name = sheet.fit([spaced(exercise).capitalize()], NAME, room)
        details = sheet.fit(_details(state), DETAIL, room)
        text_width = max(sheet.text_width(name, NAME), sheet.text_width(details, DETAIL))
        height = sheet.capital(COUNT)
        self._panel(left, top, count_width + self._gap + text_width, height, self._padding)
        sheet.write(count, left, top + height, TEXT, COUNT)
        left += count_width + self._gap
        sheet.write(name, left, top + sheet.capital(NAME), TEXT, NAME)
        sheet.write(details, left, top + height, SOFT_TEXT, DETAIL)

    def _write_foot(self, texts: list[str]) -> None:
        """At the bottom left."""
        sheet = self._sheet
        padding = 0.6 * self._padding
        left = self._margin + padding
        text = sheet.fit(texts, FOOT, sheet.width - 2 * left)
        height = sheet.capital(FOOT)
        baseline = sheet.height - self._margin - padding
        self._panel(left, baseline - height, sheet.text_width(text, FOOT), height, padding)
        sheet.write(text, left, baseline, SOFT_TEXT, FOOT)

    def _write_notice(self, text: str) -> None:
        """In the middle."""
        sheet = self._sheet
        text = sheet.fit([text], NOTICE, sheet.width - 2 * (self._margin + self._padding))
        width, height = sheet.text_width(text, NOTICE), sheet.capital(NOTICE)
        left, top = (sheet.width - width) / 2, (sheet.height - height) / 2
        self._panel(left, top, width, height, self._padding)
        sheet.write(text, left, top + height, TEXT, NOTICE)

    def _panel(self, left: float, top: float, width: float, height: float, padding: float) -> None:
        """Behind what takes this place."""
        corner, size = (left - padding, top - padding), (width + 2 * padding, height + 2 * padding)
        self._sheet.panel(corner, size, self._radius, PANEL, PANEL_OPACITY)


def _details(state: State) -> list[str]:
    """The long form and the short one."""
    if state.set == 0:
        return ["no rep yet", "ready"]
    if state.reps_today is None:
        return [f"set {state.set}"]
    return [f"set {state.set} · today {state.reps_today}", f"set {state.set}"]


def _foot(view: View) -> list[str]:
    """The long form and shorter ones."""
    if view.age_s is None:
        return [recorded_time(view.frame.time_s)]
    age = f"{view.age_s * 1e3:.0f} ms"
    return [
        f"camera {view.camera_fps:.1f} fps · pose {view.pose_fps:.1f} fps · age {age}",
        f"pose {view.pose_fps:.1f} fps · {age}",
        f"{view.pose_fps:.1f} fps",
    ]


def _notice(view: View) -> str:
    """Why nothing is counted; empty when all is well."""
    if view.state.status is not Status.RUNNING:
        return str(view.state.status.value).capitalize()
    readiness = view.state.readiness
    if readiness in (None, "ready") or (readiness == "no_person" and view.pose is not None):
        return ""
    if readiness == "no_person":
        return "Nobody in view"
    return spaced(readiness).capitalize()
