#!/usr/bin/env bash
# A hook of mmdebstrap: native.sh in|out ROOT, among the tools (see in-toolbox).
# "in": while packages are set up, the programs that their scripts spend their time in are those of
# the same Debian release for this machine's processor, which need no emulation. "out": the image's
# own are put back, and it is proved that nothing of this machine's is left. dpkg itself stays
# emulated: its processor is that of the packages it installs.
set -euo pipefail
root=$2
libraries=usr/lib/x86_64-linux-gnu
kept=$root/.native
suffix=.of-the-image

programs() {
  local coreutils="[ basename cat chmod chown cp cut dirname env expr head id install ln ls md5sum
    mkdir mktemp mv readlink realpath rm rmdir sha256sum sort stat tail test touch tr uniq wc"
  local name
  for name in bash cmp dash diff dpkg-deb dpkg-split find grep gzip kmod mawk perl python3.13 sed \
    systemctl systemd-hwdb systemd-sysusers systemd-tmpfiles tar tempfile xargs zstd $coreutils; do
    if [ -f "/usr/bin/$name" ] && ! [ -L "/usr/bin/$name" ]; then
      printf 'usr/bin/%s\n' "$name"
    fi
  done
}

put_in() {
  mkdir -p "$kept" "$root/$libraries" "$root/var/lib/dpkg" "$root/usr/lib64"
  if ! [ -e "$root/lib64" ]; then
    ln -s usr/lib64 "$root/lib64"
    touch "$kept/lib64"
  fi
  programs >"$kept/programs"
  sed 's|^|/|' "$kept/programs" | xargs -n 1 ldd 2>/dev/null |
    awk '$3 ~ /^\// {print $3}' | sort -u | while read -r library; do
    cp -aL "$library" "$root/$libraries/$(basename "$library")"
  done
  cp -aL "/usr/lib64/ld-linux-x86-64.so.2" "$root/usr/lib64/"
  cp -a "/$libraries/perl-base" "$root/$libraries/"
  while read -r program; do
    if [ -f "$root/$program" ]; then mv "$root/$program" "$root/$program$suffix"; fi
    cp -a "/$program" "$root/$program"
    # Three lines a diversion: dpkg puts the image's own beside ours.
    printf '/%s\n/%s\n:\n' "$program" "$program$suffix" >>"$root/var/lib/dpkg/diversions"
  done <"$kept/programs"
}

put_out() {
  local diversions=$root/var/lib/dpkg/diversions
  while read -r program; do
    rm -f "$root/$program"
    if [ -f "$root/$program$suffix" ]; then mv "$root/$program$suffix" "$root/$program"; fi
  done <"$kept/programs"
  awk -v suffix="$suffix" '
    NR % 3 == 1 {from = $0}
    NR % 3 == 2 {to = $0}
    NR % 3 == 0 && substr(to, length(to) - length(suffix) + 1) != suffix {
      print from; print to; print $0
    }' "$diversions" >"$diversions.new"
  mv "$diversions.new" "$diversions"
  rm -rf "$diversions-old" "${root:?}/$libraries"
  if [ -e "$kept/lib64" ]; then rm -rf "$root/lib64" "$root/usr/lib64"; fi
  rm -rf "$kept"
  (cd "$root" && cat var/lib/dpkg/info/*.md5sums | grep -E '  usr/s?bin/' |
    grep -v -e update-initramfs | md5sum --check --quiet -)
  local left
  left=$(find "$root/usr" "$root/opt" "$root/etc" -xdev -type f -perm /111 -print0 |
    xargs -0 -r "$(dirname "$0")/of-this-processor")
  if [ -n "$left" ]; then
    printf 'programs of this machine are left in the image:\n%s\n' "$left" >&2
    exit 1
  fi
}

case $1 in
  in) put_in ;;
  out) put_out ;;
esac
