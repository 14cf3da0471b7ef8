"""What commands show is as it was when somebody last looked; scripts/screens.py makes it anew.

Real processes in a terminal show what holds nothing of this machine; the rest is drawn here.
"""

import pytest

from tests.screens import SCREENS, WIDTHS, file_of


@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize("name", SCREENS)
def test_a_screen_is_as_it_was_when_somebody_looked_at_it(name: str, columns: int) -> None:
    shown = SCREENS[name](columns)
    kept = file_of(name, columns).read_text(encoding="utf-8")
    assert shown == kept, f"look at it, then run scripts/screens.py: {file_of(name, columns)}"
    assert max(map(len, shown.splitlines())) <= columns


def test_every_screen_that_is_kept_is_shown() -> None:
    files = {file_of(name, columns) for name in SCREENS for columns in WIDTHS}
    assert set(files.pop().parent.glob("*")) == {
        file_of(name, columns) for name in SCREENS for columns in WIDTHS
    }
