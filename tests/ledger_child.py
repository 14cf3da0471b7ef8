"""A program that counts, journals and publishes, to be killed: `python -m tests.ledger_child
FOLDER PORT SEED`.

It writes the name of its run to its standard output, and then a line for every rep, before that is
recorded. With a SEED of 0 it
counts nothing, delivers what there is, and ends cleanly.
"""

import random
import sys
import time
from pathlib import Path

from edgecv.clock import SystemClock
from edgecv.events import CorrectionEvent, RepEvent, State
from edgecv.sinks.journal import Journal
from edgecv.sinks.mqtt import MqttSink
from edgecv.sinks.mqtt_link import MqttSettings

QUICKEST_REP_S = 0.3
"""Nobody is faster, so that a rep has this long to be written before the next one."""
DELIVER_S = 60.0


def main(folder: str, port: str, seed: str) -> None:
    chance = random.Random(int(seed))
    clock = SystemClock()
    run = f"run{seed}"
    journal = Journal(
        Path(folder) / "journal.sqlite3",
        clock,
        run=run,
        boot="boot",
        deliver=True,
    )
    settings = MqttSettings(
        host="127.0.0.1",
        port=int(port),
        device_id="gym",
        retry_min_s=0.05,
        retry_max_s=0.2,
        acknowledge_s=1.0,
    )
    mqtt = MqttSink(settings, clock, outbox=journal.outbox)

    def totals() -> None:
        mqtt.mailbox.put_state(State(reps_total=journal.total))

    journal.start(mqtt.mailbox.put_event, totals)
    mqtt.start()
    if seed == "0":
        until_s = time.monotonic() + DELIVER_S
        while journal.outbox.waiting and time.monotonic() < until_s:
            time.sleep(0.02)
        assert mqtt.stop(5)
        assert journal.stop(5)
        return
    print(run, flush=True)
    number = 0
    while True:
        number += 1
        print(number, flush=True)
        if chance.random() < 0.1:
            journal.record(CorrectionEvent(change=-1, exercise="squat", set=1, set_reps=number))
        else:
            journal.record(
                RepEvent(
                    exercise="squat",
                    set=1,
                    set_reps=number,
                    duration_s=2.0,
                    amplitude=1.0,
                    frame_age_s=0.01,
                )
            )
        journal.drain(QUICKEST_REP_S)
        time.sleep(chance.uniform(0, 0.02))


if __name__ == "__main__":
    main(*sys.argv[1:])
