#!/usr/bin/env bash
# Fetches the image's Python packages, those of wheels.lock and no others.
#   wheels.sh FOLDER    (among the tools: see in-toolbox)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
python3 -m pip download --disable-pip-version-check --no-cache-dir --no-deps --require-hashes \
  --only-binary=:all: --implementation=cp --python-version=3.13 --platform=manylinux_2_17_aarch64 \
  --platform=manylinux_2_27_aarch64 --platform=manylinux_2_28_aarch64 \
  --platform=manylinux2014_aarch64 --dest "$1" -r "$here/wheels.lock"
