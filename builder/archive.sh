# SPDX-License-Identifier: GPL-2.0-or-later
# The Debian archive for the i386 target: which mirror, which suites, what is in it. Sourced.
#
# The mirror comes from the build machine's own apt set-up unless --mirror says otherwise. Each suite is fetched and
# verified by apt in folders of our own (the host's lists stay untouched); a suite whose index does not verify is left
# out, loudly, because an unverified index must never reach the disc.

ARCHIVE_DISTRIBUTION=bookworm
ARCHIVE_ARCHITECTURE=i386
ARCHIVE_KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg
# Set by archive_prepare: "SUITE URL" lines of the verified suites, and the names of those left out.
ARCHIVE_SUITES=()
ARCHIVE_LEFT_OUT=()
ARCHIVE_FOLDER=''

# Prints the URL from which the host's apt takes SUITE; nothing when it has no such source.
archive_host_mirror() {
  local suite=$1
  # CODENAME is empty before the first `apt-get update`; RELEASE is what the sources file says.
  # shellcheck disable=SC2016 # $(NAME) is apt's own syntax
  apt-get indextargets --format '$(CODENAME) $(RELEASE) $(REPO_URI)' 'Created-By: Packages' 'Component: main' |
    awk -v suite="$suite" '
      NF == 2 { release = $1; uri = $2 }
      NF == 3 { release = $1 == suite ? $1 : $2; uri = $3 }
      release == suite { sub("/$", "", uri); print uri; exit }'
}

# archive_find_mirrors MIRROR SECURITY_MIRROR : either may be empty.
archive_find_mirrors() {
  ARCHIVE_MIRROR=${1:-$(archive_host_mirror "$ARCHIVE_DISTRIBUTION")}
  ARCHIVE_SECURITY_MIRROR=${2:-$(archive_host_mirror "$ARCHIVE_DISTRIBUTION-security")}
  ARCHIVE_MIRROR=${ARCHIVE_MIRROR%/}
  ARCHIVE_SECURITY_MIRROR=${ARCHIVE_SECURITY_MIRROR%/}
  if [[ -z $ARCHIVE_MIRROR ]]; then
    report_problem failure "this machine's apt has no source for $ARCHIVE_DISTRIBUTION main; name a mirror with --mirror URL"
    return 1
  fi
}

# The apt options that keep everything in ARCHIVE_FOLDER, and that verify it even where the host's apt.conf does not. For
# updates and for downloads.
archive_apt_options() {
  local folder=$1
  printf -- '-o\n%s\n' \
    "APT::Architecture=$ARCHIVE_ARCHITECTURE" "APT::Architectures=$ARCHIVE_ARCHITECTURE" \
    "Dir::State=$folder/state" "Dir::State::status=$folder/status" "Dir::Cache=$folder/cache" \
    "Dir::Etc::SourceList=$folder/sources.list" "Dir::Etc::SourceParts=-" \
    "Dir::Etc::Trusted=$ARCHIVE_KEYRING" "Dir::Etc::TrustedParts=-" \
    "Acquire::Languages=none" "Acquire::GzipIndexes=false" "Acquire::Retries=3" "APT::Sandbox::User=root" \
    "Acquire::AllowInsecureRepositories=false" "Acquire::AllowWeakRepositories=false" \
    "Acquire::AllowDowngradeToInsecureRepositories=false" "APT::Get::AllowUnauthenticated=false" \
    "Acquire::Check-Valid-Until=true" "Acquire::Check-Date=true" \
    "APT::Update::Error-Mode=any" "Dir::Etc::Preferences=-" "Dir::Etc::PreferencesParts=-"
}

archive_source_line() {
  printf 'deb [signed-by=%s] %s %s main\n' "$ARCHIVE_KEYRING" "$2" "$1"
}

# Fetches one suite into its own folder; its apt output becomes the reason when it fails.
archive_fetch_suite() {
  local suite=$1 url=$2 folder=$3 options
  mkdir -p "$folder/state/lists/partial" "$folder/cache/archives/partial"
  : >"$folder/status"
  archive_source_line "$suite" "$url" >"$folder/sources.list"
  mapfile -t options < <(archive_apt_options "$folder")
  apt-get "${options[@]}" -q update >"$folder/log" 2>&1
}

# archive_prepare STRICT(yes|no) : fills ARCHIVE_SUITES, ARCHIVE_LEFT_OUT and ARCHIVE_FOLDER. Fails when the distribution
# itself is not usable: then nothing else can be said of the archive.
archive_prepare() {
  local strict=$1 suite url reason
  local lock
  ARCHIVE_FOLDER=$CACHE_ROOT/apt/$(cache_key "$ARCHIVE_MIRROR" "$ARCHIVE_SECURITY_MIRROR")
  mkdir -p "$ARCHIVE_FOLDER"
  # apt refuses to share its lists; two builds at once take turns.
  exec {lock}>"$ARCHIVE_FOLDER/lock"
  flock "$lock"
  for suite in "$ARCHIVE_DISTRIBUTION" "$ARCHIVE_DISTRIBUTION-updates" "$ARCHIVE_DISTRIBUTION-security"; do
    url=$ARCHIVE_MIRROR
    [[ $suite == *-security ]] && url=$ARCHIVE_SECURITY_MIRROR
    if [[ -z $url ]]; then
      reason="this machine's apt has no source for it (name one with --security-mirror URL)"
    elif archive_fetch_suite "$suite" "$url" "$ARCHIVE_FOLDER/$suite"; then
      ARCHIVE_SUITES+=("$suite $url")
      continue
    else
      reason=$(grep -E '^(E|W): ' "$ARCHIVE_FOLDER/$suite/log" | head -n 3 | tr '\n' ' ')
    fi
    if [[ $suite == "$ARCHIVE_DISTRIBUTION" || $strict == yes ]]; then
      report_problem failure "suite $suite for $ARCHIVE_ARCHITECTURE is not usable: $reason"
      [[ $suite != "$ARCHIVE_DISTRIBUTION" ]] || break
    else
      report_warning "suite $suite for $ARCHIVE_ARCHITECTURE is LEFT OUT of this disc: $reason"
      ARCHIVE_LEFT_OUT+=("$suite")
    fi
  done
  exec {lock}>&-
  ((${#ARCHIVE_SUITES[@]} > 0))
}

# What archive_prepare found, for the second half of the program, which runs in the sandbox: through the environment.
archive_remember() {
  local findings
  findings=$(
    printf 'folder %s\n' "$ARCHIVE_FOLDER"
    printf 'suite %s\n' "${ARCHIVE_SUITES[@]}"
    ((${#ARCHIVE_LEFT_OUT[@]} == 0)) || printf 'left-out %s\n' "${ARCHIVE_LEFT_OUT[@]}"
    ((${#REPORT_WARNINGS[@]} == 0)) || printf 'warning %s\n' "${REPORT_WARNINGS[@]}"
  )
  export CLUSTERDISC_ARCHIVE=$findings
}

archive_reuse() {
  local kind text
  while read -r kind text; do
    case $kind in
      folder) ARCHIVE_FOLDER=$text ;;
      suite) ARCHIVE_SUITES+=("$text") ;;
      left-out) ARCHIVE_LEFT_OUT+=("$text") ;;
      warning) REPORT_WARNINGS+=("$text") ;;
    esac
  done <<<"$CLUSTERDISC_ARCHIVE"
}

archive_has_suite() {
  local line
  for line in "${ARCHIVE_SUITES[@]}"; do
    [[ ${line%% *} != "$1" ]] || return 0
  done
  return 1
}

# One-line apt sources of the verified suites.
archive_sources_list() {
  local line
  for line in "${ARCHIVE_SUITES[@]}"; do
    archive_source_line "${line%% *}" "${line#* }"
  done
}

# The Packages indices of the verified suites, one path per line.
archive_package_indices() {
  local line
  for line in "${ARCHIVE_SUITES[@]}"; do
    find "$ARCHIVE_FOLDER/${line%% *}/state/lists" -maxdepth 1 -name '*_Packages' | LC_ALL=C sort
  done
}

# A hash of what the archive offers now; part of the key of everything that is made from its packages.
archive_state() {
  archive_package_indices | xargs -r -d '\n' cat | sha256sum | cut -c1-40
}

# The date of the newest verified suite, in seconds since 1970: the time stamped on what is made from packages alone, so
# that it stays the same while this repository changes.
archive_epoch() {
  local line date newest=0
  for line in "${ARCHIVE_SUITES[@]}"; do
    date=$(date -u +%s -d "$(sed -n '/^Date: /{s///p;q}' "$ARCHIVE_FOLDER/${line%% *}/state/lists"/*Release)")
    ((date <= newest)) || newest=$date
  done
  printf '%s\n' "$newest"
}

# archive_check_package_lists FILE... : every name that the archive does not have becomes a problem with file and line.
# The lists' grammar is live-build's: comments, `#if`/`#endif`, `!command`, several names on a line, name=version,
# name/suite, name:architecture, and a trailing - for removal.
archive_check_package_lists() {
  local names problem
  names=$(mktemp)
  archive_package_indices | xargs -r -d '\n' awk '
    /^Package: / { print $2 }
    /^Provides: / { gsub(/\([^)]*\)|,/, " "); for (i = 2; i <= NF; i++) print $i }' >"$names"
  while IFS= read -r problem; do
    report_problem failure "$problem"
  done < <(awk '
    FILENAME == ARGV[1] { known[$1] = 1; next }
    /^[[:space:]]*(#|!|$)/ { next }
    { sub(/[[:space:]]#.*/, "")
      for (i = 1; i <= NF; i++) {
        name = $i
        sub(/[=\/:].*/, "", name)
        if (!(name in known)) { removed = name; sub(/-$/, "", removed); name = (removed in known) ? removed : name }
        if (!(name in known))
          printf "%s:%d: the archive has no package \"%s\" for this architecture; correct the name or remove it\n", FILENAME, FNR, name
      } }' "$names" "$@")
  rm -f "$names"
}
