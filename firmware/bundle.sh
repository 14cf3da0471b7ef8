#!/usr/bin/env bash
# Makes an update bundle of a slot's file system, and reads it as a box would.
#   bundle.sh ROOT.ext4 VERSION CERT KEY KEYRING BUNDLE [COMPATIBLE]    (among the tools: see in-toolbox)
set -euo pipefail
root=$1 version=$2 cert=$3 key=$4 keyring=$5 bundle=$6 compatible=${7:-edgecv-arm64}
work=$(mktemp -d -p "$(dirname "$bundle")")
trap 'rm -rf "$work"' EXIT
mkdir "$work/content"
ln "$root" "$work/content/root.ext4" 2>/dev/null || cp --sparse=always "$root" "$work/content/root.ext4"
cat >"$work/content/manifest.raucm" <<MANIFEST
[update]
compatible=$compatible
version=$version

[bundle]
format=verity

[image.rootfs]
filename=root.ext4
MANIFEST
rm -f "$bundle"
rauc bundle --cert="$cert" --key="$key" --keyring="$keyring" \
  --mksquashfs-args="-comp zstd -Xcompression-level 10" "$work/content" "$bundle"
