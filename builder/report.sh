# SPDX-License-Identifier: GPL-2.0-or-later
# Messages to the person who builds. Sourced; the caller has `set -euo pipefail`.
#
# Problems found by validation are collected, so that all of them are shown at once:
#   report_problem usage   "unknown option --foo"   (exit status 2)
#   report_problem failure "no disk space"          (exit status 1)
#   report_exit_on_problems

REPORT_USAGE_PROBLEMS=()
REPORT_FAILURE_PROBLEMS=()
REPORT_WARNINGS=()

report_info() {
  printf '%s\n' "$*" >&2
}

# Warnings are loud, and kept: they also stand in the manifest of the disc.
report_warning() {
  REPORT_WARNINGS+=("$*")
  printf 'WARNING: %s\n' "$*" >&2
}

report_die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

report_problem() {
  local kind=$1
  shift
  if [[ $kind == usage ]]; then
    REPORT_USAGE_PROBLEMS+=("$*")
  else
    REPORT_FAILURE_PROBLEMS+=("$*")
  fi
}

report_exit_on_problems() {
  local all=("${REPORT_USAGE_PROBLEMS[@]}" "${REPORT_FAILURE_PROBLEMS[@]}")
  if ((${#all[@]} == 0)); then
    return 0
  fi
  printf 'error: %s\n' "${all[@]}" >&2
  if ((${#REPORT_USAGE_PROBLEMS[@]} > 0)); then
    printf 'Nothing was built. See ./build.sh help\n' >&2
    exit 2
  fi
  printf 'Nothing was built.\n' >&2
  exit 1
}
