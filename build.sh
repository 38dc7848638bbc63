#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The entry point: makes the ClusterDisc ISO. `./build.sh help` tells the rest.
set -euo pipefail
umask 022
export LC_ALL=C.UTF-8 TZ=UTC
unset CDPATH

SOURCE_FOLDER=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
for library in builder/{report,cleanup,cache,output,stage,archive,sandbox,options,validate,dependencies,build_root} \
  kernel/{kernel,drone-kernel} packages/packages drone/image iso/{inputs,live_build,root_file_system,medium,image,iso}; do
  # shellcheck source=/dev/null
  source "$SOURCE_FOLDER/$library.sh"
done

# What the options leave open. SOURCE_DATE_EPOCH is the one time stamped on everything.
main_settle_defaults() {
  OUTPUT_FOLDER=$(realpath -m "${OPTION_OUTPUT:-$SOURCE_FOLDER/out}")
  JOBS=${OPTION_JOBS:-$(nproc)}
  DISC_VERSION=${OPTION_VERSION:-$(head -n 1 "$SOURCE_FOLDER/VERSION")}
  # Through sudo, root reads a repository that is not root's.
  SOURCE_COMMIT=$(git -c safe.directory='*' -C "$SOURCE_FOLDER" rev-parse HEAD 2>/dev/null || true)
  if [[ -z ${SOURCE_DATE_EPOCH:-} ]]; then
    SOURCE_DATE_EPOCH=$(git -c safe.directory='*' -C "$SOURCE_FOLDER" log -1 --format=%ct 2>/dev/null ||
      stat -c %Y "$SOURCE_FOLDER/VERSION")
  fi
  export SOURCE_DATE_EPOCH
}

# All that is wrong is shown before anything is done.
main_validate() {
  validate_values
  validate_flavour
  validate_cluster_key
  validate_machine
  if [[ $OPTION_COMMAND =~ ^(iso|kernel|packages|drone)$ ]]; then
    validate_disk
    # Without apt or on a wrong command line the archive cannot be asked sensibly.
    if command -v apt-get >/dev/null && archive_find_mirrors "$OPTION_MIRROR" "$OPTION_SECURITY_MIRROR"; then
      mkdir -p "$CACHE_ROOT"
      if archive_prepare "$OPTION_STRICT"; then
        archive_remember
        validate_package_lists
      fi
    fi
  fi
  report_exit_on_problems
}

main_in_sandbox() {
  cleanup_install
  cleanup_push stage_show_failure
  output_make_directory "$OUTPUT_FOLDER"
  cache_remove_stale_work
  case $OPTION_COMMAND in
    iso) iso_build ;;
    kernel)
      stage_plan 1
      stage_run "kernel" kernel_build
      main_show_packages "$KERNEL_FOLDER"
      ;;
    packages)
      stage_plan 1
      stage_run "our packages" packages_build
      main_show_packages "$PACKAGES_FOLDER"
      ;;
    drone) drone_build ;;
  esac
}

main_show_packages() {
  output_make_directory "$OUTPUT_FOLDER/packages"
  local package scratch
  scratch=$(mktemp -d "$OUTPUT_FOLDER/.packages.XXXXXX")
  cleanup_push rm -rf "$scratch"
  for package in "$1"/*.deb; do
    cp "$package" "$scratch/"
    output_put 644 "$scratch/$(basename "$package")" "$OUTPUT_FOLDER/packages"
    report_info "$OUTPUT_FOLDER/packages/$(basename "$package")"
  done
}

# Only what a build or a test made: --output may name a folder that holds other things, too.
main_clean() {
  rm -rf "$OUTPUT_FOLDER"/clusterdisc-*-i486.{iso,iso.sha256,manifest.json} "$OUTPUT_FOLDER"/clusterdisc-*-drone{,.manifest.json} \
    "$OUTPUT_FOLDER/cluster.key" \
    "$OUTPUT_FOLDER/packages" "$OUTPUT_FOLDER/screenshots"
  rmdir --ignore-fail-on-non-empty "$OUTPUT_FOLDER" 2>/dev/null || true
  if [[ $OPTION_CLEAN_CACHE == yes ]]; then
    rm -rf --one-file-system "$CACHE_ROOT"
  fi
}

# All tests, on the disc of this checkout, or on the one that CLUSTERDISC_ISO names. Two workers, one for each virtual
# machine that runs at a time. PYTEST_ADDOPTS chooses among the tests.
main_test() {
  dependencies_install all
  if [[ -z ${CLUSTERDISC_ISO:-} ]]; then
    "$SOURCE_FOLDER/build.sh" iso
  fi
  cd "$SOURCE_FOLDER"
  exec /usr/bin/python3 -m pytest -n 2 --dist loadgroup
}

main() {
  # These have options of their own, and need neither root nor a build.
  if [[ ${1:-} == cluster ]]; then
    shift
    CLUSTERDISC_VM_CALLED_AS='./build.sh cluster' exec /usr/bin/python3 "$SOURCE_FOLDER/virtual/clusterdisc-vm" "$@"
  elif [[ ${1:-} == remaster ]]; then
    exec "$SOURCE_FOLDER/remaster/clusterdisc-remaster" "${@:2}"
  fi
  options_parse "$@"
  if [[ $OPTION_HELP == yes || $OPTION_COMMAND == help ]]; then
    report_exit_on_problems
    options_help
    exit 0
  fi
  main_settle_defaults
  if [[ -n ${CLUSTERDISC_SANDBOX:-} ]]; then
    archive_find_mirrors "$OPTION_MIRROR" "$OPTION_SECURITY_MIRROR"
    archive_reuse
    main_in_sandbox
    return
  fi
  main_validate
  case $OPTION_COMMAND in
    deps) dependencies_install all ;;
    test) main_test ;;
    clean) main_clean ;;
    *)
      dependencies_install build
      sandbox_run "$SOURCE_FOLDER/build.sh" "$@"
      ;;
  esac
}

main "$@"
