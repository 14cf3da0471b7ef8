"""The image that is shipped, in an emulator, during a workout: what happens to it, what was seen
and how long it took until it counted again.

    firmware/test faults [IMAGE.img.zst]

Some 45 minutes on two cores; with more cuts of the supply (EDGECV_CUTS, 20 with --long) longer. The
log of each start is kept beside the card.
"""

import contextlib
import functools
import http.server
import json
import os
import random
import re
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

FIRMWARE = Path(__file__).resolve().parent
sys.path.insert(0, str(FIRMWARE.parent))

from firmware.emulator import HOST, Machine, Tools, find_tools  # noqa: E402
from firmware.image import Signing  # noqa: E402
from firmware.story import (  # noqa: E402
    BOOT_S,
    PASSWORD,
    PATIENCE,
    USER,
    Story,
    reps,
    states,
    tell_story,
)
from firmware.variants import NO_INIT, Bakery  # noqa: E402
from firmware.workout import files  # noqa: E402
from tests.broker import Listener, wait_until  # noqa: E402

CUTS = int(os.environ.get("EDGECV_CUTS", "3"))
"""Of the supply, during the workout, and as many during an update."""
WORKOUT = "/data/shared/workout"
UPDATES = "/data/shared/update"
INSTALL_S = 1500.0
JOURNAL = """\
import glob, json, sqlite3
(path,) = glob.glob("/var/lib/edgecv/*.sqlite3")
facts = dict(sqlite3.connect(path).execute("SELECT name, value FROM facts"))
print(json.dumps({name: facts[name] for name in ("seq", "total")}))
"""
PHASES = ("downloading", "checking", "installing")


class Seen(NamedTuple):
    fault: str
    what: str
    seconds: float | None
    """Until it counted again."""


class Releases(NamedTuple):
    """What the server of releases has."""

    address: str
    certificate: bytes
    second: Path
    third: Path
    broken: Path
    bad: dict[str, Path]
    """That have to be refused, by what is wrong with them."""


class Workout:
    """What is counted, as it comes from the broker, over all starts."""

    def __init__(self, story: Story, heard: Listener) -> None:
        self.story = story
        self.heard = heard
        self.seen: list[Seen] = []

    def note(self, fault: str, what: str, seconds: float | None = None) -> None:
        self.seen.append(Seen(fault, what, seconds))
        took = "" if seconds is None else f", counting again after {seconds:.0f} s"
        self.story.tell(f"  {fault}: {what}{took}")

    def counts_again(self, since_s: float, timeout_s: float = BOOT_S) -> float:
        """Seconds from `since_s` (monotonic) until a rep is told that was done after now."""
        before = self.done()
        wait_until(lambda: self.done() > before, "it counts", timeout_s)
        return time.monotonic() - since_s

    def done(self) -> int:
        """The number of the last event that was delivered."""
        return max((event["seq"] for event in reps(self.heard)), default=0)

    def check(self, machine: Machine) -> str:
        """Nothing that was told is lost, twice, or gone from the total. Raises AssertionError."""
        told: dict[int, str] = {}
        for payload in self.heard.payloads("/journal"):
            event = json.loads(payload)
            other = told.setdefault(event["seq"], event["id"])
            assert other == event["id"], f"event {event['seq']} was told with two ids"
        totals = [state["reps_total"] for state in states(self.heard)]
        most = max(total for total in totals if total is not None)
        kept = json.loads(machine.shell(f"/opt/edgecv/bin/python -c '{JOURNAL}'"))
        assert kept["seq"] >= max(told), f"event {max(told)} was told, the journal has {kept}"
        assert kept["total"] >= most, f"a total of {most} was told, the journal has {kept}"
        numbers = sorted(told)
        missing = set(range(numbers[0], numbers[-1] + 1)) - set(numbers)
        assert not missing, f"never told: events {sorted(missing)}"
        return f"total {kept['total']}, {len(told)} events, none lost, none twice"


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


def file_system(story: Story) -> str:
    """What e2fsck has to do to the data partition of a card that was just pulled. Raises
    AssertionError if that is more than to replay its journal."""
    copy = story.folder / "data.ext4"
    story.card.copy("data", copy)
    said = story.tools.run("sh", "-c", f"e2fsck -fp {copy} || [ $? -eq 1 ]").decode()
    story.tools.run("e2fsck", "-fn", str(copy))
    copy.unlink()
    return "journal replayed" if "recovering journal" in said else "clean"


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


@contextlib.contextmanager
def release_server(story: Story, folder: Path) -> Iterator[tuple[str, bytes]]:
    """Serves a folder by HTTPS: its address, and the certificate to trust."""
    key, cert = folder / "tls-key.pem", folder / "tls-cert.pem"
    story.tools.run(
        *("openssl", "req", "-quiet", "-x509", "-newkey", "ec", "-noenc", "-days", "2"),
        *("-pkeyopt", "ec_paramgen_curve:P-256", "-subj", "/CN=releases"),
        *("-addext", f"subjectAltName=IP:{HOST}", "-keyout", str(key), "-out", str(cert)),
    )

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: Any) -> None:
            pass

    serve = functools.partial(Handler, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), serve)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"https://{HOST}:{server.server_address[1]}", cert.read_bytes()
    finally:
        server.shutdown()
        server.server_close()


def offer(folder: Path, bundle: Path, notes: str) -> None:
    """What the address of releases says is the latest."""
    version = bundle.name.removeprefix("edgecv-").removesuffix("-arm64.raucb")
    document = {"version": version, "bundle": bundle.name, "notes": notes}
    (folder / "edgecv.json").write_text(json.dumps(document))


def trust(machine: Machine, address: str, certificate: bytes) -> None:
    """After every start: the certificate of the test's own server, and its address."""
    machine.put("/run/release", {"ca.pem": certificate})
    machine.put(
        "/etc/edgecv.toml.d", {"update.toml": f'[update]\nurl = "{address}/edgecv.json"\n'.encode()}
    )
    units = ("edgecv-update", "edgecv-update-check")
    for unit in units:
        machine.put(
            f"/run/systemd/system/{unit}.service.d",
            {"trust.conf": b"[Service]\nEnvironment=SSL_CERT_FILE=/run/release/ca.pem\n"},
        )
    machine.shell("systemctl daemon-reload")


def update(machine: Machine, words: str, timeout_s: float = INSTALL_S) -> str:
    """What `edgecv update` says, with its exit code in the last line."""
    return machine.shell(
        f"SSL_CERT_FILE=/run/release/ca.pem edgecv update {words} 2>&1; echo exit $?", timeout_s
    )


def refused(workout: Workout, machine: Machine, address: str, bundles: dict[str, Path]) -> None:
    expected = {
        "signed by somebody else": "signature",
        "for another device": "toaster",
        "damaged": "damaged",
    }
    slots = machine.shell("fw_printenv BOOT_ORDER")
    for what, bundle in bundles.items():
        said = update(machine, f"install {address}/{bundle.name}")
        line = next((one for one in reversed(said.splitlines()) if "exit" not in one), "")
        assert expected[what] in said.lower(), said
        assert "exit 0" not in said, said
        workout.note(f"update {what}", f"refused: {line[:160]}")
    fill = "fallocate -l $(($(df --output=avail -B1 /data | tail -1) - 100000000)) /data/filling"
    machine.shell(fill)
    said = update(machine, f"install {address}/{bundles['damaged'].name}")
    machine.shell("rm /data/filling")
    assert "exit 0" not in said, said
    assert re.search("MB|space|full", said), said
    workout.note("update with a full disk", f"refused: {said.splitlines()[-2][:160]}")
    assert machine.shell("fw_printenv BOOT_ORDER") == slots


def doing(machine: Machine) -> str:
    """What the update is at."""
    said = machine.shell("cat /run/edgecv-update/status.json")
    return str(json.loads(said)["state"]) if said.strip() else ""


def cut_in_an_update(
    workout: Workout, machine: Machine, at_random: random.Random, address: str, phase: str
) -> None:
    machine.shell(
        "systemd-run --unit=install --setenv=SSL_CERT_FILE=/run/release/ca.pem "
        f"edgecv update install {address} --no-restart"
    )
    wait_until(lambda: doing(machine) == phase, f"the update is {phase}", INSTALL_S)
    moment_s = at_random.uniform(0.0, 20.0)
    time.sleep(moment_s)
    machine.pull_the_plug()
    found = file_system(workout.story)
    workout.story.tell(f"  {moment_s:.1f} s into {phase}; file system {found}")


def is_installed(workout: Workout, version: str) -> Callable[[], bool]:
    """Home Assistant is told."""

    def told() -> bool:
        said = [json.loads(one) for one in workout.heard.payloads("/update") if one]
        return bool(said) and said[-1]["installed_version"] == version

    return told


def whole_update(
    workout: Workout, machine: Machine, begin: Callable[[], object], version: str, slot: str
) -> None:
    """It installs, starts from the other slot, proves good, and has lost nothing."""
    story = workout.story
    since_s = time.monotonic()
    begin()
    machine.wait_for(f"edgecv: slot {slot}, order {slot} ", INSTALL_S)
    installed_s = time.monotonic() - since_s
    story.tell(f"  installed after {installed_s:.0f} s, it starts from slot {slot}")
    again_s = workout.counts_again(time.monotonic())
    wait_until(is_installed(workout, version), f"{version} is told", BOOT_S)
    machine.wait_for_shell(BOOT_S)
    wait_until(
        lambda: "good" in machine.shell(f"cat {UPDATES}/last.json"), "it proves good", BOOT_S
    )
    left = machine.shell("fw_printenv BOOT_ORDER BOOT_GOOD").split()
    assert f"BOOT_GOOD={slot}" in left, left
    told = workout.check(machine)
    workout.note(
        f"update to {version}",
        f"slot {slot} after {installed_s:.0f} s of installing, good; {told}",
        again_s,
    )


def by_home_assistant(workout: Workout, machine: Machine) -> Callable[[], None]:
    def begin() -> None:
        machine.shell("systemctl start edgecv-update-check")
        announced = [json.loads(one) for one in workout.heard.payloads("/config") if one]
        parts = [part for one in announced for part in one.get("components", {}).values()]
        (entity,) = [part for part in parts if part.get("platform", part.get("p")) == "update"]
        wait_until(
            lambda: any(
                json.loads(one)["latest_version"] == "0.3.0"
                for one in workout.heard.payloads("/update")
                if one
            ),
            "Home Assistant is told of the new version",
            BOOT_S,
        )
        workout.heard.send(entity["command_topic"], entity["payload_install"])

    return begin


def left_again(workout: Workout, machine: Machine, address: str, bundle: Path) -> None:
    """A version that does not come up."""
    since_s = time.monotonic()
    update(machine, f"install {address}/{bundle.name}")
    machine.wait_for("edgecv: slot B, order B A, tries left A 3 B 0", INSTALL_S)
    machine.wait_for("edgecv: slot A, order B A, tries left A 2 B 0", BOOT_S)
    took_s = workout.counts_again(since_s)
    machine.wait_for_shell(BOOT_S)
    last = json.loads(machine.shell(f"cat {UPDATES}/last.json"))
    assert (last["outcome"], last["version"]) == ("rolled_back", "0.4.0"), last
    told = workout.check(machine)
    wait_until(is_installed(workout, "0.3.0"), "the version before is told", BOOT_S)
    workout.note(
        "update that does not start", f'back after 3 tries, "{last["reason"]}"; {told}', took_s
    )


def chapters(story: Story, cache: Path) -> None:
    at_random = random.Random(1)  # noqa: S311 - when the supply is cut
    (root,) = cache.glob("root-*/root.ext4")
    keys = cache / "trial-keys"
    signing = Signing(keys / "cert.pem", keys / "key.pem", keys / "cert.pem")
    releases = story.folder / "releases"
    releases.mkdir(exist_ok=True)
    toolbox = find_tools(cache)
    assert toolbox is not None
    tools = Tools(toolbox, story.folder, cache, FIRMWARE)
    bakery = Bakery(releases, root, signing, tools)
    story.tell("baking bundles")
    second, third = bakery.of_version("0.2.0"), bakery.of_version("0.3.0")
    broken = bakery.of_version("0.4.0", NO_INIT)
    bad = {
        "signed by somebody else": bakery.of_somebody_else(),
        "for another device": bakery.for_another_device(),
        "damaged": bakery.damaged(third),
    }
    story.card.write("machine.env", PATIENCE)
    story.card.write("edgecv.toml", boot_file(story))
    with (
        Listener(story.broker, user=(USER, PASSWORD)) as heard,
        release_server(story, releases) as (address, certificate),
    ):
        workout = Workout(story, heard)
        try:
            during_a_workout(story, workout, at_random)
            server = Releases(address, certificate, second, third, broken, bad)
            during_updates(story, workout, at_random, server)
        finally:
            print_table(workout.seen)


def during_a_workout(story: Story, workout: Workout, at_random: random.Random) -> None:
    with story.start("going") as machine:
        get_going(story, workout, machine)
        hung_service(workout, machine)
        full_disk(workout, machine)
        no_network(workout, machine)
        broker_away(workout, machine)
        hung_kernel(workout, machine)
        cut_in_a_workout(workout, machine, at_random, 1)
    for number in range(2, CUTS + 2):
        clock = "1970-01-01" if number == CUTS + 1 else "utc"
        with story.start(f"workout-{number}", clock=clock) as machine:
            took_s = workout.counts_again(time.monotonic())
            machine.wait_for_shell(BOOT_S)
            told = workout.check(machine)
            workout.note(f"supply cut {number - 1} in a workout", told, took_s)
            if number <= CUTS:
                cut_in_a_workout(workout, machine, at_random, number)
                continue
            year = machine.shell("date +%Y").strip()
            assert int(year) >= time.gmtime().tm_year, year
            workout.note("clock at 1970", f"goes on from what it knew ({year}); {told}", took_s)
            machine.wait_for("Finished edgecv-good.service", BOOT_S)
            machine.off()


def during_updates(
    story: Story,
    workout: Workout,
    at_random: random.Random,
    offered: "Releases",
) -> None:
    address, second, third = offered.address, offered.second, offered.third
    releases = second.parent
    offer(releases, second, "The second.")
    for number in range(CUTS):
        with story.start(f"update-{number + 1}") as machine:
            machine.wait_for("edgecv: slot A, order A B", BOOT_S)
            took_s = workout.counts_again(time.monotonic())
            machine.wait_for_shell(BOOT_S)
            trust(machine, address, offered.certificate)
            if number == 0:
                refused(workout, machine, address, offered.bad)
            else:
                told = workout.check(machine)
                workout.note(f"supply cut {number} in an update", told, took_s)
            machine.wait_for("Finished edgecv-good.service", BOOT_S)
            phase = PHASES[number % len(PHASES)]
            cut_in_an_update(workout, machine, at_random, f"{address}/{second.name}", phase)
    with story.start("updates") as machine:
        machine.wait_for("edgecv: slot A, order A B", BOOT_S)
        took_s = workout.counts_again(time.monotonic())
        machine.wait_for_shell(BOOT_S)
        trust(machine, address, offered.certificate)
        last = json.loads(machine.shell(f"cat {UPDATES}/last.json") or "{}")
        told = workout.check(machine)
        workout.note(f"supply cut {CUTS} in an update", f"{last.get('outcome')}; {told}", took_s)
        machine.wait_for("Finished edgecv-good.service", BOOT_S)
        whole_update(workout, machine, lambda: update(machine, "install"), "0.2.0", "B")
        trust(machine, address, offered.certificate)
        offer(releases, third, "The third.")
        whole_update(workout, machine, by_home_assistant(workout, machine), "0.3.0", "A")
        trust(machine, address, offered.certificate)
        left_again(workout, machine, address, offered.broken)
        machine.wait_for("Finished edgecv-good.service", BOOT_S)
        machine.off()
    story.card.destroy("root_a")
    with story.start("destroyed") as machine:
        took_s = workout.counts_again(time.monotonic())
        machine.wait_for_shell(BOOT_S)
        workout.note("slot A destroyed", workout.check(machine), took_s)
    story.hold(f"the file system is {file_system(story)}", True)


def print_table(seen: list[Seen]) -> None:
    print("\n| fault | seen | counting again |\n|---|---|---|")
    for one in seen:
        took = "" if one.seconds is None else f"{one.seconds:.0f} s"
        print(f"| {one.fault} | {one.what} | {took} |")


if __name__ == "__main__":
    sys.exit(tell_story(lambda story: chapters(story, Path(sys.argv[1]).resolve())))
