#!/usr/bin/env bash
# The main step of the action: records, compares, and tells GitHub. It runs anywhere
# with spawnspec on PATH.
#
# From the action: DIRECTORY (with recording.json of last time, if there is one),
# NAME, LAUNCHER, WRAP, DRIVER, ONLY, BASELINE, FAIL_ON. From GitHub: GITHUB_OUTPUT,
# GITHUB_STEP_SUMMARY.
set -euo pipefail

fail() {
	echo "::error title=spawnspec::$1"
	exit 2
}

case $FAIL_ON in
regressed | changed | never) ;;
*) fail "fail-on: there are regressed, changed and never" ;;
esac

recording=$DIRECTORY/recording.json
previous=$DIRECTORY/previous.json
rm -f "$previous"
if [ -e "$recording" ]; then mv "$recording" "$previous"; fi

case $BASELINE in
none | "") baseline='' ;;
previous) if [ -e "$previous" ]; then baseline=$previous; else baseline=''; fi ;;
*) baseline=$BASELINE ;;
esac

# What was recorded must not act on GitHub: its commands are off while it is shown.
token=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
show() {
	local code=0
	echo "::stop-commands::$token"
	"$@" || code=$?
	printf '\n::%s::\n' "$token"
	return "$code"
}

# GitHub shows nothing of a summary of more than 1 MiB: two reports and their titles fit.
reports() {
	printf '%s\n' --report-limit 500000 --report "markdown=$DIRECTORY/$1.md" --report "github=$DIRECTORY/$1.txt"
}

arguments=(run --record "$recording")
while IFS= read -r argument; do arguments+=("$argument"); done < <(reports run)
# asked FLAG LINES gives the flag to each line.
asked() {
	local line
	while IFS= read -r line; do
		if [ -n "$line" ]; then arguments+=("$1" "$line"); fi
	done <<<"$2"
}
asked --launcher "$LAUNCHER"
asked --wrap "$WRAP"
asked --driver "$DRIVER"
asked --only "$ONLY"

red=0
show spawnspec "${arguments[@]}" || red=$?
if [ "$red" -gt 1 ]; then fail "nothing was recorded: see the log"; fi

code=0 changed=''
{
	echo "## spawnspec: $NAME"
	echo
} >>"$GITHUB_STEP_SUMMARY"
if [ -n "$baseline" ]; then
	arguments=(compare --fail-on "$FAIL_ON")
	while IFS= read -r argument; do arguments+=("$argument"); done < <(reports compare)
	show spawnspec "${arguments[@]}" "$baseline" "$recording" || code=$?
	if [ "$code" -gt 1 ]; then fail "the recording could not be compared with $BASELINE: see the log"; fi
	changed=false
	spawnspec compare --fail-on changed "$baseline" "$recording" >"$DIRECTORY/changed.log" || changed=true
	cat "$DIRECTORY/compare.txt"
	cat "$DIRECTORY/compare.md" >>"$GITHUB_STEP_SUMMARY"
elif [ "$BASELINE" = previous ]; then
	echo "There is no earlier recording: the next run is compared with this one." | tee -a "$GITHUB_STEP_SUMMARY"
	echo >>"$GITHUB_STEP_SUMMARY"
else
	if [ "$red" -eq 1 ] && [ "$FAIL_ON" != never ]; then code=1; fi
	cat "$DIRECTORY/run.txt"
fi
cat "$DIRECTORY/run.md" >>"$GITHUB_STEP_SUMMARY"

printf '%s\n' "recording=$recording" "changed=$changed" \
	"red=$(if [ "$red" -eq 1 ]; then echo true; else echo false; fi)" >>"$GITHUB_OUTPUT"
exit "$code"
