"""The image that is shipped, in an emulator: it starts, takes a boot file over, counts, and goes on
after the plug was pulled, after another boot file, after a wrong one, and from the other slot.

    firmware/test boot [IMAGE.img.zst]

Some 20 minutes on two cores. The log of each start is kept beside the card.
"""

import json
import socket
import sys
from pathlib import Path
from typing import Any

FIRMWARE = Path(__file__).resolve().parent
sys.path.insert(0, str(FIRMWARE.parent))

from firmware.emulator import HOST, Machine, make_stick  # noqa: E402
from firmware.story import (  # noqa: E402
    BOOT_S,
    GOOD,
    PASSWORD,
    PATIENCE,
    USER,
    Story,
    is_up,
    last_state,
    reps,
    states,
    tell_story,
)
from tests.broker import Listener, wait_until  # noqa: E402

WIFI_PASSWORD = "a secret of the air"
SQUATS = "synthetic:squat?reps=3&fps=5&pace=false"
NO_CAMERA = "/dev/video9"


def wrong_start(story: Story) -> None:
    """A new card, with a boot file that is no TOML."""
    story.card.write("machine.env", PATIENCE)
    story.card.write("edgecv.toml", b"[mqtt\nhost = broker\n")
    with story.start("wrong") as machine:
        machine.wait_for("edgecv: slot A, order A B, tries left A 2 B 3", BOOT_S)
        machine.wait_for(GOOD, BOOT_S)
        story.tell(f"  it runs after {machine.seconds:.0f} s")
        failed = machine.said(r"FAILED[^\n]*")
        story.hold("no unit has failed", not failed, failed)
        story.hold("nobody can log in", not greeted(story.ssh_port))
        story.tell("  the plug is pulled")
    report = (story.card.read("edgecv-report.txt") or b"").decode()
    story.hold("the report says that it is no TOML", "is not valid TOML" in report, report)
    story.hold("it goes on with safe defaults", "/dev/edgecv/camera" in report, report)
    print(report.replace("\r", ""))


def greeted(port: int) -> bool:
    """SSH says something to who calls."""
    with socket.create_connection(("127.0.0.1", port), timeout=30.0) as call:
        try:
            return bool(call.recv(10))
        except OSError:
            return False


def first_start(story: Story) -> dict[str, Any]:
    """A boot file that Windows' Notepad has written."""
    lines = (
        '[device]\nname = "Garage gym"\n'
        f'[wifi]\nssid = "Home sweet home"\npassword = "{WIFI_PASSWORD}"\ncountry = "DE"\n'
        f'[mqtt]\nhost = "{HOST}"\nport = {story.broker.port}\nusername = "{USER}"\n'
        f'password = "{PASSWORD}"\n'
        f'[camera]\nsource = "{SQUATS}"\n[counting]\nexercise = "squat"\n'
        f'[box]\ntimezone = "Europe/Berlin"\nssh_key = "{story.public_key}"\n'
    )
    story.card.write("edgecv.toml", b"\xff\xfe" + lines.replace("\n", "\r\n").encode("utf-16-le"))
    with Listener(story.broker, user=(USER, PASSWORD)) as heard, story.start("first") as machine:
        machine.wait_for("edgecv: slot A, order A B, tries left A 2 B 3", BOOT_S)
        wait_until(lambda: bool(states(heard)), "it is on the broker", BOOT_S)
        story.tell(f"  on the broker {machine.seconds:.0f} s after it was switched on")
        machine.wait_for_shell(BOOT_S)
        story.tell(f"  somebody with the key can log in after {machine.seconds:.0f} s")
        look_around(story, machine)
        last = last_state(heard, lambda state: state["status"] == "finished", "it has counted")
        good = machine.shell("fw_printenv BOOT_A_LEFT; systemctl stop edgecv").strip()
        story.hold("the slot has its tries back", good == "BOOT_A_LEFT=3", good)
        story.tell(f"  it has seen the whole recording after {machine.seconds:.0f} s")
        counted = [rep["exercise"] for rep in reps(heard)]
        story.hold("3 squats were done, and 3 are on the broker", counted == ["squat"] * 3, counted)
        story.hold("the total is 3", last["reps_total"] == 3, last)
        known = {
            "machine": machine.shell("cat /etc/machine-id").strip(),
            "clock": int(machine.shell("date +%s")),
            "topic": heard.heard("/state")[0].topic,
        }
        story.tell("  the plug is pulled")
    report = (story.card.read("edgecv-report.txt") or b"").decode()
    story.hold(
        "the report says what was taken over", "edgecv.toml was taken over" in report, report
    )
    print(report.replace("\r", ""))
    fat = story.card.raw("boot")
    for secret in (PASSWORD, WIFI_PASSWORD):
        there = [name for name in ("utf-8", "utf-16-le") if secret.encode(name) in fat]
        story.hold("no secret is left on the boot partition", not there, there)
    return known


def look_around(story: Story, machine: Machine) -> None:
    """What somebody finds who is logged in."""
    open_ports = machine.shell("ss -Hltnu | grep -v 127.0.0.1 | awk '{print $1, $5}' | sort -u")
    # What a DHCP client hears is no service.
    services = [line for line in open_ports.splitlines() if not line.endswith((":68", ":546"))]
    story.hold(
        "nothing listens but SSH, for which there is a key",
        all(line.endswith(":22") for line in services) and bool(services),
        open_ports,
    )
    rules = machine.shell("nft list ruleset")
    story.hold("the firewall is closed", "policy drop" in rules and "{ 22 }" in rules, rules)
    failed = machine.shell("systemctl --failed --no-legend --plain")
    story.hold("no unit has failed", failed == "", failed)
    mounts = machine.shell("findmnt -rno TARGET,OPTIONS /; findmnt -rno TARGET,SIZE /data")
    story.hold("the root is read-only", "/ ro," in mounts, mounts)
    size = machine.shell("df --output=size -B1M /data | tail -1").strip()
    story.hold(f"the data partition has grown to {size} MiB", int(size) > 1500, size)
    story.hold("there is no swap", machine.shell("swapon --show") == "")
    story.hold("the boot partition is not mounted", "vfat" not in machine.shell("cat /proc/mounts"))
    journal = machine.shell("ls /var/log/journal 2>&1; ls /run/log/journal")
    story.hold("the log is in memory", "No such file" in journal, journal)
    rights = machine.shell("stat -L -c '%a %U %G' /etc/edgecv/edgecv.toml /data/shared/secrets/*")
    story.hold(
        "only edgecv may read its configuration and password",
        rights.split("\n")[:2] == ["640 root edgecv"] * 2,
        rights,
    )
    watchdog = machine.shell("cat /sys/class/watchdog/watchdog0/state")
    story.hold("the hardware watchdog is armed", watchdog.strip() == "active", watchdog)
    network = machine.shell("ls /var/lib/iwd; cat /etc/iwd/main.conf; date +%Z")
    story.hold(
        "Wi-Fi, country and time zone are set",
        "Home sweet home.psk" in network and "Country=DE" in network and "CE" in network,
        network,
    )
    print(machine.shell("systemd-analyze time; free -m | head -2; edgecv doctor 2>&1", 400.0))


def second_start(story: Story, known: dict[str, Any]) -> None:
    """After the plug was pulled, with a boot file that names two things."""
    text = f'[device]\nname = "Cellar"\n[camera]\nsource = "{NO_CAMERA}"\n'
    story.card.write("edgecv.toml", text.encode())
    with Listener(story.broker, user=(USER, PASSWORD)) as heard, story.start("second") as machine:
        machine.wait_for("edgecv: slot A, order A B, tries left A 2 B 3", BOOT_S)
        state = last_state(heard, is_up, "it is up")
        story.hold("the total is still 3", state["reps_total"] == 3, state)
        story.hold("the exercise is still squat", state["exercise"] == "squat", state)
        topics = {one.topic for one in heard.heard("/state")}
        story.hold("it is the same device", topics == {known["topic"]}, topics)
        announced = [json.loads(one) for one in heard.payloads("/config") if one]
        names = [one["device"]["name"] for one in announced if "device" in one]
        story.hold("it has its new name", names[-1:] == ["Cellar"], names)
        machine.wait_for_shell(BOOT_S)
        machine_id = machine.shell("cat /etc/machine-id").strip()
        story.hold("it is the same machine", machine_id == known["machine"], machine_id)
        now = int(machine.shell("date +%s"))
        story.hold("its clock did not go back", now >= known["clock"], (now, known["clock"]))
        # A start that is cut off costs a try, and the next one counts them.
        machine.wait_for(GOOD, BOOT_S)
        before = machine.words
        machine.shell("touch /run/edgecv/reboot")
        machine.wait_for("edgecv: slot A, order A B, tries left A 2 B 3", BOOT_S, before)
        story.hold("it starts again when edgecv asks for that", True)
        machine.wait_for(GOOD, BOOT_S, before)
        machine.wait_for_shell(BOOT_S)
        story.tell("  it is switched off")
        machine.off()


def third_start(story: Story, known: dict[str, Any]) -> None:
    """Slot A is destroyed, the boot file is wrong, and there is one on a USB stick."""
    story.card.destroy("root_a")
    story.card.write("edgecv.toml", b'[camera]\nsuorce = "/dev/video0"\n')
    boot_file = b'[counting]\nexercise = "push_up"\n'
    stick = make_stick(story.folder / "stick.img", {"edgecv.toml": boot_file}, story.tools)
    with (
        Listener(story.broker, user=(USER, PASSWORD)) as heard,
        story.start("third", stick) as machine,
    ):
        machine.wait_for("edgecv: slot B, order A B, tries left A 0 B 2", BOOT_S)
        story.hold("slot A is given up after 3 tries", len(machine.said("slot A does not")) == 3)
        state = last_state(heard, lambda one: one["exercise"] == "push_up", "the stick is heard")
        story.hold("what the stick says holds", True)
        story.hold("slot B has the total of slot A", state["reps_total"] == 3, state)
        topics = {one.topic for one in heard.heard("/state")}
        story.hold("it is the same device", topics == {known["topic"]}, topics)
        machine.wait_for_shell(BOOT_S)
        machine.wait_for(GOOD, BOOT_S)
        story.hold("it runs in spite of the wrong boot file", True)
        machine.off()
    report = (story.card.read("edgecv-report.txt") or b"").decode()
    story.hold("the report names the fault", "did you mean source?" in report, report)
    print(report.replace("\r", ""))


def chapters(story: Story) -> None:
    wrong_start(story)
    known = first_start(story)
    second_start(story, known)
    third_start(story, known)


if __name__ == "__main__":
    sys.exit(tell_story(chapters))
