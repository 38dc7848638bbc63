# SPDX-License-Identifier: GPL-2.0-or-later
# Everything that can be known to be wrong before work starts. Sourced. Each check reports problems; none ends the program.

# Space needed, in MiB: measured on a build with empty caches (kernel tree, build root, root file system, images).
VALIDATE_CACHE_SPACE=9000
VALIDATE_OUTPUT_SPACE=600

validate_machine() {
  if [[ $(id -u) != 0 && $OPTION_COMMAND =~ ^(iso|kernel|packages|drone|test|deps)$ ]]; then
    report_problem failure "making a root file system needs root: run sudo ./build.sh"
  fi
  if ! command -v apt-get >/dev/null || ! command -v dpkg >/dev/null; then
    report_problem failure "the build machine must be a Debian system with apt (tested: Debian 12)"
  elif [[ $(dpkg --print-architecture) != amd64 && $(dpkg --print-architecture) != i386 ]]; then
    report_problem failure "the build machine must be x86: packages are built natively for i386"
  fi
}

validate_flavour() {
  local folder=$SOURCE_FOLDER/config/flavours/$OPTION_FLAVOUR
  if [[ ! $OPTION_FLAVOUR =~ ^[a-z][a-z0-9-]*$ || ! -d $folder ]]; then
    report_problem usage "unknown flavour \"$OPTION_FLAVOUR\"; config/flavours/ has: $(find "$SOURCE_FOLDER/config/flavours" \
      -mindepth 1 -maxdepth 1 -type d -printf '%f ')"
  fi
}

validate_values() {
  if [[ -n $OPTION_JOBS && ! $OPTION_JOBS =~ ^[1-9][0-9]{0,3}$ ]]; then
    report_problem usage "--jobs takes a whole number from 1 to 9999, not \"$OPTION_JOBS\""
  fi
  if [[ ! $DISC_VERSION =~ ^[0-9][A-Za-z0-9.+~-]{0,31}$ ]]; then
    report_problem usage "--version takes up to 32 letters, digits and .+~-, a digit first, not \"$DISC_VERSION\""
  fi
  local url
  for url in "$OPTION_MIRROR" "$OPTION_SECURITY_MIRROR"; do
    if [[ -n $url && ! $url =~ ^(https?|file|ftp)://?[^[:space:]]+$ ]]; then
      report_problem usage "a mirror is a URL such as http://HOST/debian, not \"$url\""
    fi
  done
  if [[ -n ${SOURCE_DATE_EPOCH:-} && ! ${SOURCE_DATE_EPOCH} =~ ^[0-9]{1,10}$ ]]; then
    report_problem usage "SOURCE_DATE_EPOCH is seconds since 1970, not \"$SOURCE_DATE_EPOCH\""
  fi
}

validate_cluster_key() {
  [[ -n $OPTION_CLUSTER_KEY ]] || return 0
  if [[ ! -r $OPTION_CLUSTER_KEY ]]; then
    report_problem usage "cannot read the cluster key file \"$OPTION_CLUSTER_KEY\""
  elif [[ $(stat -Lc %s "$OPTION_CLUSTER_KEY") != 32 ]]; then
    report_problem usage "the cluster key \"$OPTION_CLUSTER_KEY\" has $(stat -Lc %s "$OPTION_CLUSTER_KEY") bytes, not 32; make one: head -c 32 /dev/urandom >FILE"
  fi
}

# The nearest existing parent decides on which file system a folder will be.
validate_space() {
  local folder=$1 needed=$2 free
  while [[ ! -d $folder ]]; do
    folder=$(dirname "$folder")
  done
  free=$(df -Pm "$folder" | awk 'NR == 2 { print $4 }')
  if ((free < needed)); then
    report_problem failure "$folder has $free MiB free; the build needs $needed MiB there (CLUSTERDISC_CACHE and --output move it)"
  fi
}

validate_disk() {
  validate_space "$CACHE_ROOT" "$VALIDATE_CACHE_SPACE"
  validate_space "$OUTPUT_FOLDER" "$VALIDATE_OUTPUT_SPACE"
}

# Needs archive_prepare.
validate_package_lists() {
  local lists
  mapfile -t lists < <(find "$SOURCE_FOLDER/config/package-lists" "$SOURCE_FOLDER/config/flavours/$OPTION_FLAVOUR" \
    -name '*.list*' -path '*package-lists*' -type f 2>/dev/null | LC_ALL=C sort)
  archive_check_package_lists "${lists[@]}"
}
