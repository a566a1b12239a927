#!/usr/bin/env bash
# A store on a disk that is full, without free inodes, read-only, or that loses files while a suite trains: a sentence and
# exit code 3, or a finished suite; nothing is lost that was whole, and the next run ends with the same bits.
set -euo pipefail
if [ -z "${BNEXP_OWN_MOUNTS-}" ]; then
  # File systems of its own, which nothing else sees.
  own=(unshare --mount)
  [ "$(id -u)" = 0 ] || own+=(--user --map-root-user)
  if ! "${own[@]}" bash -c 'mount -t tmpfs tmpfs /mnt' 2>/dev/null; then
    echo 'skipped: needs the right to mount a file system'
    exit
  fi
  BNEXP_OWN_MOUNTS=1 exec "${own[@]}" bash "$0" "$@"
fi
# shellcheck source=tests/scripts/support.sh
. "$(dirname "${BASH_SOURCE[0]}")/support.sh"

bnexp=$1
cd "$sandbox"
trap 'cd /; umount "$sandbox/disk" 2>/dev/null || true; rm -rf "$sandbox"' EXIT
mkdir disk
cat >suite.yaml <<'YAML'
suite: suite
model: {name: mlp, widths: [64]}
data: {name: digits, train: 1500, validation: 100, test: 200}
train: {steps: 1500, batch_size: 64, log_every: 50}
seeds: 3
sweep: {grid: {norm: [none, batch]}}
YAML
run() { "$bnexp" run suite.yaml --quiet "$@"; }
run --store whole >/dev/null

# disk OPTIONS: a new disk.
disk() {
  umount disk 2>/dev/null || true
  mount -t tmpfs -o "$1" tmpfs disk
}
# ends WANTED_CODE WANTED_TEXT COMMAND...
ends() {
  local output status=0
  output=$("${@:3}" 2>&1) || status=$?
  expect_equal "$status" "$1" && expect_text "$output" "$2"
}
records() { find disk/store/records -name '[!.]*.json' -size +0 | wc -l; }
is_whole() { # STORE
  expect_text "$("$bnexp" compare whole "$1")" 'The same bits in all' || return
  expect_equal "$(find "$1" -name '*.damaged*' -o -path '*/leases/*' -type f -o -path '*/checkpoints/*' -type f)" ''
}

goes_on_when_there_is_room() {
  disk size=48k
  ends 3 'No space left on device' run --store disk/store || return
  local before
  before=$(records)
  mount -o remount,size=10m disk
  ends 0 '6 trials: 6 ok' run --store disk/store || return
  [ "$before" -lt 6 ] && is_whole disk/store
}

trains_without_checkpoints() {
  disk size=200k
  ends 3 'the trial goes on without checkpoints' run --store disk/store --checkpoint-every 0.05 || return
  expect_equal "$(records)" 6 || return # only the report has no room
  mount -o remount,size=10m disk
  ends 0 '6 trials: 6 ok' run --store disk/store && is_whole disk/store
}

needs_inodes() {
  disk size=10m,nr_inodes=8
  ends 3 'No space left on device' run --store disk/store || return
  mount -o remount,nr_inodes=100 disk
  ends 0 '6 trials: 6 ok' run --store disk/store && is_whole disk/store
}

is_read_only() {
  disk size=10m
  cp -r whole disk/store
  rm "$(find disk/store/records -name '*.json' | sort | sed -n 1p)"
  find disk/store -type f -exec sha256sum {} + >before
  mount -o remount,ro disk
  local command
  for command in 'run suite.yaml --store disk/store' 'work disk/store' 'retry disk/store' 'report disk/store' \
    'submit suite.yaml --store disk/store --dry-run' 'merge disk/store whole --into disk/merged' \
    'run suite.yaml --store disk/new'; do
    # shellcheck disable=SC2086
    ends 3 'Read-only file system' "$bnexp" $command || { echo "of: $command" && return 1; }
  done
  ends 1 '1 planned trial without a record' "$bnexp" verify disk/store --no-training || return
  for command in 'status disk/store' 'claims disk/store' 'compare disk/store whole' 'plan suite.yaml --store disk/store' \
    'gc disk/store' 'merge disk/store whole --into merged'; do
    # shellcheck disable=SC2086
    ends 0 '' "$bnexp" $command || { echo "of: $command" && return 1; }
  done
  sha256sum --quiet -c before
}

# What disappears or is damaged after the first record: a command in the store.
survives() {
  rm -rf store
  "$bnexp" run suite.yaml --quiet --store store --jobs 1 --checkpoint-every 0.05 >/dev/null &
  local process=$!
  until [ -n "$(find store/records -name '[!.]*.json' 2>/dev/null)" ]; do sleep 0.02; done
  (cd store && eval "$1")
  wait "$process" && run --store store >/dev/null && is_whole store
}

sets_aside() {
  local one
  one=$(find store/records -name '*.json' | head -1)
  echo garbage >"$one"
  ends 0 'it is set aside as' run --store store || return
  expect_equal "$(cat "$one.damaged")" garbage || return
  rm "$one.damaged"
  is_whole store
}

it 'a full disk ends the run, which goes on when there is room' goes_on_when_there_is_room
it 'without room for checkpoints the trials are trained' trains_without_checkpoints
it 'a disk without free inodes ends the run, which goes on when there are some' needs_inodes
it 'of a read-only store all can be read, and nothing is changed' is_read_only
# shellcheck disable=SC2016
it 'damaged leases lose nothing' survives 'for lease in leases/*; do echo garbage >"$lease"; done'
# shellcheck disable=SC2016
it 'damaged checkpoints lose nothing' survives 'for one in checkpoints/*; do echo garbage >"$one"; done'
it 'leases that disappear lose nothing' survives 'rm -rf leases'
it 'checkpoints that disappear lose nothing' survives 'rm -rf checkpoints'
it 'a plan that disappears is written again by the next run' survives 'rm suite.json'
it 'a damaged record is set aside and trained again' sets_aside
finish
