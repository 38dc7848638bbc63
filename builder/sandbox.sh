# SPDX-License-Identifier: GPL-2.0-or-later
# Runs the build in its own mount and process namespace. Sourced.
#
# Whatever ends the build (success, failure, ctrl-C, SIGKILL), the kernel then removes every mount that was made and
# every process that was started: unshare(1) --kill-child and the death of the namespace's init (pid_namespaces(7)).

# sandbox_run COMMAND ARG... : runs COMMAND in the sandbox, passes signals on to it, and ends with its status.
sandbox_run() {
  local pid status=0
  # unshare ignores SIGINT and SIGTERM while it waits, so it gets a process group of its own (set -m), and the signal
  # goes to the whole group. setpriv covers the case that this shell is killed outright.
  set -m
  CLUSTERDISC_SANDBOX=yes setpriv --pdeathsig KILL \
    unshare --mount --pid --fork --kill-child=SIGKILL --mount-proc --propagation private -- "$@" &
  pid=$!
  set +m
  # shellcheck disable=SC2064 # the pid of now is meant
  trap "kill -TERM -- -$pid 2>/dev/null || true" INT TERM HUP
  while kill -0 "$pid" 2>/dev/null; do
    status=0
    wait "$pid" || status=$?
  done
  exit "$status"
}
