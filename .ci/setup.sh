#!/bin/sh
# Make the virtual environment from the hashed lock file. usage: sh .ci/setup.sh VENV
set -eu
venv=${1:-.venv}

usable() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() {
  for python in ${PYTHON:-} python3 python3.13 python3.12 python3.11 python3.14 python; do
    if usable "$python"; then command -v "$python"; return; fi
  done
  echo "cycles needs Python 3.11 or newer, and none was found." >&2
  echo "Install one (for example: apt install python3 python3-venv, or brew install python), or name it: make setup PYTHON=/path/to/python3.12" >&2
  exit 2
}

with_uv() {
  usable "$venv/bin/python" || uv venv --quiet --clear --python "$python" "$venv"
  uv pip sync --quiet --python "$venv/bin/python" --require-hashes --compile-bytecode requirements.lock
  uv pip install --quiet --python "$venv/bin/python" --no-deps --no-build-isolation --editable .
}

with_pip() {
  if ! "$python" -c 'import venv, ensurepip' >/dev/null 2>&1; then
    echo "$python cannot make virtual environments: its venv or ensurepip module is missing." >&2
    echo "Install it (on Debian and Ubuntu: apt install python3-venv), or install uv." >&2
    exit 2
  fi
  usable "$venv/bin/python" || "$python" -m venv --clear "$venv"
  "$venv/bin/python" -m pip --version >/dev/null 2>&1 || "$venv/bin/python" -m ensurepip --upgrade >/dev/null
  "$venv/bin/python" -m pip install --quiet --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
  "$venv/bin/python" -m pip install --quiet --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
  "$venv/bin/python" -m compileall -q -j 0 "$venv"/lib/python*/site-packages >/dev/null 2>&1 || true
}

python=$(find_python)
if command -v uv >/dev/null 2>&1; then tool=uv; else tool=pip; fi
echo "Setting up $venv with $tool and $("$python" --version 2>&1); this takes a minute or two, once." >&2
with_$tool
"$venv/bin/python" -m compileall -q src
