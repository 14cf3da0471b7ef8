# Sourced by scripts/run and scripts/test: a virtual environment in the checkout, and Mosquitto.
# Sets PYTHON to the environment's interpreter, MOSQUITTO to the broker's program or to nothing.

cd "$(dirname "${BASH_SOURCE[0]}")/.."
say() { printf '%s\n' "$*"; }
fail() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; exit 1; }

install_package() { # PACKAGE...: by the distribution's package manager; false where that can't be
  command -v apt-get >/dev/null || return 1
  local root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || return 1
    if [ -t 0 ]; then root=(sudo); else root=(sudo -n); fi
  fi
  say "installing $* (Debian package)"
  local log
  log=$(mktemp)
  if { "${root[@]}" apt-get update -q &&
    "${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@"
  } >"$log" 2>&1; then
    rm -f "$log"
  else
    tail -n 5 "$log" >&2
    rm -f "$log"
    return 1
  fi
}

make_environment() { # EXTRAS: the Python packages, e.g. "" or "[dev]"
  PYTHON=$PWD/.venv/bin/python
  local wanted
  wanted=$(python3 --version 2>&1; cat pyproject.toml; printf '%s' "$PWD $1")
  # The stamp is written last: an environment that was cut off half-way is made anew.
  if [ -x "$PYTHON" ] && [ "$(cat ".venv/ready$1" 2>/dev/null)" = "$wanted" ]; then return; fi
  command -v python3 >/dev/null || fail "python3 is missing: apt-get install python3"
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' ||
    fail "Python 3.10 or newer is needed, python3 is $(python3 --version 2>&1)"
  if ! [ -x "$PYTHON" ] || ! "$PYTHON" -m pip --version >/dev/null 2>&1; then
    say "making a virtual environment in .venv"
    if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
      install_package python3-venv || fail "python3-venv is missing and could not be installed:" \
        "apt-get install python3-venv"
    fi
    python3 -m venv --clear .venv || fail "no virtual environment could be made in $PWD/.venv"
  fi
  say "installing edgecv$1 and what it needs into .venv (some 300 MB, a minute or two)"
  "$PYTHON" -m pip install -q --disable-pip-version-check --editable ".$1" >.venv/pip.log 2>&1 ||
    { tail -n 20 .venv/pip.log >&2; fail "pip could not install edgecv (all of it: .venv/pip.log)"; }
  printf '%s' "$wanted" >".venv/ready$1"
}

find_mosquitto() { # installs it where it is missing and can be installed
  local path=$PATH:/usr/sbin:/usr/local/sbin
  MOSQUITTO=$(PATH=$path command -v mosquitto) && return
  install_package mosquitto mosquitto-clients && MOSQUITTO=$(PATH=$path command -v mosquitto)
}

find_rtsp_server() { # GStreamer's, for the distribution's own Python
  local probe="import gi; gi.require_version('GstRtspServer', '1.0')"
  [ -x /usr/bin/python3 ] && /usr/bin/python3 -c "$probe" 2>/dev/null && return
  install_package python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-base \
    gstreamer1.0-plugins-good
}
