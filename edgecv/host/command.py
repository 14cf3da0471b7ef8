"""Other programs of the box, run to their end."""

import subprocess
from collections.abc import Sequence

from edgecv.errors import EdgecvError


def run_command(command: Sequence[str]) -> str:
    """What the program writes. Raises EdgecvError with what it said when it fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise EdgecvError(f"{command[0]} can't be run: {error.strerror}") from error
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise EdgecvError(f"{' '.join(command)} failed: {said[-1] if said else done.returncode}")
    return done.stdout
