"""`edgecv update`: the version of the appliance image, and the way to another."""

import argparse
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from edgecv.cli.options import add_config, add_json
from edgecv.clock import SystemClock
from edgecv.errors import EdgecvError
from edgecv.update.kept import Places, image, installed_version

if TYPE_CHECKING:
    from edgecv.update.install import Job

EPILOG = """\
examples:
  edgecv update status
  sudo edgecv update check       # asks the address in [update] url
  sudo edgecv update install     # what is offered there, if it is newer
  sudo edgecv update install edgecv-0.2.0-arm64.raucb
  sudo edgecv update install https://example.org/edgecv-0.2.0.raucb
  sudo edgecv update rollback    # back to what ran before

For the appliance image, which has two slots: an update goes into the one that does not run, and
has to prove good there (docs/update.md).

exit codes: 0 done, or there was nothing to do; 1 refused or failed: what runs is as it was; 2 wrong
usage or configuration
"""
NO_IMAGE = (
    "edgecv {} here is no appliance image, which has slots to update: fetch the new version, and "
    "install it as this one was (sudo scripts/install, or pip install --upgrade .)"
)


def add_parser(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "update",
        help="look at the appliance image's version, update it, go back",
        description="The version of the appliance image, and the way to another.",
        epilog=EPILOG,
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    status = actions.add_parser("status", help="versions, slots, and how the last update ended")
    status.set_defaults(execute=_status)
    check = actions.add_parser("check", help="ask the configured address for the latest version")
    check.set_defaults(execute=_check)
    install = actions.add_parser("install", help="install a bundle and restart")
    install.add_argument(
        "bundle",
        nargs="?",
        metavar="FILE|https://…",
        help="(default: what the configured address offers)",
    )
    install.set_defaults(execute=_install)
    rollback = actions.add_parser("rollback", help="back to the other slot, and restart")
    rollback.set_defaults(execute=_rollback)
    for action in (install, rollback):
        action.add_argument("--no-restart", action="store_true", help="leave that to you")
    for action in (check, install):
        add_config(action)
    for action in (status, check, install, rollback):
        add_json(action)


def _status(options: argparse.Namespace) -> int:
    from edgecv.answers import UpdateAnswer, encode_answer
    from edgecv.screens.text import width
    from edgecv.screens.update import describe
    from edgecv.update import rauc
    from edgecv.update.kept import Trial, read
    from edgecv.update.progress import look

    places = Places()
    if image(places) is None:
        return _say_no_image(options, installed_version(places))
    slots, unknown = None, None
    try:
        slots = rauc.slots()
    except EdgecvError as error:
        unknown = str(error)
    answer = UpdateAnswer(
        image=True,
        status=look(places, SystemClock().now()),
        slots=slots,
        unknown=unknown,
        trial=read(places.trial, Trial),
    )
    if options.json:
        sys.stdout.write(encode_answer(answer))
    else:
        print(describe(answer, width()))
    return 0


def _say_no_image(options: argparse.Namespace, version: str) -> int:
    from edgecv.answers import UpdateAnswer, encode_answer
    from edgecv.update.kept import UpdateStatus

    if options.json:
        answer = UpdateAnswer(image=False, status=UpdateStatus(installed=version))
        sys.stdout.write(encode_answer(answer))
    else:
        print(NO_IMAGE.format(version))
    return 0


def _check(options: argparse.Namespace) -> int:
    from edgecv.answers import encode_answer
    from edgecv.update.offer import ask
    from edgecv.update.version import is_newer

    places = _places()
    url = _url(options)
    if not url and not options.json:
        print("nobody is asked for updates: name an address in [update] url")
        return 0
    latest = ask(places, SystemClock(), url)
    if options.json:
        sys.stdout.write(encode_answer(latest))
    elif is_newer(latest.version, installed_version(places)):
        print(
            f"{latest.version} is there ({installed_version(places)} runs): edgecv update install"
        )
    else:
        print(f"{installed_version(places)} runs, and {latest.version} is the latest")
    return 0


def _install(options: argparse.Namespace) -> int:
    from edgecv.update import install
    from edgecv.update.offer import ask
    from edgecv.update.version import is_newer

    def go(job: "Job") -> bool:
        given: str | None = options.bundle
        if given is None:
            latest = ask(job.places, job.clock, _url(options))
            if not is_newer(latest.version, installed_version(job.places)):
                job.progress.say(f"{installed_version(job.places)} is the latest: nothing to do")
                return False
            install.install_address(job, latest.bundle, latest)
        elif "://" in given:
            install.install_address(job, given)
        else:
            install.install_file(job, Path(given))
        return True

    return _carry_out(options, go)


def _rollback(options: argparse.Namespace) -> int:
    from edgecv.update.install import roll_back

    def go(job: "Job") -> bool:
        roll_back(job)
        return True

    return _carry_out(options, go)


def _carry_out(options: argparse.Namespace, go: "Callable[[Job], bool]") -> int:
    from edgecv.answers import UpdateDone, encode_answer
    from edgecv.update.install import Job, only_one
    from edgecv.update.progress import Progress

    places = _places()
    clock = SystemClock()
    with _to_the_end(), only_one(places):
        progress = Progress(places, clock, _silent if options.json else _say)
        with progress.attempt():
            job = Job(places, clock, progress, restart=not options.no_restart)
            done = go(job)
    if options.json:
        answer = UpdateDone(changed=done, restarting=done and job.restart)
        sys.stdout.write(encode_answer(answer))
    return 0


def _places() -> Places:
    """Raises EdgecvError where it is not for us."""
    places = Places()
    if image(places) is None:
        raise EdgecvError(NO_IMAGE.format(installed_version(places)))
    if os.geteuid() != 0:
        raise EdgecvError("only root can update the box: sudo edgecv update …")
    return places


def _url(options: argparse.Namespace) -> str:
    from edgecv.settings import load

    return load(options.config).config.update.url


@contextmanager
def _to_the_end() -> Iterator[None]:
    """A session that ends does not end an update; who stops it stops it as by Ctrl-C."""
    hung_up = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    ended = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, hung_up)
        signal.signal(signal.SIGTERM, ended)


def _say(words: str) -> None:
    with suppress(OSError):  # the terminal may have gone
        print(words, flush=True)


def _silent(_words: str) -> None:
    pass
