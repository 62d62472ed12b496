#!/usr/bin/env bash
# The first step of the action: puts spawnspec of the version that is asked for on
# PATH, and says where the action works and what the recording is called.
#
# From the action: ACTION_PATH, ACTION_REF, VERSION, NAME, LAUNCHER, WRAP, DRIVER.
# From GitHub: GITHUB_OUTPUT, GITHUB_PATH, RUNNER_TEMP, RUNNER_OS, RUNNER_ARCH.
set -euo pipefail

directory=$RUNNER_TEMP/spawnspec
mkdir -p "$directory/bin"
version=${VERSION:-$ACTION_REF}
if [ -z "$version" ]; then
	# Used from its own repository: what is checked out is tried.
	go -C "$ACTION_PATH/../../.." build -o "$directory/bin/" ./suite/cmd/spawnspec
else
	GOBIN="$directory/bin" go install "github.com/spawnspec/spawnspec/suite/cmd/spawnspec@$version"
fi
echo "$directory/bin" >>"$GITHUB_PATH"

name=${NAME:-$RUNNER_OS-$RUNNER_ARCH-$LAUNCHER-$WRAP-$DRIVER}
# The names of artifacts and of caches have few characters.
name=$(printf '%s' "$name" | tr -cs 'A-Za-z0-9._' '-')
printf '%s\n' "directory=$directory" "name=${name%-}" >>"$GITHUB_OUTPUT"
