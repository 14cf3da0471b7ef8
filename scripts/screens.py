"""Make what tests compare screens with, tests/screens/*.txt, and the README's pictures of `edgecv
top` and `edgecv doctor`, out of the exhibits in tests/exhibits.py. Look at what comes of it.

    .venv/bin/python scripts/screens.py
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

try:
    from tests.screens import FOLDER, SCREENS, WIDTHS, file_of, picture
except ImportError as error:
    sys.exit(f"screens: no package {error.name}: run pip install -e .[dev]")

PICTURES = ROOT / "docs" / "pictures"


def main() -> None:
    argparse.ArgumentParser(
        description="Make the kept screens and the pictures of them."
    ).parse_args()
    FOLDER.mkdir(exist_ok=True)
    for name, show in SCREENS.items():
        for columns in WIDTHS:
            file = file_of(name, columns)
            file.write_text(show(columns), encoding="utf-8")
            print(file.relative_to(ROOT))
    for name in ("top", "doctor"):
        file = PICTURES / f"{name}.svg"
        file.write_text(picture(name), encoding="utf-8")
        print(f"{file.relative_to(ROOT)}: {file.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
