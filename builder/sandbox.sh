# SPDX-License-Identifier: GPL-2.0-or-later
# Runs the build in its own mount and process namespace. Sourced.
#
# Whatever ends the build (success, failure, ctrl-C, SIGKILL), the kernel then removes every mount that was made and
# every process that was started: unshare(1) --kill-child and the death of the namespace's init (pid_namespaces(7)).

# sandbox_enter COMMAND ARG... : replaces this process unless it is in the sandbox already.
sandbox_enter() {
  [[ -z ${CLUSTERDISC_SANDBOX:-} ]] || return 0
  CLUSTERDISC_SANDBOX=$$ exec unshare --mount --pid --fork --kill-child=SIGKILL --mount-proc --propagation private -- "$@"
}
