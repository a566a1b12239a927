#!/usr/bin/env bash
# `bnexp submit`, `bnexp status` and the executor slurm on a real Slurm (scripts/slurm_sandbox): what dies, is stopped or requeued on the way,
# the store ends equal to that of a local run. Slurm's warning of a time limit is sent by hand, so that the test depends on
# no machine's speed; tests/scripts/slurm_sandbox_test.sh shows that Slurm sends it.
set -euo pipefail
# shellcheck source=tests/scripts/support.sh
. "$(dirname "${BASH_SOURCE[0]}")/support.sh"

bnexp=$1
slurm_sandbox=$source_dir/scripts/slurm_sandbox
missing=$("$slurm_sandbox" packages)
if [ -n "$missing" ]; then
  echo "skipped: needs the packages $missing"
  exit
fi
trap '"$slurm_sandbox" stop "$sandbox/slurm" 2>/dev/null || true; rm -rf "$sandbox"' EXIT
if ! output=$("$slurm_sandbox" start "$sandbox/slurm" --nodes 3 --cpus 2 --max-array-size 20 --requeue-delay 5 \
  --set KillWait=10 --set SchedulerParameters=sched_interval=1,bf_interval=2 2>&1); then
  [[ $output != *'ip address add'* ]] || echo 'skipped: Slurm needs an address besides 127.0.0.1'
  echo "$output"
  [[ $output == *'ip address add'* ]]
  exit
fi
export SLURM_CONF=$sandbox/slurm/slurm.conf
cd "$sandbox"

# suite NAME STEPS SEEDS: two arms, of this many steps and seeds.
suite() {
  cat >"$1.yaml" <<YAML
suite: $1
model: {name: mlp, widths: [64]}
data: {name: digits, train: 1500, validation: 100, test: 200}
train: {steps: $2, batch_size: 64, log_every: 500}
seeds: $3
sweep: {grid: {norm: [none, batch]}}
YAML
}
within() { # SECONDS COMMAND...: repeats the command until it succeeds
  local end=$((SECONDS + $1))
  until "${@:2}"; do
    [ $SECONDS -lt $end ] || { echo "not within $1 s: ${*:2}" && return 1; }
    sleep 0.3
  done
}
status() { "$bnexp" status "$1"; }
says() { [[ $(status "$1") == *"$2"* ]]; }
has_records() { [ "$(find "$1/records" -name '[!.]*.json' | wc -l)" -ge "$2" ]; }
# The store equals that of a local run, and nothing is left over.
is_as_local() { # SUITE STORE
  "$bnexp" run "$1.yaml" --store "local_$1" --quiet >/dev/null || return
  expect_text "$("$bnexp" compare "local_$1" "$2")" 'The same bits in all' || return
  expect_equal "$(find "$2/leases" "$2/checkpoints" -name '[!.]*' -type f 2>/dev/null)" ''
}

suite limit 5000 4
suite endless 100000000 2
suite many 100 30
suite disturbed 5000 6

shows_the_scripts() {
  local output
  output=$("$bnexp" submit many.yaml --store dry --tasks 3 --time 0:30:00 --partition main --mem 2G --dry-run)
  for line in '#SBATCH --array=0-2' '#SBATCH --time=0:30:00' '#SBATCH --partition=main' '#SBATCH --mem=2G' \
    '#SBATCH --requeue' '#SBATCH --signal=B:USR1@' "work $sandbox/dry --jobs 1 --report --requeue"; do
    expect_text "$output" "$line" || return
  done
  expect_equal "$(squeue -h -n bnexp-many)" ''
}

splits_arrays() {
  local output
  output=$("$bnexp" submit many.yaml --store many --tasks 60)
  expect_text "$output" ': 20 tasks
60 tasks for 60 trials' || return
  expect_equal "$(grep -c '^job ' <<<"$output")" 3 || return
  within 100 says many '60 done' || return
  within 20 test -s many/report.html || return
  is_as_local many many
}

submits_what_is_missing() {
  expect_text "$("$bnexp" submit many.yaml --store many)" 'nothing to submit: every trial has its record' || return
  "$bnexp" submit disturbed.yaml --store disturbed --tasks 3 >/dev/null
  expect_text "$("$bnexp" submit disturbed.yaml --store disturbed --tasks 3)" 'nothing submitted'
}

survives() {
  within 60 has_records disturbed 1 || return
  pkill -9 -f "work $sandbox/disturbed" # every task that runs
  within 30 says disturbed 'no task is pending or running' || return
  scontrol update nodename=node2 state=drain reason=test
  "$slurm_sandbox" restart "$sandbox/slurm" 2>/dev/null
  "$bnexp" submit disturbed.yaml --store disturbed --tasks 2 >/dev/null || return
  within 60 has_records disturbed 3 || return
  scontrol update nodename=node2 state=resume
  scancel -n bnexp-disturbed
  within 30 says disturbed 'Slurm: no task is pending or running' || return
  expect_text "$(status disturbed)" "what is left is trained by: bnexp work" || return
  "$bnexp" submit disturbed.yaml --store disturbed --tasks 2 >/dev/null || return
  within 100 says disturbed '12 done' || return
  within 20 says disturbed 'no task is pending' || return
  is_as_local disturbed disturbed
}

# As Slurm does before a job's time is over.
warn() { scancel --batch --signal=USR1 --name bnexp-limit; }

requeues_before_the_limit() {
  "$bnexp" submit limit.yaml --store limit --tasks 1 >/dev/null || return
  within 60 has_records limit 1 || return
  warn
  within 30 grep -qs '^requeued: ' limit/slurm/*.log || return
  within 200 says limit '8 done' || return
  is_as_local limit limit
}

says_how_to_go_on() {
  "$bnexp" submit limit.yaml --store stays --tasks 1 --sbatch-arg=--no-requeue >/dev/null || return
  within 60 has_records stays 1 || return
  warn
  within 30 grep -qs 'Slurm does not requeue the task' stays/slurm/*.log || return
  within 30 says stays 'Slurm: no task is pending or running' || return
  "$bnexp" work stays --quiet >/dev/null || return
  is_as_local limit stays
}

reports_what_failed() {
  "$bnexp" submit endless.yaml --store late --set limits.time_s=1 --tasks 2 >/dev/null || return
  within 60 says late '4 done (records: 4 timeout)' || return
  within 20 test -s late/report.html || return
  within 20 says late 'no task is pending' || return
  expect_text "$("$bnexp" submit endless.yaml --store late --set limits.time_s=1)" \
    'they are trained again only by: bnexp retry late' || return
  expect_equal "$(squeue -h -n bnexp-endless)" ''
}

follows_the_tasks() {
  local output
  output=$("$bnexp" run many.yaml --store followed --executor '{name: slurm, tasks: 6}' 2>&1) || return
  expect_text "$output" '6 tasks for 60 trials' || return
  expect_text "$output" '[60/60]' || return
  expect_text "$output" '60 trials: 60 ok' || return
  test -s followed/report.html || return
  within 20 says followed 'no task is pending' || return
  is_as_local many followed
}

# A run by two tasks that train for ever, in the background, with Ctrl-C at its default.
run_endlessly() {
  env --default-signal=INT "$bnexp" run endless.yaml --store endless --executor '{name: slurm, tasks: 2, poll_s: 1}' \
    >"$1" 2>&1 &
}
ends_with_code_1() { # PROCESS
  local code=0
  wait "$1" || code=$?
  expect_equal $code 1
}

leaves_the_tasks_running() {
  run_endlessly first
  local run=$!
  within 60 says endless '2 running' || return
  within 30 grep -q '^Slurm: 2 running' first || return
  kill -INT $run
  ends_with_code_1 $run || return
  expect_text "$(<first)" "the tasks go on: \`bnexp status endless\` shows how far they are, \`scancel " || return
  expect_text "$(<first)" 'stopped; run the same command again' || return
  [[ $(<first) != *'nothing to train'* ]] || return
  expect_equal "$(squeue -h -r -n bnexp-endless -t RUNNING -o %T | sort | uniq -c | xargs)" '2 RUNNING'
}

ends_without_tasks() {
  run_endlessly second
  local run=$!
  within 60 grep -q '^2 tasks of earlier submissions are pending or running' second || return
  within 30 grep -q '^Slurm: 2 running' second || return
  scancel -n bnexp-endless
  ends_with_code_1 $run || return
  expect_text "$(<second)" 'no task of Slurm is pending or running, and 4 trials are left' || return
  expect_equal "$(grep -c '^job ' second)" 0
}

needs_slurm() {
  local code=0 output
  output=$(PATH=/nowhere "$bnexp" run endless.yaml --store nowhere --executor slurm 2>&1) || code=$?
  expect_equal $code 3 || return
  expect_text "$output" 'Slurm does not answer' || return
  expect_text "$output" "use a machine of the cluster where \`squeue\` works"
}

it 'shows the scripts and submits nothing' shows_the_scripts
it 'splits 60 tasks under MaxArraySize 20' splits_arrays
it 'submits only what is missing' submits_what_is_missing
it 'loses nothing to killed tasks, a drained node, a restarted controller and a cancelled job' survives
it 'saves and requeues itself before its time is over' requeues_before_the_limit
it 'says how to go on where requeueing is off' says_how_to_go_on
it 'writes the report though trials run out of time, and trains them no more' reports_what_failed
it 'follows the tasks of a run to the bits of a local run' follows_the_tasks
it 'leaves the tasks of a run running after Ctrl-C' leaves_the_tasks_running
it 'ends a run whose tasks are all cancelled' ends_without_tasks
it 'says what a run by Slurm needs' needs_slurm
finish
