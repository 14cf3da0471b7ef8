#!/usr/bin/env bash
# Puts the partitions together, and packs the image for those who flash it.
#   disk.sh ROOT-STEP FOLDER NAME    (among the tools: see in-toolbox)
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
made=$1 folder=$2 name=$3
work=$(mktemp -d -p "$folder")
trap 'rm -rf "$work"' EXIT

mkdir -p "$work"/{root/data,input}
cp -r "$made/boot" "$work/root/boot"
ln -s "$(realpath "$made/root.ext4")" "$work/input/root.ext4"
printf 'BOOT_ORDER=A B\nBOOT_A_LEFT=3\nBOOT_B_LEFT=3\n' | mkenvimage -s 0x4000 -o "$work/input/bootstate" -
truncate -s 4M "$work/input/bootstate"
genimage --config "$here/boot/genimage.cfg" --rootpath "$work/root" --tmppath "$work/tmp" \
  --inputpath "$work/input" --outputpath "$work/output"
bmaptool create "$work/output/edgecv.img" >"$folder/$name.img.bmap"
zstd -q -T0 -10 "$work/output/edgecv.img" -o "$folder/$name.img.zst"
mv "$work/output/edgecv.img" "$folder/$name.img"
