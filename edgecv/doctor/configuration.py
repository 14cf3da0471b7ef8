"""The configuration: valid, readable by those who need it and by nobody else."""

import stat
from collections.abc import Iterator
from pathlib import Path

from edgecv.capture.address import without_passwords
from edgecv.config import Config
from edgecv.doctor.finding import Finding, failure, ok, unavailable, warning
from edgecv.errors import ConfigError
from edgecv.settings import Configured, Origin, faults, settings


def examine_configuration(configured: Configured | ConfigError) -> Iterator[Finding]:
    """What came of loading it."""
    if isinstance(configured, ConfigError) and isinstance(configured.__cause__, PermissionError):
        yield warning(
            "file", f"{configured}: only its service reads it", "sudo, or join the group edgecv"
        )
        return
    if isinstance(configured, ConfigError):
        yield failure("file", f"{configured}", "correct it, then edgecv config check")
        return
    path = configured.path
    if path is None:
        yield unavailable("file", "there is none: all values are defaults")
    else:
        yield ok("file", str(path))
        yield _permissions(path, configured.config)
    found = faults(configured.config)
    for fault in found:
        yield failure("values", f"{fault}", "correct it, then edgecv config check")
    if not found:
        yield _origins(configured)
    yield from _password_file(configured.config)


def _origins(configured: Configured) -> Finding:
    try:
        found = settings(configured)
    except ConfigError as error:
        return failure("values", f"{error}", "name the device in [device] id")
    counts = {origin: sum(one.origin is origin for one in found) for origin in Origin}
    words = [f"{count} from the {origin.value}" for origin, count in counts.items() if count]
    return ok("values", ", ".join(words).replace("the this", "this") + " (edgecv config show)")


def _permissions(path: Path, config: Config) -> Finding:
    mode = path.stat().st_mode
    if mode & stat.S_IWOTH:
        return failure("permissions", f"everybody may write {path}", f"chmod o-w {path}")
    source = config.camera.source
    if mode & stat.S_IROTH and without_passwords(source) != source:
        return warning(
            "permissions",
            f"everybody may read {path}, and camera.source has a password",
            f"chmod o-r {path}",
        )
    return ok("permissions", f"{stat.filemode(mode)} {path}")


def _password_file(config: Config) -> Iterator[Finding]:
    if not config.mqtt.password_file:
        return
    path = Path(config.mqtt.password_file)
    try:
        mode = path.stat().st_mode
    except OSError:
        return  # that is a fault of its own
    if mode & (stat.S_IROTH | stat.S_IWOTH):
        yield warning(
            "password file", f"everybody may read {path}", f"chmod o= {path}: it is a secret"
        )
    else:
        yield ok("password file", f"{stat.filemode(mode)} {path}")
