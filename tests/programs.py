"""Programs in Python that a test puts into PATH."""

import sys


def python_program(source: str, options: str = "") -> str:
    """A file's text: the kernel takes no interpreter whose path has a space in it, a shell does."""
    return f"""#!/bin/sh
'''exec' "{sys.executable}" {options} "$0" "$@"
' '''
{source}"""
