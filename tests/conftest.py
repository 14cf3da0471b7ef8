"""Parts of the real world that tests share."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.broker import Broker, Line, Listener
from tests.controller import Cable

# A shell ignores Ctrl-C for what it starts in the background, and so would the programs under test.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def absent_broker(tmp_path: Path) -> Iterator[Broker]:
    """A broker that lets everybody in, once it is started."""
    broker = Broker(tmp_path)
    yield broker
    broker.close()


@pytest.fixture
def broker(absent_broker: Broker) -> Broker:
    """A broker that lets everybody in."""
    absent_broker.start()
    return absent_broker


@pytest.fixture
def listener(broker: Broker) -> Iterator[Listener]:
    """Hears everything that is published on `broker`."""
    with Listener(broker) as listening:
        yield listening


@pytest.fixture
def line(broker: Broker) -> Iterator[Line]:
    """A line to `broker` that is down at first."""
    with Line(broker) as laid:
        yield laid


@pytest.fixture
def cable(tmp_path: Path) -> Iterator[Cable]:
    """From a serial port to a controller's."""
    cable = Cable(tmp_path)
    yield cable
    cable.close()


@pytest.fixture(autouse=True)
def state_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test has a state folder of its own, so that appliances of the same name don't meet."""
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path_factory.mktemp("state")))
