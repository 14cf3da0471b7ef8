#!/usr/bin/env bash
# Makes the root file system of a slot and what lies beside it on the boot partition.
#   root.sh ROOTFS.tar APP FOLDER VERSION KEYRING    (among the tools: see in-toolbox)
# FOLDER gets root.ext4, boot/ and packages.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
rootfs=$1 app=$2 folder=$3 version=$4 keyring=$5
root=$folder/root
slot_size=1G

mkdir -p "$root" "$folder/boot"
tar -C "$root" --numeric-owner --xattrs --xattrs-include='*' -xf "$rootfs"
cp -a "$app/." "$root/"
cp -r --no-preserve=ownership "$here/overlay/." "$root/"
chown -R 0:0 "$root/opt" "$root/usr/local"
install -m 644 "$keyring" "$root/etc/rauc/keyring.pem"

mkdir -p "$root"/{data,etc/edgecv,etc/edgecv.toml.d,var/lib/edgecv,var/lib/iwd,usr/share/edgecv}
echo edgecv >"$root/etc/hostname"
: >"$root/etc/machine-id"
ln -sfn /run/systemd/resolve/resolv.conf "$root/etc/resolv.conf"
ln -sfn /data/shared/localtime "$root/etc/localtime"
mkdir -p "$root/etc/iwd"
ln -sfn /data/shared/iwd.conf "$root/etc/iwd/main.conf"
rm -f "$root/etc/timezone" "$root"/etc/ssh/ssh_host_*
sed -i 's/^root:[^:]*:/root:*:/' "$root/etc/shadow"
{
  grep -v -e '^PRETTY_NAME=' -e '^IMAGE_' "$root/usr/lib/os-release"
  printf 'PRETTY_NAME="edgecv %s (Debian %s)"\nIMAGE_ID=edgecv\nIMAGE_VERSION=%s\n' \
    "$version" "$(cat "$root/etc/debian_version")" "$version"
} >"$folder/os-release"
cp "$folder/os-release" "$root/usr/lib/os-release"

# What they are for is done by units.
rm -rf "$root"/etc/init.d "$root"/etc/rc?.d
systemd-sysusers --root="$root"
enabled=(edgecv edgecv-provision edgecv-clock edgecv-light edgecv-good edgecv-settle ssh iwd nftables
  systemd-networkd systemd-resolved systemd-timesyncd)
systemctl --root="$root" --quiet enable "${enabled[@]/%/.service}" edgecv-clock-keep.timer \
  edgecv-reboot.path edgecv-update.path edgecv-update-check.timer
masked=(apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer
  e2scrub_reap.service fstrim.timer getty@.service serial-getty@.service console-getty.service
  sshd-keygen.service systemd-firstboot.service systemd-networkd-wait-online.service
  systemd-binfmt.service systemd-journal-catalog-update.service systemd-logind.service
  systemd-machine-id-commit.service systemd-pstore.service systemd-sysext.socket
  systemd-update-done.service)
systemctl --root="$root" --quiet mask "${masked[@]}"
# It would let SSH in by other ways than its port.
mkdir -p "$root/etc/systemd/system-generators"
ln -s /dev/null "$root/etc/systemd/system-generators/systemd-ssh-generator"

kernel=$(ls "$root/usr/lib/modules")
(
  cd "$root/usr/lib/modules/$kernel/kernel"
  rm -rf drivers/gpu/drm/{amd,nouveau,radeon,i915} drivers/infiniband drivers/iio drivers/isdn \
    drivers/media/{dvb-frontends,tuners,pci} drivers/net/ethernet/{mellanox,chelsio,qlogic,intel} \
    drivers/net/ethernet/broadcom/bnx2x drivers/scsi/{qla2xxx,lpfc,mpt3sas,be2iscsi} drivers/staging \
    sound
)
depmod -b "$root" "$kernel"
# What USB cameras need, and what firmware/camera_test.py tries them with.
for module in uvcvideo vivid vhci_hcd; do
  modprobe -d "$root" -S "$kernel" --show-depends "$module" >/dev/null
done
cp -L "$root/boot/vmlinuz-$kernel" "$folder/vmlinuz"
rm -rf "${root:?}"/boot/* "$root"/{vmlinuz,initrd.img}*
mv "$folder/vmlinuz" "$root/boot/"
python3 "$here/initrd.py" "$root" "$root/boot/initrd"

mv "$root"/usr/lib/edgecv-boot/{*.bin,*.elf,*.dat,LICENCE.*} "$folder/boot/"
cp "$root/usr/lib/linux-image-$kernel"/broadcom/{bcm2711-rpi-4-b,bcm2837-rpi-3-*}.dtb "$folder/boot/"
cp "$here"/boot/{config.txt,cmdline.txt,edgecv.toml} "$folder/boot/"
mkimage -A arm64 -T script -C none -n edgecv -d "$here/boot/boot.cmd" "$folder/boot/boot.scr" >/dev/null

{
  awk '/^Package:/ {name = $2} /^Version:/ {print name, $2}' "$root/var/lib/dpkg/status"
  cat "$root/usr/lib/edgecv-boot/packages"
} | sort >"$folder/packages"
cp "$folder/packages" "$root/usr/share/edgecv/packages"

rm -rf "$root"/usr/lib/edgecv-boot "$root"/usr/lib/linux-image-* "$root"/etc/apt/sources.list* \
  "$root"/usr/share/{bug,doc-base,lintian,python-wheels} "$root"/var
mkdir "$root/var"
find "$root/run" "$root/tmp" -mindepth 1 -delete

rm -f "$folder/root.ext4"
mke2fs -q -t ext4 -L edgecv-root -m 0 -O '^has_journal,^metadata_csum,^orphan_file,^64bit' \
  -U ed6ecf00-0000-4000-8000-0000000000aa \
  -E hash_seed=ed6ecf00-0000-4000-8000-0000000000bb,root_owner=0:0 \
  -d "$root" "$folder/root.ext4" "$slot_size"
du -sm "$root" | awk '{print "root: " $1 " MB"}'
rm -rf "$root"
