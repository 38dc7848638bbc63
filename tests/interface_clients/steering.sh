#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What start scripts and profiles do with openMosix's files, with the shell's echo and read. PROC stands for /proc.
#
#   steering.sh admin          what this node is set to, and the version in both forms
#   steering.sh process PID    where a process is, how often it has migrated, whether it is locked, why it cannot move
#   steering.sh lock           locks itself, and says what its children have of that
#   steering.sh itself NODE    goes to NODE and home, and says where it is each time
set -euo pipefail

PROC=${PROC:-/proc}

fail() {
  printf 'steering.sh: %s\n' "$*" >&2
  exit 1
}

# The first line of a file; nothing when it is empty.
first_line() {
  local line=
  read -r line <"$1" || [[ -z $line ]] || fail "$1: its line does not end"
  printf '%s' "$line"
}

number_in() {
  local text
  text=$(<"$1")
  [[ $text =~ ^-?[0-9]+$ ]] || fail "$1: not a number: '$text'"
  printf '%s' "$text"
}

show_admin() {
  local name text number='[0-9]+\.[0-9]+\.[0-9]+'
  for name in mospe block bring expel stay lstay quiet nomfs gateways speed loadlimit cpulimit decay-interval \
    decayinterval slow-decay slowdecay fast-decay fastdecay; do
    text=$(number_in "$PROC/hpc/admin/$name")
    printf '%s %s\n' "$name" "$text"
  done
  for name in overheads mfscosts; do
    text=$(first_line "$PROC/hpc/admin/$name")
    [[ $text =~ ^[-+.0-9[:blank:]]*$ ]] || fail "$name: more than numbers: '$text'"
  done
  [[ -z $(<"$PROC/hpc/admin/dfsalinks") ]] || fail "dfsalinks: not empty"
  text=$(first_line "$PROC/hpc/admin/version")
  [[ $text =~ ^'Mosix Version '($number)$ ]] || fail "version: its first line is '$text'"
  printf 'mosix_version %s\n' "${BASH_REMATCH[1]}"
  text=$(<"$PROC/hpc/admin/version")
  [[ $text =~ (^|$'\n')'openMosix version: '($number)($|$'\n') ]] || fail "version: no line of openMosix's: '$text'"
  printf 'openmosix_version %s\n' "${BASH_REMATCH[2]}"
  for name in interface omd requests; do
    text=$(number_in "$PROC/hpc/info/$name")
    printf '%s %s\n' "$name" "$text"
  done
}

show_process() {
  local name text
  for name in where nmigs lock migfilter migpolicy; do
    text=$(number_in "$PROC/$1/$name")
    printf '%s %s\n' "$name" "$text"
  done
  text=$(first_line "$PROC/$1/cantmove")
  printf 'cantmove %s\n' "$text"
}

# Each reads the file of the process that it is itself.
show_lock() {
  local is_locked
  for is_locked in 1 0; do
    echo "$is_locked" >"$PROC/self/lock"
    printf 'own %s\n' "$(number_in "$PROC/self/lock")"
    # shellcheck disable=SC2016
    bash -c 'read -r lock <"$0/self/lock"; echo "child $lock"; exec cat "$0/self/lock"' "$PROC"
  done
}

go_itself() {
  local node where
  for node in "$1" 0; do
    echo "$node" >"$PROC/self/goto"
    read -r where <"$PROC/self/where"
    printf 'where %s\n' "$where"
  done
}

case ${1-} in
  admin) show_admin ;;
  process) show_process "$2" ;;
  lock) show_lock ;;
  itself) go_itself "$2" ;;
  *) fail "one of: admin, process PID, lock, itself NODE" ;;
esac
