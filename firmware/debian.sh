# Sourced: which Debian the image and its tools are made of.
# shellcheck shell=bash disable=SC2034

suite=trixie
mirror=${EDGECV_DEBIAN_MIRROR:-http://deb.debian.org/debian}
security=${EDGECV_DEBIAN_SECURITY_MIRROR:-http://deb.debian.org/debian-security}

sources() { # COMPONENT...: the lines of sources.list
  local signed='[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]'
  printf 'deb %s %s %s %s\n' "$signed" "$mirror" "$suite" "$*" "$signed" "$mirror" "$suite-updates" "$*" \
    "$signed" "$security" "$suite-security" "$*"
}

listed() { # FILE: its packages, with commas between them
  sed 's/#.*//' "$1" | xargs | tr ' ' ,
}

lean=(
  --aptopt='Apt::Install-Recommends "false"' --aptopt='Acquire::Languages "none"'
  --aptopt='Acquire::Retries "3"'
  --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/info/*'
  --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/doc/*'
  --dpkgopt='path-include=/usr/share/doc/*/copyright' --dpkgopt='force-unsafe-io'
)
