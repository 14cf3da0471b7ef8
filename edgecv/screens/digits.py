"""Large digits, to be read from the other end of the room."""

HEIGHT = 5

_SHAPES = {
    "0": "███ █ █ █ █ █ █ ███",
    "1": " █  ██   █   █  ███",
    "2": "███   █ ███ █   ███",
    "3": "███   █ ███   █ ███",
    "4": "█ █ █ █ ███   █   █",
    "5": "███ █   ███   █ ███",
    "6": "███ █   ███ █ █ ███",
    "7": "███   █   █   █   █",
    "8": "███ █ █ ███ █ █ ███",
    "9": "███ █ █ ███   █ ███",
}
"""Three columns a row, one between the rows."""


def large(number: int) -> list[str]:
    """HEIGHT lines; every cell is two columns wide, as columns are half as wide as high."""
    digits = [_rows(digit) for digit in str(abs(number))]
    lines = ["  ".join(digit[row] for digit in digits) for row in range(HEIGHT)]
    return ["".join(2 * cell for cell in line).rstrip() for line in lines]


def _rows(digit: str) -> list[str]:
    shape = _SHAPES[digit].ljust(4 * HEIGHT)
    return [shape[4 * row : 4 * row + 3] for row in range(HEIGHT)]
