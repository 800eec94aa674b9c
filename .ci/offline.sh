#!/usr/bin/env bash
# The tests that touch sockets, with no network: a space of its own, in which only the loopback is brought up (kernels and clusters talk to themselves).
# usage: .ci/offline.sh [ARGUMENTS OF PYTEST]; by default kernels, fleets, a real cluster, and a ledger on a server.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
if [ "$#" = 0 ]; then
  set -- tests/unit/runs/test_kernels.py tests/unit/runs/test_zygote.py tests/unit/runs/test_running.py tests/unit/runs/test_fleet.py \
    tests/unit/runs/test_fleet_lanes.py tests/unit/runs/test_fleet_cluster.py tests/unit/runs/test_reuse.py tests/unit/core/test_ledger_parts.py
fi
apart=(unshare --net)
[ "$(id -u)" = 0 ] || apart=(unshare --net --map-root-user)
if ! "${apart[@]}" true 2>/dev/null; then
  echo "skipped: no space without a network can be made here (unshare --net)"
  exit 0
fi
# shellcheck disable=SC2016  # the words are those of the inner shell
"${apart[@]}" bash -c '
  ip link set lo up 2>/dev/null || .venv/bin/python -c "
import fcntl, socket, struct
fcntl.ioctl(socket.socket(), 0x8914, struct.pack(\"16sH14s\", b\"lo\", 1, b\"\"))  # SIOCSIFFLAGS, IFF_UP"
  if timeout 5 bash -c "exec 3<>/dev/tcp/1.1.1.1/443" 2>/dev/null; then echo "there is a network" >&2; exit 1; fi
  exec .venv/bin/python -m pytest -q -n auto --dist loadfile "$@"' offline "$@"
