#!/usr/bin/env bash
# A hook of mmdebstrap: what a Raspberry Pi starts with, taken out of Debian's packages, which are
# not installed: the firmware and U-Boot, into /usr/lib/edgecv-boot of the image's root.
#   boot-files.sh ROOT
set -euo pipefail
target=$1/usr/lib/edgecv-boot
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$target"
cd "$work"
APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-get -q download raspi-firmware u-boot-rpi
for package in *.deb; do
  dpkg-deb -x "$package" files
  dpkg-deb -f "$package" Package Version | awk '{print $2}' | xargs >>"$target/packages"
done
cp files/usr/lib/raspi-firmware/{bootcode.bin,start.elf,start4.elf,fixup.dat,fixup4.dat} "$target/"
cp files/usr/lib/u-boot/rpi_arm64/u-boot.bin "$target/"
cp files/usr/share/doc/raspi-firmware/copyright "$target/LICENCE.raspi-firmware"
cp files/usr/share/doc/u-boot-rpi/copyright "$target/LICENCE.u-boot"
