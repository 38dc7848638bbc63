# SPDX-License-Identifier: GPL-2.0-or-later
# The command line of build.sh: one table of sub-commands, one of options. Sourced.

# name|what it does
OPTIONS_COMMANDS=(
  'iso|make the ISO, its checksum and its manifest in out/ (default)'
  'kernel|make only the kernel package, in out/packages/'
  'packages|make only our own packages, in out/packages/'
  'drone|make only the drone, one file that makes a PC a node; in out/'
  'cluster|virtual PCs that boot the disc; ./build.sh cluster --help tells more (needs no root)'
  'test|make the ISO and run all tests; installs the tools that they need'
  'deps|install the tools that the build and the tests need'
  'remaster|make a disc of your own from a finished one; has options of its own: ./build.sh remaster --help'
  'clean|remove the results from out/ (with --cache: the caches, too)'
  'help|show this text'
)

# option|variable|value name (empty: a switch)|what it does
OPTIONS_TABLE=(
  '--flavour|OPTION_FLAVOUR|NAME|which disc: a folder of config/flavours/ (default: standard)'
  '--mirror|OPTION_MIRROR|URL|Debian mirror (default: the one this machine uses)'
  '--security-mirror|OPTION_SECURITY_MIRROR|URL|mirror of the security suite (default: the one this machine uses)'
  '--cluster-key|OPTION_CLUSTER_KEY|FILE|the 32 bytes of the cluster key (default: a new one for this build)'
  '--version|OPTION_VERSION|VERSION|version of the disc (default: the file VERSION)'
  '--output|OPTION_OUTPUT|FOLDER|where the results go (default: out)'
  '--jobs|OPTION_JOBS|NUMBER|parallel jobs (default: the number of processors)'
  '--strict|OPTION_STRICT||a suite that does not verify is an error, not a warning'
  '--no-stage-cache|OPTION_NO_STAGE_CACHE||make the root file system, or the drone, anew even if nothing changed'
  '--cache|OPTION_CLEAN_CACHE||clean: remove the caches as well'
  '--help|OPTION_HELP||show this text'
)

OPTION_COMMAND=iso
OPTION_FLAVOUR=standard
OPTION_MIRROR=''
OPTION_SECURITY_MIRROR=''
OPTION_CLUSTER_KEY=''
OPTION_VERSION=''
OPTION_OUTPUT=''
OPTION_JOBS=''
OPTION_STRICT=no
OPTION_NO_STAGE_CACHE=no
OPTION_CLEAN_CACHE=no
OPTION_HELP=no

options_help() {
  local row name value text
  printf 'usage: ./build.sh [SUB-COMMAND] [OPTION...]\n\n'
  printf 'Makes the ClusterDisc ISO. Run it as root (or with sudo; cluster, remaster and help need no privileges).\n\nSub-commands:\n'
  for row in "${OPTIONS_COMMANDS[@]}"; do
    printf '  %-26s %s\n' "${row%%|*}" "${row#*|}"
  done
  printf '\nOptions:\n'
  for row in "${OPTIONS_TABLE[@]}"; do
    IFS='|' read -r name _ value text <<<"$row"
    printf '  %-26s %s\n' "$name${value:+ $value}" "$text"
  done
  printf '\nEnvironment:\n'
  printf '  %-26s %s\n' 'CLUSTERDISC_CACHE' "folder of the caches (now: $CACHE_ROOT)" \
    'SOURCE_DATE_EPOCH' 'the time stamped on everything (default: the last commit)'
  printf '\nExit status: 0 done, 1 the build failed, 2 the command line is wrong.\n'
}

options_is_command() {
  local row
  for row in "${OPTIONS_COMMANDS[@]}"; do
    [[ ${row%%|*} != "$1" ]] || return 0
  done
  return 1
}

# Prints the table's row of an option.
options_row() {
  local row
  for row in "${OPTIONS_TABLE[@]}"; do
    if [[ ${row%%|*} == "$1" ]]; then
      printf '%s\n' "$row"
      return 0
    fi
  done
  return 1
}

# Prints the option that a misspelt one is likest to, if it is like any: at most a third of the letters have to change.
options_nearest() {
  printf '%s\n' "${OPTIONS_TABLE[@]%%|*}" | awk -v typed="$1" '
    function smaller(a, b) { return a < b ? a : b }
    function distance(a, b,    i, j, cost) {
      for (j = 0; j <= length(b); j++) row[0, j] = j
      for (i = 1; i <= length(a); i++) {
        row[i, 0] = i
        for (j = 1; j <= length(b); j++) {
          cost = substr(a, i, 1) != substr(b, j, 1)
          row[i, j] = smaller(smaller(row[i - 1, j], row[i, j - 1]) + 1, row[i - 1, j - 1] + cost)
        }
      }
      return row[length(a), length(b)]
    }
    { away = distance(typed, $0) }
    NR == 1 || away < least { least = away; nearest = $0 }
    END { if (least * 3 <= length(typed)) print nearest }'
}

# options_parse ARG... : sets the OPTION_ variables; what is wrong becomes a usage problem.
options_parse() {
  local argument name row nearest variable value seen_command=no
  while (($# > 0)); do
    argument=$1
    shift
    if [[ $argument != -* ]]; then
      if [[ $seen_command == yes ]]; then
        report_problem usage "only one sub-command at a time: \"$OPTION_COMMAND\" or \"$argument\""
      elif [[ $argument == cluster || $argument == remaster ]]; then
        report_problem usage "$argument comes first: ./build.sh $argument --help; it takes no options of a build"
        return
      elif options_is_command "$argument"; then
        OPTION_COMMAND=$argument
      else
        report_problem usage "unknown sub-command \"$argument\"; there are: $(printf '%s ' "${OPTIONS_COMMANDS[@]%%|*}")"
      fi
      seen_command=yes
      continue
    fi
    name=${argument%%=*}
    if ! row=$(options_row "$name"); then
      nearest=$(options_nearest "$name")
      report_problem usage "unknown option \"$name\"${nearest:+; did you mean $nearest?}"
      # What follows is the value of an option that takes one, and no second problem.
      IFS='|' read -r _ _ value _ < <(options_row "$nearest") || value=''
      if [[ $argument != *=* && $# -gt 0 && $1 != -* ]] && { [[ -n $value ]] || ! options_is_command "$1"; }; then
        shift
      fi
      continue
    fi
    IFS='|' read -r _ variable value _ <<<"$row"
    if [[ -z $value ]]; then
      [[ $argument != *=* ]] || report_problem usage "option $name takes no value (in \"$argument\")"
      printf -v "$variable" yes
    elif [[ $argument == *=* ]]; then
      printf -v "$variable" '%s' "${argument#*=}"
    elif (($# > 0)) && [[ $1 != --* ]]; then
      printf -v "$variable" '%s' "$1"
      shift
    else
      report_problem usage "option $name needs a value: $name $value"
    fi
  done
}
