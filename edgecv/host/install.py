"""Puts the service on a Debian or Raspberry Pi OS, and takes it away: the same result however often
it is run. Not tried on a Raspberry Pi or a Jetson."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from edgecv.errors import EdgecvError
from edgecv.host import unit
from edgecv.host.jetson import find_jetson, gpu_nodes

UNITS = Path("etc/systemd/system")
SYSUSERS = Path("etc/sysusers.d/edgecv.conf")
CONFIG = Path("etc/edgecv/edgecv.toml")
SERVICE = "edgecv.service"
REBOOT_PATH = "edgecv-reboot.path"
JETSON = [UNITS / f"{name}.d" / "jetson.conf" for name in (SERVICE, "edgecv@.service")]
"""Drop-ins, on a Jetson."""

Run = Callable[[Sequence[str]], object]


@dataclass(frozen=True, slots=True)
class Step:
    """Something that is done, in words, and what does it."""

    words: str
    do: Callable[[], object]


def install_steps(
    command: Sequence[str], *, root: Path = Path("/"), run: Run, may_reboot: bool = False
) -> list[Step]:
    """What installs the service that runs `command`; what is as it should be is left out.

    Raises EdgecvError when the service could not see its own program.
    """
    program = command[0]
    if program.startswith(("/home/", "/root/")):
        raise EdgecvError(
            f"the service can't see {program}: it has no access to home folders. Install edgecv "
            "outside of them, as scripts/install does"
        )
    files = {
        SYSUSERS: unit.SYSUSERS,
        UNITS / SERVICE: unit.service(command),
        UNITS / "edgecv@.service": unit.instance(command),
    }
    paths = []
    if may_reboot:
        files[UNITS / REBOOT_PATH] = unit.REBOOT_PATH
        files[UNITS / "edgecv-reboot.service"] = unit.REBOOT_SERVICE
        paths.append(REBOOT_PATH)
    if find_jetson(root) is not None:
        files |= dict.fromkeys(JETSON, unit.jetson(gpu_nodes(root)))
        files[UNITS / unit.ARGUS_PATH_NAME] = unit.ARGUS_PATH
        files[UNITS / "edgecv-nvargus.service"] = unit.ARGUS_SERVICE
        paths.append(unit.ARGUS_PATH_NAME)
    steps = [
        Step(f"write /{path}", lambda path=path, text=text: _write(root / path, text))  # type: ignore[misc]
        for path, text in files.items()
        if _read(root / path) != text
    ]
    changed = bool(steps)
    steps.append(_runs(run, "systemd-sysusers", "edgecv.conf"))
    if not (root / CONFIG).exists():
        steps.append(Step(f"write /{CONFIG}, for you to edit", lambda: _write_config(root)))
    steps.append(Step(f"let only edgecv read /{CONFIG.parent}", lambda: _protect(root)))
    if changed:
        steps.append(_runs(run, "systemctl", "daemon-reload"))
    steps.append(_runs(run, "systemctl", "enable", SERVICE, *paths))
    if paths:
        steps.append(_runs(run, "systemctl", "start", *paths))
    steps.append(_runs(run, "systemctl", "restart" if changed else "start", SERVICE))
    return steps


def uninstall_steps(*, root: Path = Path("/"), run: Run) -> list[Step]:
    """What takes it away again; configuration and journal stay."""
    files = [path for path in _all_files() if (root / path).exists()]
    if not files:
        return []
    enabled = (SERVICE, REBOOT_PATH, unit.ARGUS_PATH_NAME)
    names = [file.name for file in files if file.name in enabled]
    steps = [_runs(run, "systemctl", "disable", "--now", *names)] if names else []
    steps += [
        Step(f"remove /{path}", lambda path=path: _remove(root / path))  # type: ignore[misc]
        for path in files
    ]
    return [*steps, _runs(run, "systemctl", "daemon-reload")]


def _all_files() -> list[Path]:
    names = (
        *(SERVICE, "edgecv@.service", REBOOT_PATH, "edgecv-reboot.service"),
        *(unit.ARGUS_PATH_NAME, "edgecv-nvargus.service"),
    )
    return [*(UNITS / name for name in names), *JETSON, SYSUSERS]


def _runs(run: Run, *command: str) -> Step:
    return Step(" ".join(command), lambda: run(command))


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return None


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise EdgecvError(f"{path} can't be written: {error.strerror}; are you root?") from error


def _remove(path: Path) -> None:
    """With its folder, if that was made for it."""
    path.unlink()
    if path in {path.parent / file.name for file in JETSON} and not any(path.parent.iterdir()):
        path.parent.rmdir()


def _write_config(root: Path) -> None:
    _write(root / CONFIG, resources.files("edgecv").joinpath("example.toml").read_text("utf-8"))


def _protect(root: Path) -> None:
    """Passwords stand there: root writes, the service reads."""
    import grp

    try:
        group = grp.getgrnam(unit.USER).gr_gid
    except KeyError:
        raise EdgecvError(f"there is no group {unit.USER}: systemd-sysusers made none") from None
    folder = root / CONFIG.parent
    try:
        for path in (folder, *folder.iterdir()):
            os.chown(path, -1, group)
            path.chmod(0o750 if path.is_dir() else 0o640)
    except OSError as error:
        raise EdgecvError(f"{folder}: {error.strerror}; are you root?") from error
