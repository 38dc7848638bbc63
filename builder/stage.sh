# SPDX-License-Identifier: GPL-2.0-or-later
# Runs the stages of a build: number, title, elapsed time, what the stage took last time, a log. Sourced.
#
#   stage_plan 7                    how many stages there will be
#   stage_run "title" FUNCTION ...  stdout and stderr go to the log; on failure its last lines are shown

STAGE_NUMBER=0
STAGE_COUNT=0
STAGE_TIMES=()
STAGE_REPORT_SECONDS=60
STAGE_HISTORY=$CACHE_ROOT/stage-times
STAGE_LOG_FOLDER=$CACHE_ROOT/logs

stage_plan() {
  STAGE_COUNT=$1
  STAGE_NUMBER=0
  mkdir -p "$STAGE_LOG_FOLDER"
}

stage_last_time() {
  [[ -f $STAGE_HISTORY ]] || return 0
  awk -F '\t' -v title="$1" '$1 == title { seconds = $2 } END { if (seconds != "") print seconds }' "$STAGE_HISTORY"
}

stage_remember_time() {
  local title=$1 seconds=$2 temporary
  temporary=$(mktemp "$STAGE_HISTORY.XXXXXX")
  {
    if [[ -f $STAGE_HISTORY ]]; then
      awk -F '\t' -v title="$title" '$1 != title' "$STAGE_HISTORY"
    fi
    printf '%s\t%s\n' "$title" "$seconds"
  } >"$temporary"
  mv "$temporary" "$STAGE_HISTORY"
}

# At a terminal a line that counts the seconds; elsewhere a new line every minute, so that a long stage does not look dead.
stage_show_elapsed() {
  local heading=$1 start=$2 next=$STAGE_REPORT_SECONDS
  while kill -0 "$$" 2>/dev/null; do
    if [[ -t 2 ]]; then
      printf '\r%s %ds ' "$heading" $((SECONDS - start)) >&2
    elif ((SECONDS - start >= next)); then
      next=$((next + STAGE_REPORT_SECONDS))
      printf '%s %ds\n' "$heading" $((SECONDS - start)) >&2
    fi
    sleep 1
  done
}

stage_run() {
  local title=$1 start=$SECONDS heading last log return_to_start=''
  shift
  STAGE_NUMBER=$((STAGE_NUMBER + 1))
  log=$STAGE_LOG_FOLDER/$(printf '%02d-%s' "$STAGE_NUMBER" "${title//[^A-Za-z0-9]/-}").log
  last=$(stage_last_time "$title")
  heading="[$STAGE_NUMBER/$STAGE_COUNT] $title${last:+ (last time ${last}s)}:"
  if [[ ! -t 2 ]]; then
    printf '%s\n' "$heading" >&2
  fi
  stage_show_elapsed "$heading" "$start" &
  # The function runs in this shell, because it may set variables; `set -e` must stay in force within it, which is why
  # its failure is caught by the EXIT trap (stage_show_failure) and not by an if.
  STAGE_CURRENT_LOG=$log
  STAGE_CURRENT_TITLE=$title
  STAGE_TICKER=$!
  exec 8>&1 9>&2 >"$log" 2>&1 </dev/null
  "$@"
  exec 1>&8 2>&9 8>&- 9>&-
  STAGE_CURRENT_LOG=''
  stage_stop_ticker
  [[ ! -t 2 ]] || return_to_start=$'\r'
  printf '%s%s done in %ds\n' "$return_to_start" "$heading" $((SECONDS - start)) >&2
  STAGE_TIMES+=("$title"$'\t'"$((SECONDS - start))")
  stage_remember_time "$title" $((SECONDS - start))
}

stage_stop_ticker() {
  if [[ -n ${STAGE_TICKER:-} ]]; then
    kill "$STAGE_TICKER" 2>/dev/null || true
    wait "$STAGE_TICKER" 2>/dev/null || true
    STAGE_TICKER=''
  fi
}

# First on the undo stack: tells what went wrong when the program ends inside a stage.
stage_show_failure() {
  stage_stop_ticker
  if [[ -z ${STAGE_CURRENT_LOG:-} ]]; then
    return 0
  fi
  exec 1>&8 2>&9
  {
    printf '\nstage %d, "%s", did not finish. Last lines of its log:\n' "$STAGE_NUMBER" "$STAGE_CURRENT_TITLE"
    tail -n 25 "$STAGE_CURRENT_LOG" | sed 's/^/    /'
    printf 'The whole log: %s\n' "$STAGE_CURRENT_LOG"
  } >&2
}
