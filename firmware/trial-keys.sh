#!/usr/bin/env bash
# Makes a key that signs bundles for trials, and what trusts it. Where there is one, it stays.
#   trial-keys.sh FOLDER    (among the tools: see in-toolbox)
set -euo pipefail
folder=$1
if [ -e "$folder/cert.pem" ]; then exit; fi
mkdir -p "$folder"
chmod 700 "$folder"
openssl req -quiet -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 7300 \
  -subj "/O=edgecv/CN=edgecv trials" -keyout "$folder/key.pem" -out "$folder/new.pem"
mv "$folder/new.pem" "$folder/cert.pem"
