# SPDX-License-Identifier: GPL-2.0-or-later
# The content-addressed cache, outside the checkout: CACHE_ROOT/KIND/KEY/. Sourced.
#
# An entry is a folder whose name is the hash of everything it was made from; it appears by one rename, so an entry that
# is there is whole. Deleting any part at any time costs time, nothing else.

# Through sudo, the cache stays in the folder of the user who called it.
cache_default_root() {
  local home=${HOME:-/root}
  if [[ -n ${SUDO_USER:-} ]]; then
    home=$(getent passwd "$SUDO_USER" | cut -d: -f6)
  fi
  printf '%s\n' "${XDG_CACHE_HOME:-$home/.cache}/clusterdisc"
}

CACHE_ROOT=${CLUSTERDISC_CACHE:-$(cache_default_root)}
# How many entries of one kind are kept; the least recently used ones go first.
CACHE_KEEP=4

# One line per file below PATH: type and permission, link target or hash, name. Neither owners nor times count.
cache_describe_tree() {
  local path=$1
  (
    cd "$(dirname "$path")"
    local name
    name=$(basename "$path")
    find "$name" -printf '%y %m %l %p\n' | LC_ALL=C sort
    find "$name" -type f -print0 | LC_ALL=C sort -z | xargs -0 -r sha256sum
  )
}

# cache_key ARG... : a hash over the arguments; @PATH stands for the content of that file or folder.
cache_key() {
  local argument
  for argument in "$@"; do
    if [[ $argument == @* ]]; then
      [[ -e ${argument#@} ]] || report_die "cache: ${argument#@} is part of a cache key but does not exist"
      cache_describe_tree "${argument#@}"
    else
      printf 'text %s\n' "$argument"
    fi
  done | sha256sum | cut -c1-40
}

# cache_find KIND KEY : prints the entry's path; fails when there is none.
cache_find() {
  local entry=$CACHE_ROOT/$1/$2
  [[ -d $entry ]] || return 1
  # A concurrent deletion is allowed to win; the time is only for cache_trim.
  touch "$entry" 2>/dev/null || true
  printf '%s\n' "$entry"
}

# cache_new_temporary KIND : sets CACHE_TEMPORARY to a new folder on the cache's file system, removed at exit. It is not
# printed, because called in $(...) it could not register the removal.
cache_new_temporary() {
  mkdir -p "$CACHE_ROOT/unfinished"
  CACHE_TEMPORARY=$(mktemp -d "$CACHE_ROOT/unfinished/$1.$$.XXXXXX")
  chmod 755 "$CACHE_TEMPORARY"
  cleanup_push rm -rf --one-file-system "$CACHE_TEMPORARY"
}

# cache_store KIND KEY FOLDER : moves FOLDER into place and prints the entry's path. If another build was faster, its
# entry is the same by definition and stays.
cache_store() {
  local kind=$1 key=$2 folder=$3
  mkdir -p "$CACHE_ROOT/$kind"
  chmod 755 "$folder"
  if ! mv -T "$folder" "$CACHE_ROOT/$kind/$key" 2>/dev/null; then
    [[ -d $CACHE_ROOT/$kind/$key ]] || report_die "cache: cannot move $folder to $CACHE_ROOT/$kind/$key"
    rm -rf "$folder"
  fi
  touch "$CACHE_ROOT/$kind/$key"
  cache_trim "$kind"
  printf '%s\n' "$CACHE_ROOT/$kind/$key"
}

cache_trim() {
  local kind=$1 old
  # shellcheck disable=SC2012 # entries are named by hexadecimal hashes
  for old in $(ls -1t "$CACHE_ROOT/$kind" | tail -n +$((CACHE_KEEP + 1))); do
    rm -rf "${CACHE_ROOT:?}/$kind/$old"
  done
}

# Removes what a build that was killed the hard way (power, SIGKILL) left behind.
cache_remove_stale_work() {
  local folder
  [[ -d $CACHE_ROOT/unfinished ]] || return 0
  for folder in "$CACHE_ROOT/unfinished"/*; do
    [[ -d $folder ]] || continue
    if [[ -z $(find "$folder" -maxdepth 0 -mmin -720) ]]; then
      rm -rf --one-file-system "$folder"
    fi
  done
}
