#!/usr/bin/env bash
# Makes the image's Debian for arm64, before anything of ours is in it.
#   rootfs.sh ROOTFS.tar    (among the tools: see in-toolbox)
# Its packages' scripts run in QEMU's user emulation, but for the programs that they spend their
# time in (see native.sh): minutes instead of an hour.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/debian.sh"
packages=$(listed "$here/packages.list")

binfmt=/proc/sys/fs/binfmt_misc
mounted=false registered=false
leave() {
  if $registered; then echo -1 >"$binfmt/edgecv-aarch64"; fi
  if $mounted; then umount "$binfmt"; fi
}
trap leave EXIT
if ! [ -e "$binfmt/register" ]; then
  mount -t binfmt_misc binfmt_misc "$binfmt"
  mounted=true
fi
if ! grep -qs '^enabled' "$binfmt/qemu-aarch64"; then
  if [ -e "$binfmt/edgecv-aarch64" ]; then echo -1 >"$binfmt/edgecv-aarch64"; fi
  # ELF, 64 bits, little endian, a program or a library, for AArch64. F: the emulator is opened now,
  # so that none has to be in the image.
  printf ':edgecv-aarch64:M:0:%s:%s:%s:POF' \
    '\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00' \
    '\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff' \
    /usr/bin/qemu-aarch64-static >"$binfmt/register"
  registered=true
fi

# The image's initial RAM disk is our own (initrd.py): what would make Debian's is put aside.
# shellcheck disable=SC2016
without_initramfs='rm -f "$1/etc/apt/apt.conf.d/70debconf"
  chroot "$1" dpkg-divert --quiet --local --no-rename \
    --divert /usr/sbin/update-initramfs.real --add /usr/sbin/update-initramfs
  ln -sf /bin/true "$1/usr/sbin/update-initramfs"'

# shellcheck disable=SC2016
mmdebstrap --architectures=arm64 --variant=apt --mode=root --format=tar --include="$packages" \
  "${lean[@]}" \
  --essential-hook="$without_initramfs" \
  --extract-hook="$here/native.sh in \"\$1\"" \
  --customize-hook="$here/boot-files.sh \"\$1\"" \
  --customize-hook="$here/native.sh out \"\$1\"" \
  "$suite" "$1" - < <(sources main non-free-firmware)
