#!/usr/bin/env bash
# Makes the folder of tools that the image is built with: Debian for this machine's processor.
#   toolbox.sh FOLDER
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/debian.sh"
packages=$(listed "$here/toolbox.list")
mmdebstrap --variant=apt --mode=root --format=directory --include="$packages" "${lean[@]}" \
  "$suite" "$1" - < <(sources main)
