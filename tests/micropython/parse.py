"""Run by MicroPython: the controller's parser on pieces of bytes, a line of digits each; its frames
are printed as JSON."""

import binascii
import json
import sys

sys.path.insert(0, sys.argv[1])

from frames import Parser

parser = Parser()
frames = []
with open(sys.argv[2]) as file:
    for line in file:
        frames += parser.feed(binascii.unhexlify(line.strip()))
print(json.dumps(frames))
