"""The image in an emulator: a card, what is on its boot partition, and the machine that it is put
into. Nothing of it needs KVM."""

import io
import re
import shutil
import struct
import subprocess
import tarfile
import threading
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO

FIRMWARE = Path(__file__).resolve().parent
SECTOR, BLOCK = 512, 1 << 20
HOST = "10.0.2.2"
"""What the emulated machine calls this one."""


class Tools:
    """The programs that the image is built with; `folders` are those that they may use."""

    def __init__(self, toolbox: Path, *folders: Path) -> None:
        inside = [FIRMWARE / "in-toolbox", toolbox, *folders]
        self._inside = [*map(str, inside), "--"]

    def command(self, *words: str) -> list[str]:
        return [*self._inside, *words]

    def run(self, *words: str, stdin: IO[bytes] | None = None) -> bytes:
        done = subprocess.run(self.command(*words), stdin=stdin, capture_output=True, check=False)
        assert done.returncode == 0, f"{' '.join(words)}: {done.stderr.decode(errors='replace')}"
        return done.stdout


class Card:
    """A memory card: a file with partitions."""

    def __init__(self, file: Path, tools: Tools) -> None:
        self.file = file
        self.tools = tools

    @classmethod
    def flashed(cls, image: Path, file: Path, tools: Tools, size: int = 4 << 30) -> "Card":
        """One with room to spare; `image` is the .img.zst that is shipped."""
        with image.open("rb") as packed:
            tools.run("zstd", "-q", "-d", "-f", "--sparse", "-", "-o", str(file), stdin=packed)
        with file.open("r+b") as opened:
            opened.truncate(max(size, file.stat().st_size))
        return cls(file, tools)

    def partition(self, name: str) -> tuple[int, int]:
        """Where it begins and how long it is, in bytes (UEFI specification, 5.3.3)."""
        with self.file.open("rb") as file:
            file.seek(SECTOR)
            header = file.read(92)
            first, count, size = struct.unpack_from("<QII", header, 72)
            file.seek(first * SECTOR)
            for _ in range(count):
                entry = file.read(size)
                label = entry[56:128].decode("utf-16-le").rstrip("\0")
                if label == name:
                    begin, end = struct.unpack_from("<QQ", entry, 32)
                    return begin * SECTOR, (end + 1 - begin) * SECTOR
        raise AssertionError(f"there is no partition {name}")

    def read(self, name: str) -> bytes | None:
        """A file of the boot partition."""
        done = subprocess.run(
            self.tools.command("mtype", "-i", self._boot, f"::{name}"),
            capture_output=True,
            check=False,
        )
        return done.stdout if done.returncode == 0 else None

    def write(self, name: str, data: bytes) -> None:
        """A file of the boot partition."""
        source = self.file.with_name("to-be-written")
        source.write_bytes(data)
        self.tools.run("mcopy", "-o", "-i", self._boot, str(source), f"::{name}")

    def raw(self, name: str) -> bytes:
        """A whole partition."""
        begin, size = self.partition(name)
        with self.file.open("rb") as file:
            file.seek(begin)
            return file.read(size)

    def copy(self, name: str, file: Path) -> None:
        """A whole partition into a file, which takes no more room than what is written there."""
        begin, size = self.partition(name)
        with self.file.open("rb") as source, file.open("wb") as target:
            source.seek(begin)
            for at in range(0, size, BLOCK):
                block = source.read(min(BLOCK, size - at))
                if block.strip(b"\0"):
                    target.seek(at)
                    target.write(block)
            target.truncate(size)

    def destroy(self, name: str) -> None:
        """The beginning of a partition."""
        begin, _ = self.partition(name)
        with self.file.open("r+b") as file:
            file.seek(begin)
            file.write(bytes(8 << 20))

    @property
    def _boot(self) -> str:
        return f"{self.file}@@{self.partition('boot')[0]}"


def make_stick(file: Path, files: Mapping[str, bytes], tools: Tools) -> Path:
    """A USB stick as they are sold: FAT, in one partition."""
    begin, size = 1 << 20, (62 << 20) + sum(map(len, files.values())) // SECTOR * SECTOR
    with file.open("wb") as opened:
        opened.truncate(begin + size)
        entry = struct.pack(
            "<B3sB3sII", 0, b"\0" * 3, 0x0C, b"\0" * 3, begin // SECTOR, size // SECTOR
        )
        opened.seek(446)
        opened.write(entry + bytes(48) + b"\x55\xaa")
    tools.run("mformat", "-i", f"{file}@@{begin}", "-F", "-T", str(size // SECTOR), "::")
    for name, data in files.items():
        source = file.with_name("to-be-written")
        source.write_bytes(data)
        tools.run("mcopy", "-i", f"{file}@@{begin}", str(source), f"::{name}")
    return file


class Machine:
    """QEMU's `virt` with a card in it, from the moment it is switched on. What it writes to its
    serial line goes to `log`, each line with its time."""

    def __init__(
        self,
        card: Card,
        tools: Tools,
        log: Path,
        *,
        ssh_port: int,
        key: Path,
        stick: Path | None = None,
        clock: str = "utc",
    ) -> None:
        """`clock` is what the machine's own clock says when it is switched on: utc, or a date."""
        self._key = key
        self._ssh_port = ssh_port
        self._text = ""
        self._changed = threading.Condition()
        self._started_s = time.monotonic()
        usb = ["-device", "qemu-xhci"]
        if stick is not None:
            usb += ["-drive", f"file={stick},format=raw,if=none,id=stick"]
            usb += ["-device", "usb-storage,drive=stick"]
        command = [
            *("qemu-system-aarch64", "-M", "virt,gic-version=3", "-cpu", "cortex-a72"),
            *("-accel", "tcg,thread=multi", "-smp", "2", "-m", "1536", "-nographic"),
            *("-monitor", "none", "-bios", "/usr/lib/u-boot/qemu_arm64/u-boot.bin"),
            *("-rtc", f"base={clock}"),
            *("-drive", f"file={card.file},format=raw,if=none,id=card,cache=writethrough"),
            *("-device", "virtio-blk-pci,drive=card", "-device", "virtio-rng-pci"),
            *("-netdev", f"user,id=net,hostfwd=tcp:127.0.0.1:{ssh_port}-:22"),
            *("-device", "virtio-net-pci,netdev=net,romfile=", "-device", "i6300esb", *usb),
        ]
        self._process = subprocess.Popen(
            tools.command(*command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        assert self._process.stdout is not None
        self._output = self._process.stdout
        self._reader = threading.Thread(target=self._read, args=(log,), daemon=True)
        self._reader.start()

    def __enter__(self) -> "Machine":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.pull_the_plug()

    @property
    def seconds(self) -> float:
        """Since it was switched on."""
        return time.monotonic() - self._started_s

    def said(self, pattern: str) -> list[str]:
        """What stands on its serial line and fits."""
        with self._changed:
            return [found[0] for found in re.finditer(pattern, self._text)]

    @property
    def words(self) -> int:
        """How much it has said so far, in characters."""
        with self._changed:
            return len(self._text)

    def wait_for(self, pattern: str, timeout_s: float, after: int = 0) -> str:
        """What it says, now or after so many `words`. Raises AssertionError if it is not said in
        time, or the machine ends."""
        give_up_s = time.monotonic() + timeout_s
        with self._changed:
            while not (found := re.compile(pattern).search(self._text, after)):
                left_s = give_up_s - time.monotonic()
                assert left_s > 0, f"not said within {timeout_s:.0f} s: {pattern}"
                assert self._process.poll() is None, f"the emulator ended: {self._text[-500:]}"
                self._changed.wait(min(left_s, 1.0))
        return found[0]

    def shell(self, command: str, timeout_s: float = 120.0) -> str:
        """What a command says to somebody who is logged in by SSH, whatever its exit code."""
        return self._ssh(command, timeout_s).stdout

    def do(self, command: str, timeout_s: float = 120.0) -> str:
        """What a command says that has to succeed. Raises AssertionError."""
        done = self._ssh(command, timeout_s)
        said = done.stdout + done.stderr
        assert done.returncode == 0, f"{command}: exit {done.returncode}: {said}"
        return said

    def put(self, folder: str, files: Mapping[str, bytes]) -> None:
        """Files into a folder of the machine, for everybody to read."""
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as archive:
            for name, data in files.items():
                entry = tarfile.TarInfo(name)
                entry.size, entry.mode = len(data), 0o644
                archive.addfile(entry, io.BytesIO(data))
        done = self._ssh(f"mkdir -p {folder} && tar -C {folder} -xf -", 300.0, packed.getvalue())
        assert done.returncode == 0, f"{', '.join(files)} can't be put into {folder}: {done.stderr}"

    def wait_for_shell(self, timeout_s: float) -> None:
        """Until it lets somebody log in."""
        give_up_s = time.monotonic() + timeout_s
        while self._ssh("true", 60.0).returncode:
            assert time.monotonic() < give_up_s, "nobody can log in"
            time.sleep(2.0)

    def off(self, timeout_s: float = 180.0) -> None:
        """As it should be switched off."""
        self._ssh("systemctl poweroff", 60.0)
        self._process.wait(timeout_s)
        self._reader.join(5.0)

    def pull_the_plug(self) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join(5.0)

    def _ssh(
        self, command: str, timeout_s: float, given: bytes = b""
    ) -> "subprocess.CompletedProcess[str]":
        options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "BatchMode=yes"]
        words = ["ssh", "-q", "-i", str(self._key), "-p", str(self._ssh_port)]
        words += [word for option in options for word in ("-o", option)]
        words += ["-o", "ConnectTimeout=30", "root@127.0.0.1", command]
        try:
            done = subprocess.run(
                words, input=given, capture_output=True, check=False, timeout=timeout_s
            )
        except subprocess.TimeoutExpired:
            return subprocess.CompletedProcess(words, 255, "", "")
        output, errors = (text.decode(errors="replace") for text in (done.stdout, done.stderr))
        return subprocess.CompletedProcess(words, done.returncode, output, errors)

    def _read(self, log: Path) -> None:
        with self._output, log.open("w", encoding="utf-8") as file:
            for line in self._output:
                text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|\r|\x1b.", "", line.decode(errors="replace"))
                file.write(f"{self.seconds:7.1f} {text}")
                file.flush()
                with self._changed:
                    self._text += text
                    self._changed.notify_all()


def find_tools(cache: Path) -> Path | None:
    """The folder of tools that scripts/image has made."""
    return next(
        (made / "root" for made in cache.glob("toolbox-*") if (made / "done").exists()), None
    )


def make_key(folder: Path) -> tuple[Path, str]:
    """A new SSH key: its file, and the line that lets it in."""
    key = folder / f"key-{uuid.uuid4().hex[:8]}"
    keygen = shutil.which("ssh-keygen")
    assert keygen, "ssh-keygen is not installed: apt-get install openssh-client"
    subprocess.run([keygen, "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    return key, key.with_suffix(".pub").read_text().strip()
