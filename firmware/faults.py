"""What can happen to the appliance during a workout."""

import json
import random
import time

from firmware.emulator import HOST, Machine
from firmware.story import BOOT_S, GOOD, PASSWORD, USER, Story, states
from firmware.watch import Workout, file_system
from firmware.workout import files
from tests.broker import wait_until

WORKOUT = "/data/shared/workout"


def boot_file(story: Story) -> bytes:
    return (
        f'[mqtt]\nhost = "{HOST}"\nport = {story.broker.port}\nusername = "{USER}"\n'
        f'password = "{PASSWORD}"\n[counting]\nexercise = "squat"\n'
        f'[box]\nssh_key = "{story.public_key}"\n'
    ).encode()


def get_going(story: Story, workout: Workout, machine: Machine) -> None:
    """The first start: gives it the camera and the model of the workout."""
    machine.wait_for_shell(BOOT_S)
    machine.put(WORKOUT, files(story.folder))
    config = (
        f'[camera]\nsource = "exec:/usr/bin/python3 {WORKOUT}/play.py {WORKOUT}"\n'
        f'[pose]\nmodel = "{WORKOUT}/model.onnx"\n'
    )
    machine.put("/etc/edgecv.toml.d", {"workout.toml": config.encode()})
    since_s = time.monotonic()
    said = machine.shell("systemctl restart edgecv && echo restarted")
    story.hold("it has its camera", said.strip() == "restarted", said)
    took_s = workout.counts_again(since_s)
    workout.note("service restarted", "counts by what was put there", took_s)


def hung_service(workout: Workout, machine: Machine) -> None:
    since_s = time.monotonic()
    machine.shell("systemctl kill --signal=STOP --kill-whom=main edgecv")
    took_s = workout.counts_again(since_s)
    log = machine.shell("journalctl -u edgecv -o cat --no-pager | grep -i watchdog | tail -1")
    assert "watchdog" in log.lower(), log
    workout.note("service stopped by SIGSTOP", "systemd ends it and starts it again", took_s)


def full_disk(workout: Workout, machine: Machine) -> None:
    """Reps are counted and told; those that could not be written are written when there is room."""
    fill = "cd /data && fallocate -l $(df --output=avail -B1 . | tail -1) filling; sync; df -h ."
    machine.shell(f"{fill}; dd if=/dev/zero of=/data/filling2 bs=4k; sync")
    problems = [None]

    def noticed() -> bool:
        problems[:] = [state["problem"] for state in states(workout.heard)][-1:]
        return bool(problems and problems[0])

    wait_until(noticed, "the full disk is told", 300.0)
    problem = problems[0]
    workout.counts_again(time.monotonic())
    since_s = time.monotonic()
    machine.shell("rm /data/filling /data/filling2; sync")
    wait_until(
        lambda: states(workout.heard)[-1]["problem"] is None, "the journal is well again", 300.0
    )
    took_s = time.monotonic() - since_s
    workout.check(machine)
    workout.note("disk full", f'goes on counting, says "{problem}"; journal well again', took_s)


def no_network(workout: Workout, machine: Machine) -> None:
    link = "$(ls /sys/class/net | grep -v lo | head -1)"
    cut = f"ip link set {link} down; sleep 30; ip link set {link} up"
    done = workout.done()
    machine.shell(f"systemd-run --no-block sh -c '{cut}'")
    since_s = time.monotonic()
    wait_until(lambda: quiet_for(workout, 10.0), "nothing comes any more", 60.0)
    took_s = workout.counts_again(since_s)
    machine.wait_for_shell(BOOT_S)
    workout.check(machine)
    assert workout.done() > done
    workout.note("no network for 30 s", "what was counted meanwhile is told then", took_s)


def quiet_for(workout: Workout, seconds: float) -> bool:
    before = workout.done()
    time.sleep(seconds)
    return workout.done() == before


def broker_away(workout: Workout, machine: Machine) -> None:
    done = workout.done()
    workout.story.broker.kill()
    time.sleep(30.0)
    workout.story.broker.start()
    took_s = workout.counts_again(time.monotonic())
    told = workout.check(machine)
    late = [
        json.loads(payload)["seq"]
        for payload in workout.heard.payloads("/journal")
        if json.loads(payload)["replayed"]
    ]
    assert any(seq > done for seq in late), f"what was counted meanwhile is missing: {late}"
    workout.note(
        "broker killed for 30 s", f"what was counted meanwhile is told then; {told}", took_s
    )


def hung_kernel(workout: Workout, machine: Machine) -> None:
    since_s = time.monotonic()
    starts = len(machine.said(r"edgecv: slot [AB], order"))
    machine.shell("sysctl -w kernel.panic=0; sync; echo c >/proc/sysrq-trigger", 10.0)
    wait_until(
        lambda: len(machine.said(r"edgecv: slot [AB], order")) > starts,
        "the hardware watchdog resets it",
        300.0,
    )
    reset_s = time.monotonic() - since_s
    took_s = workout.counts_again(since_s)
    machine.wait_for_shell(BOOT_S)
    told = workout.check(machine)
    workout.note(
        "kernel hung", f"the hardware watchdog resets it after {reset_s:.0f} s; {told}", took_s
    )


def cut_in_a_workout(
    workout: Workout, machine: Machine, at_random: random.Random, number: int
) -> None:
    moment_s = at_random.uniform(0.0, 20.0)
    time.sleep(moment_s)
    machine.pull_the_plug()
    done = workout.done()
    found = file_system(workout.story)
    workout.story.tell(
        f"  cut {number}: {moment_s:.1f} s into it, event {done}; file system {found}"
    )


def during_a_workout(story: Story, workout: Workout, at_random: random.Random, cuts: int) -> None:
    with story.start("going") as machine:
        get_going(story, workout, machine)
        hung_service(workout, machine)
        full_disk(workout, machine)
        no_network(workout, machine)
        broker_away(workout, machine)
        hung_kernel(workout, machine)
        cut_in_a_workout(workout, machine, at_random, 1)
    for number in range(2, cuts + 2):
        clock = "1970-01-01" if number == cuts + 1 else "utc"
        with story.start(f"workout-{number}", clock=clock) as machine:
            took_s = workout.counts_again(time.monotonic())
            machine.wait_for_shell(BOOT_S)
            told = workout.check(machine)
            workout.note(f"supply cut {number - 1} in a workout", told, took_s)
            if number <= cuts:
                cut_in_a_workout(workout, machine, at_random, number)
                continue
            year = machine.shell("date +%Y").strip()
            assert int(year) >= time.gmtime().tm_year, year
            workout.note("clock at 1970", f"goes on from what it knew ({year}); {told}", took_s)
            machine.wait_for(GOOD, BOOT_S)
            machine.off()
