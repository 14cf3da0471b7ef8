"""What can happen to the appliance during an update."""

import contextlib
import functools
import http.server
import json
import random
import re
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from firmware.emulator import HOST, Machine
from firmware.story import BOOT_S, GOOD, Story, states
from firmware.watch import Workout, file_system
from tests.broker import wait_until

UPDATES = "/data/shared/update"
INSTALL_S = 1500.0
PHASES = ("downloading", "checking", "installing")


class Releases(NamedTuple):
    """What the server of releases has."""

    address: str
    certificate: bytes
    second: Path
    third: Path
    broken: Path
    bad: dict[str, Path]
    """That have to be refused, by what is wrong with them."""


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

    class Server(http.server.ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """Who is cut off in the middle of a download is what this is about."""

    serve = functools.partial(Handler, directory=str(folder))
    server = Server(("127.0.0.1", 0), serve)
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
        assert expected[what] in said.lower(), said
        assert "exit 0" not in said, said
        workout.note(f"update {what}", reason(said))
    fill = "fallocate -l $(($(df --output=avail -B1 /data | tail -1) - 100000000)) /data/filling"
    machine.shell(fill)
    said = update(machine, f"install {address}/{bundles['damaged'].name}")
    machine.shell("rm /data/filling")
    assert "exit 0" not in said, said
    assert re.search("MB|space|full", said), said
    workout.note("update with a full disk", reason(said))
    assert machine.shell("fw_printenv BOOT_ORDER") == slots


def reason(said: str) -> str:
    """What `edgecv update` said last, without RAUC's own words."""
    line = said.splitlines()[-2].removeprefix("edgecv: ")
    return f'"{re.sub(r"^.* is refused: | [(]rauc: .*$", "", line)}"'


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


def is_told(workout: Workout, key: str, version: str) -> Callable[[], bool]:
    """To Home Assistant: `key` is installed_version or latest_version."""

    def told() -> bool:
        firmware = states(workout.heard)[-1]["firmware"]
        return firmware is not None and firmware[key] == version

    return told


def whole_update(
    workout: Workout, machine: Machine, begin: Callable[[], object], version: str, slot: str
) -> None:
    """It installs, starts from the other slot, proves good, and has lost nothing."""
    story = workout.story
    since_s, before = time.monotonic(), machine.words
    begin()
    machine.wait_for(f"edgecv: slot {slot}, order {slot} ", INSTALL_S, before)
    installed_s = time.monotonic() - since_s
    story.tell(f"  installed after {installed_s:.0f} s, it starts from slot {slot}")
    again_s = workout.counts_again(time.monotonic())
    wait_until(is_told(workout, "installed_version", version), f"{version} is told", BOOT_S)
    machine.wait_for_shell(BOOT_S)
    proves_good(machine, version)
    left = machine.shell("fw_printenv BOOT_ORDER BOOT_GOOD").split()
    assert f"BOOT_GOOD={slot}" in left, left
    told = workout.check(machine)
    workout.note(
        f"update to {version}",
        f"slot {slot} after {installed_s:.0f} s of installing, good; {told}",
        again_s,
    )


def proves_good(machine: Machine, version: str) -> None:
    """Raises AssertionError if it does not."""

    def is_good() -> bool:
        last = json.loads(machine.shell(f"cat {UPDATES}/last.json") or "{}")
        return (last.get("version"), last.get("outcome")) == (version, "good")

    wait_until(is_good, f"{version} proves good", BOOT_S)


def by_home_assistant(workout: Workout, machine: Machine, version: str) -> Callable[[], None]:
    def begin() -> None:
        machine.shell("systemctl start edgecv-update-check")
        announced = [json.loads(one) for one in workout.heard.payloads("/config") if one]
        parts = [part for one in announced for part in one.get("components", {}).values()]
        entity = next(part for part in parts if part.get("platform", part.get("p")) == "update")
        told = is_told(workout, "latest_version", version)
        wait_until(told, f"Home Assistant is told of {version}", BOOT_S)
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
    wait_until(is_told(workout, "installed_version", "0.1.0"), "the version before is told", BOOT_S)
    workout.note(
        "update that does not start", f'back after 3 tries, "{last["reason"]}"; {told}', took_s
    )


def during_updates(
    story: Story,
    workout: Workout,
    at_random: random.Random,
    offered: Releases,
    cuts: int,
) -> None:
    address, second, third = offered.address, offered.second, offered.third
    releases = second.parent
    offer(releases, second, "The second.")
    for number in range(cuts):
        with story.start(f"update-{number + 1}") as machine:
            machine.wait_for("edgecv: slot A, order A", BOOT_S)
            took_s = workout.counts_again(time.monotonic())
            machine.wait_for_shell(BOOT_S)
            trust(machine, address, offered.certificate)
            if number == 0:
                refused(workout, machine, address, offered.bad)
            else:
                told = workout.check(machine)
                workout.note(f"supply cut {number} in an update", told, took_s)
            machine.wait_for(GOOD, BOOT_S)
            phase = PHASES[number % len(PHASES)]
            cut_in_an_update(workout, machine, at_random, f"{address}/{second.name}", phase)
    with story.start("updates") as machine:
        # RAUC leaves a slot that is half written out of the order.
        machine.wait_for("edgecv: slot A, order A", BOOT_S)
        took_s = workout.counts_again(time.monotonic())
        machine.wait_for_shell(BOOT_S)
        trust(machine, address, offered.certificate)
        last = json.loads(machine.shell(f"cat {UPDATES}/last.json") or "{}")
        told = workout.check(machine)
        workout.note(f"supply cut {cuts} in an update", f"{last.get('outcome')}; {told}", took_s)
        machine.wait_for(GOOD, BOOT_S)
        left_again(workout, machine, address, offered.broken)
        trust(machine, address, offered.certificate)
        machine.wait_for(GOOD, BOOT_S)
        whole_update(workout, machine, lambda: update(machine, "install"), "0.2.0", "B")
        trust(machine, address, offered.certificate)
        offer(releases, third, "The third.")
        whole_update(workout, machine, by_home_assistant(workout, machine, "0.3.0"), "0.3.0", "A")
        machine.off()
    story.card.destroy("root_a")
    with story.start("destroyed") as machine:
        took_s = workout.counts_again(time.monotonic())
        machine.wait_for_shell(BOOT_S)
        workout.note("slot A destroyed", workout.check(machine), took_s)
    story.hold(f"the file system is {file_system(story)}", True)
