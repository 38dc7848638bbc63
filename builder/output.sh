# SPDX-License-Identifier: GPL-2.0-or-later
# The results in OUTPUT_FOLDER: each appears by one rename, and belongs to the person who called sudo. Whatever else lies
# in that directory stays whose it is. Sourced.

# output_give_away PATH... : to the caller of sudo; of a link, the link.
output_give_away() {
  if [[ -n ${SUDO_UID:-} ]]; then
    chown --no-dereference "$SUDO_UID:${SUDO_GID:-$SUDO_UID}" "$@"
  fi
}

# output_make_directory DIRECTORY : with those above it that are missing.
output_make_directory() {
  if [[ ! -d $1 ]]; then
    output_make_directory "$(dirname "$1")"
    mkdir "$1"
    output_give_away "$1"
  fi
}

# output_put MODE FILE DIRECTORY : moves a finished result there, on the same file system.
output_put() {
  chmod "$1" "$2"
  output_give_away "$2"
  mv "$2" "$3/"
}
