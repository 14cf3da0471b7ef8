#!/usr/bin/env bash
# Puts edgecv and its packages into /opt/edgecv of a folder, as a virtual environment of the image's
# Python, compiled, and its units beside them.
#   app.sh CHECKOUT WHEELS FOLDER    (among the tools: see in-toolbox)
set -euo pipefail
checkout=$1 wheels=$2 folder=$3
home=$folder/opt/edgecv
packages=$home/lib/python3.13/site-packages
work=$(mktemp -d)
pip() { python3 -m pip --disable-pip-version-check -q "$@"; }

cp -r "$checkout"/{edgecv,models,pyproject.toml,README.md,LICENSE,NOTICE} "$work/"
pip wheel --no-deps --no-build-isolation --no-index --wheel-dir "$work/wheel" "$work"

mkdir -p "$home/bin" "$packages" "$folder/usr/local/bin"
foreign=(--only-binary=:all: --implementation=cp --python-version=3.13 --platform=manylinux_2_17_aarch64
  --platform=manylinux_2_27_aarch64 --platform=manylinux_2_28_aarch64 --platform=manylinux2014_aarch64)
pip install --no-index --no-deps --no-compile --require-hashes --find-links "$wheels" \
  --target "$packages" "${foreign[@]}" -r "$checkout/firmware/wheels.lock"
pip install --no-index --no-deps --no-compile --target "$packages" "${foreign[@]}" "$work"/wheel/*.whl
rm -rf "$packages"/bin "$packages"/onnxruntime/{datasets,quantization,tools,transformers}
find "$packages" -type d -name tests -prune -exec rm -rf {} +
# The root file system is never written to, so that nothing has to be compared with its source.
python3 -m compileall -q -j 0 --invalidation-mode unchecked-hash -s "$folder" "$packages"

printf 'home = /usr/bin\ninclude-system-site-packages = false\n' >"$home/pyvenv.cfg"
ln -s /usr/bin/python3 "$home/bin/python"
cat >"$home/bin/edgecv" <<'SCRIPT'
#!/opt/edgecv/bin/python
import sys

from edgecv.cli import main

sys.exit(main())
SCRIPT
chmod 755 "$home/bin/edgecv"
ln -s /opt/edgecv/bin/edgecv "$folder/usr/local/bin/edgecv"

PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$checkout python3 "$checkout/firmware/units.py" "$folder"
