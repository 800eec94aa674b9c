#!/usr/bin/env bash
# An outside client of the contract standard reads every contract, and finds the used tables of a run as its contracts say: true where they
# are, false where they were spoilt. It has an environment of its own, because what it depends on is not what we depend on.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
CLIENT="datacontract-cli[duckdb,parquet]==1.2.8"
venv=build/outside-client
if [ "$(cat "$venv/.client" 2>/dev/null || true)" != "$CLIENT" ]; then
  rm -rf "$venv"
  "${PYTHON:-.venv/bin/python}" -m venv "$venv"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "$CLIENT"
  printf '%s' "$CLIENT" >"$venv/.client"
fi
client="$PWD/$venv/bin/datacontract"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

said() { # said WORDS COMMAND...: its output only when it fails
  local words=$1
  shift
  if "$@" >"$work/said" 2>&1; then printf '%s: ok\n' "$words"; else
    cat "$work/said"
    printf '%s: FAILED\n' "$words"
    return 1
  fi
}

for contract in data_contracts/*.odcs.yaml; do said "lint $(basename "$contract")" "$client" lint "$contract"; done

cycles="$PWD/.venv/bin/cycles"
mkdir "$work/site"
said "example" "$cycles" init "$work/site" --example --quiet
(cd "$work/site" && said "run" "$cycles" run params/check-ins-2026-fall.yml)
.venv/bin/python tests/outside_client.py "$work"/site/runs/check-ins-2026-fall/* "$work/tables"
said "test of the tables in use" "$client" test "$work/tables/good/contract.yaml"
if "$client" test "$work/tables/broken/contract.yaml" >"$work/said" 2>&1; then
  printf 'test of spoilt tables: FAILED, they were found good\n'
  exit 1
fi
grep -q 'attendance_days.status' "$work/said" || { cat "$work/said" && exit 1; }
printf 'test of spoilt tables: refused, as it should be\n'
