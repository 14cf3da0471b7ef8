"""Run by MicroPython: frames out of JSON, as the controller writes them."""

import json
import sys

sys.path.insert(0, sys.argv[1])

from frames import encode

with open(sys.argv[2]) as file:
    for kind, fields in json.load(file):
        sys.stdout.buffer.write(encode(kind, list(fields.items())))
