"""What the tests of the image in an emulator have in common: a card with the image on it, a broker,
what the appliance has published, and the place in the story."""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from firmware.emulator import Card, Machine, Tools, find_tools, make_key
from tests.broker import Broker, Listener, free_port, wait_until

USER, PASSWORD = "edgecv", "a secret of the broker"
BOOT_S, COUNT_S = 600.0, 1500.0
"""Emulation on a busy machine is slow."""
GOOD = "edgecv: slot [AB] has proved good"
"""What it says once it has shown what it has to."""
PATIENCE = b"machine_args=systemd.watchdog_sec=120\n"
"""For `machine.env`: a watchdog that an emulator is quick enough for."""


class Story:
    """What the test has to go on, and how it tells where it is."""

    def __init__(self, image: Path, folder: Path, tools: Tools) -> None:
        self._begun_s = time.monotonic()
        self.folder = folder
        self.tools = tools
        self.key, self.public_key = make_key(folder)
        self.broker = Broker(folder, users={USER: PASSWORD})
        # Bound, so that no other test on this machine takes it.
        self.ssh_port = free_port()
        self.tell(f"{image.name}, {image.stat().st_size / 1e6:.0f} MB, onto a card of 4 GiB")
        self.card = Card.flashed(image, folder / "card.img", tools)

    def tell(self, words: str) -> None:
        print(f"{time.monotonic() - self._begun_s:7.1f} s  {words}", flush=True)

    def start(self, name: str, stick: Path | None = None, clock: str = "utc") -> Machine:
        self.tell(f"start: {name}")
        return Machine(
            self.card,
            self.tools,
            self.folder / f"{name}.log",
            ssh_port=self.ssh_port,
            key=self.key,
            stick=stick,
            clock=clock,
        )

    def hold(self, what: str, condition: bool, found: object = "") -> None:
        """Raises AssertionError."""
        assert condition, f"{what}: found {found}"
        self.tell(f"  {what}")


def states(listener: Listener) -> list[dict[str, Any]]:
    return [json.loads(payload) for payload in listener.payloads("/state") if payload]


def reps(listener: Listener) -> list[dict[str, Any]]:
    events = [json.loads(payload) for payload in listener.payloads("/journal")]
    return [event for event in events if event["event_type"] == "rep"]


def last_state(
    listener: Listener, fits: Callable[[dict[str, Any]], bool], what: str
) -> dict[str, Any]:
    wait_until(lambda: any(map(fits, states(listener))), what, COUNT_S)
    return [state for state in states(listener) if fits(state)][-1]


def is_up(state: dict[str, Any]) -> bool:
    """What is kept of the last start says that it was stopped."""
    return state["status"] in ("starting", "running")


def tell_story(chapters: Callable[[Story], None]) -> int:
    """Runs a test whose command line is CACHE IMAGE FOLDER; the exit code."""
    cache, image, folder = (Path(argument).resolve() for argument in sys.argv[1:4])
    toolbox = find_tools(cache)
    if toolbox is None or not image.exists():
        print(f"test: there is no image {image}: build it with scripts/image", file=sys.stderr)
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    story = Story(image, folder, Tools(toolbox, folder))
    with story.broker:
        chapters(story)
    story.tell("all of it holds")
    return 0
