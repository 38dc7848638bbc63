# SPDX-License-Identifier: GPL-2.0-or-later
# An undo stack: what is pushed runs at exit, last first, whatever ended the program. Sourced.
#
# Mounts and processes do not need it (builder/sandbox.sh: they die with the build's own namespaces); files do.

CLEANUP_STACK=()

# cleanup_push COMMAND [ARG...]
cleanup_push() {
  CLEANUP_STACK+=("${*@Q}")
}

cleanup_run() {
  local status=$?
  local index
  trap '' INT TERM HUP
  set +e
  for ((index = ${#CLEANUP_STACK[@]} - 1; index >= 0; index--)); do
    eval "${CLEANUP_STACK[index]}"
  done
  CLEANUP_STACK=()
  exit "$status"
}

cleanup_on_signal() {
  printf '\ninterrupted; cleaning up\n' >&2
  exit 130
}

cleanup_install() {
  trap cleanup_run EXIT
  trap cleanup_on_signal INT TERM HUP
}
