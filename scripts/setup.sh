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

find_micropython() { # runs the controller's program in the tests; Debian 12 has no package of it
  command -v micropython >/dev/null || [ -x .venv/bin/micropython ] && return
  command -v apt-get >/dev/null || return 1
  case $(apt-cache policy micropython 2>/dev/null) in
    *"Candidate: "[0-9]*) install_package micropython && return ;;
  esac
  say "unpacking micropython of Debian 13 into .venv"
  unpack_micropython "$PWD/.venv/micropython" >.venv/micropython.log 2>&1 ||
    { tail -n 3 .venv/micropython.log >&2; return 1; }
}

unpack_micropython() { # FOLDER: Debian 13's, with its own libraries, which this system's don't see
  local folder=$1 apt options
  apt=$(mktemp -d) && mkdir -p "$apt/lists/partial" "$apt/archives/partial" "$folder" || return 1
  : >"$apt/status"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]" \
    "http://deb.debian.org/debian trixie main" >"$apt/sources"
  options=(-q -o "Dir::State=$apt" -o "Dir::State::Status=$apt/status" -o "Dir::Cache=$apt"
    -o "Dir::Etc::SourceList=$apt/sources" -o Dir::Etc::SourceParts=- -o APT::Sandbox::User=)
  apt-get "${options[@]}" update && (cd "$apt" && apt-get "${options[@]}" download micropython \
    libc6 libffi8 libmbedcrypto16 libmbedtls21 libmbedx509-7) || return 1
  for package in "$apt"/*.deb; do dpkg-deb -x "$package" "$folder" || return 1; done
  rm -r "$apt"
  cat >.venv/bin/micropython <<'EOF'
#!/bin/sh
usr=$(dirname "$0")/../micropython/usr
for loader in "$usr"/lib/*/ld-linux-*; do
  exec "$loader" --library-path "${loader%/*}" "$usr/bin/micropython" "$@"
done
EOF
  chmod +x .venv/bin/micropython && .venv/bin/micropython -c ''
}
