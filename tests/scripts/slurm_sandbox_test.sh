#!/usr/bin/env bash
# scripts/slurm_sandbox, and what jobs in it see of Slurm: refused submissions, time limits, requeues, drained nodes.
# Two sandboxes run at once; one of them does not requeue jobs and limits their number. This takes about 100 s, mostly
# waiting for a time limit, which Slurm has in whole minutes and checks twice a minute.
# shellcheck disable=SC2016
set -euo pipefail
# shellcheck source=tests/scripts/support.sh
. "$(dirname "${BASH_SOURCE[0]}")/support.sh"

slurm_sandbox=$source_dir/scripts/slurm_sandbox
missing=$("$slurm_sandbox" packages)
if [ -n "$missing" ]; then
  echo "skipped: needs the packages $missing"
  exit
fi

end_sandboxes() {
  for folder in requeue no_requeue; do "$slurm_sandbox" stop "$sandbox/$folder" 2>/dev/null || true; done
  rm -rf "$sandbox"
}
trap end_sandboxes EXIT

# start NAME OPTION...: starts a sandbox in which nothing waits for longer than it must.
start() {
  "$slurm_sandbox" start "$sandbox/$1" --nodes 3 --cpus 16 --requeue-delay 5 --set KillWait=5 \
    --set SchedulerParameters=sched_interval=1,bf_interval=2 "${@:2}" 2>&1
}

if ! output=$(start requeue --max-array-size 20); then
  [[ $output != *'ip address add'* ]] || echo 'skipped: Slurm needs an address besides 127.0.0.1'
  echo "$output"
  [[ $output == *'ip address add'* ]]
  exit
fi
start no_requeue --no-requeue --max-submit-jobs 10 >/dev/null

in_requeue() { export SLURM_CONF=$sandbox/requeue/slurm.conf; }
in_no_requeue() { export SLURM_CONF=$sandbox/no_requeue/slurm.conf; }
cd "$sandbox"

# submit NAME OPTION...: submits the script on standard input, whose output goes to NAME, and prints the job's id.
submit() { sbatch --parsable --open-mode=append -o "$sandbox/$1" "${@:2}"; }
state() { squeue -h -r -t all -j "$1" -o '%T %r'; }
exit_code() { scontrol -o show job "$1" | grep -o ' ExitCode=[0-9:]*'; }

# within SECONDS COMMAND...: repeats the command until it succeeds.
within() {
  local end=$((SECONDS + $1))
  until "${@:2}"; do
    [ $SECONDS -lt $end ] || { echo "not within $1 s: ${*:2}" && return 1; }
    sleep 0.2
  done
}
is() { [[ $(state "$1") == $2* ]]; } # JOB STATE: also the start of the state and its reason
says() { grep -qsF "$2" "$sandbox/$1"; }

# fails_with WANTED COMMAND...: the command's exit code is 1, and its message has WANTED.
fails_with() {
  local output status=0
  output=$("${@:2}" 2>&1) || status=$?
  expect_equal "$status" 1 && expect_text "$output" "$1"
}

# --- The jobs that take longest; their cases are at the end ---------------------------------------------------------

# Warned 30 to 60 s before its limit, it requeues itself.
preempt_self() {
  submit "$1" --array=7 --time=1 --signal=B:USR1@30 <<'JOB'
#!/bin/bash
trap 'echo warned; scontrol requeue "${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID"; echo "answer $?"' USR1
trap 'echo terminated; exit 9' TERM
echo "start ${SLURM_RESTART_COUNT-0}"
[ "${SLURM_RESTART_COUNT-0}" = 0 ] || exit 0
sleep 200 &
while true; do wait $!; done
JOB
}
warned=$(in_requeue && preempt_self warned)
not_requeued=$(in_no_requeue && preempt_self not_requeued)

# --- Arrays and limits ----------------------------------------------------------------------------------------------

refuses_a_large_index() {
  in_requeue
  for indices in 0-20 20 5,20; do
    fails_with 'submission failed: Invalid job array specification' sbatch --array=$indices --wrap true || return
  done
  expect_text "$(scontrol show config)" 'MaxArraySize            = 20'
}

runs_split_arrays() {
  in_requeue
  local first job jobs=()
  for first in 0 20 40; do
    job=$(OFFSET=$first submit split --array=0-$((first < 40 ? 19 : 9)) <<'JOB'
#!/bin/bash
echo $((OFFSET + SLURM_ARRAY_TASK_ID))
JOB
    ) || return
    jobs+=("$job")
  done
  for job in "${jobs[@]}"; do within 30 done_with "$job" || return; done
  expect_equal "$(sort -n split | tr '\n' ' ')" "$(echo {0..49}) "
}
done_with() { [ -z "$(squeue -h -j "$1")" ]; }

refuses_many_jobs() {
  in_no_requeue
  fails_with 'error: AssocMaxSubmitJobLimit' sbatch --array=0-9 --wrap true || return # with the job that is there
  fails_with 'Job violates accounting/QOS policy' sbatch --array=1-20:2,30 --wrap true || return
  local job
  job=$(sbatch --parsable --hold --array=1-17:2%3 -o /dev/null --wrap true) || return
  fails_with 'error: AssocMaxSubmitJobLimit' sbatch --wrap true || return
  scancel "$job" && within 5 done_with "$job" && sbatch -o /dev/null --wrap true
}

# --- Jobs that end early --------------------------------------------------------------------------------------------

waits_for_signals() { # NAME OPTION...
  submit "$@" <<'JOB'
#!/bin/bash
trap 'echo terminated; exit 9' TERM
echo "$$"
sleep 200 & wait
JOB
}

shows_a_killed_task() {
  in_requeue
  local job
  job=$(waits_for_signals killed --array=3) || return
  within 20 grep -qs . killed || return
  kill -KILL "$(cat killed)"
  within 20 is "$job" FAILED || return
  expect_equal "$(exit_code "$job")" ' ExitCode=0:9'
}

cancels() {
  in_requeue
  local job
  job=$(waits_for_signals cancelled) || return
  within 20 grep -qs . cancelled || return
  scancel "$job" && within 20 is "$job" CANCELLED && says cancelled terminated
}

# A job that ends when the file NAME.end appears.
until_told() { # NAME OPTION...
  submit "$@" --wrap "echo \"start \${SLURM_RESTART_COUNT-0}\"; until [ -e '$1.end' ]; do sleep 0.2; done; echo end"
}

drains() {
  in_requeue
  local old new
  old=$(until_told old -w node3) || return
  within 20 says old start && scontrol update nodename=node3 state=drain reason=repair || return
  new=$(submit new -w node3 --wrap 'echo start') || return
  within 20 is "$new" 'PENDING ReqNodeNotAvail' && is "$old" RUNNING && touch old.end || return
  within 20 is "$old" COMPLETED && says old end && is "$new" PENDING || return
  scontrol update nodename=node3 state=resume && within 20 is "$new" COMPLETED
}

keeps_jobs() {
  in_requeue
  local running waiting
  running=$(until_told running) || return
  waiting=$(submit waiting --dependency=afterany:"$running" --wrap 'echo start') || return
  within 20 says running 'start 0' && "$slurm_sandbox" restart "$sandbox/requeue" && is "$running" RUNNING || return
  touch running.end && within 20 is "$running" COMPLETED && within 20 is "$waiting" COMPLETED || return
  expect_equal "$(cat running waiting | tr '\n' ' ')" 'start 0 end start '
}

# --- The script -----------------------------------------------------------------------------------------------------

shows_status() {
  local output
  output=$("$slurm_sandbox" status "$sandbox/requeue") || return
  for wanted in munged slurmctld 'node3 ' "${warned}_7 "; do expect_text "$output" "$wanted" || return; done
}

refuses() { # WANTED ARGUMENT...
  local output status=0
  output=$("$slurm_sandbox" "${@:2}" 2>&1) || status=$?
  expect_equal "$status" 3 && expect_text "$output" "$1"
}
refuses_what_it_cannot_do() {
  refuses 'runs; end it first' start "$sandbox/requeue" || return
  refuses 'holds other files' start "$source_dir" || return
  refuses 'holds no sandbox' stop "$source_dir" || return
  refuses "unknown option '--node'" start "$sandbox/other" --node 3 || return
  refuses "--requeue-delay takes a number of at least 5, not '4'" start "$sandbox/other" --requeue-delay 4 || return
  refuses 'unrecognized key: Kill' start "$sandbox/other" --set Kill=5 || return
  expect_equal "$("$slurm_sandbox" status "$sandbox/other" 2>&1 >/dev/null | grep -c 'does not answer')" 1
}

warns_and_requeues() {
  in_requeue
  within 60 is "$warned" COMPLETED || return
  expect_text "$(cat warned)" $'start 0\nwarned\n' && expect_text "$(cat warned)" 'DUE TO JOB REQUEUE' || return
  expect_text "$(cat warned)" 'start 1'
}

times_out() {
  in_no_requeue
  within 110 is "$not_requeued" TIMEOUT || return
  expect_text "$(cat not_requeued)" $'start 0\nwarned\n' && expect_text "$(cat not_requeued)" 'answer 1' || return
  expect_text "$(cat not_requeued)" "${not_requeued}_7: Requested operation is presently disabled" || return
  expect_text "$(cat not_requeued)" terminated && expect_text "$(cat not_requeued)" 'DUE TO TIME LIMIT'
}

leaves_nothing() {
  in_requeue
  submit stubborn <<'JOB' >/dev/null || return
#!/bin/bash
trap '' TERM
sleep 200 &
echo $!
setsid sleep 201 &
echo $! $$
wait
JOB
  within 20 grep -qs ' ' stubborn || return
  "$slurm_sandbox" stop "$sandbox/requeue" && "$slurm_sandbox" stop "$sandbox/requeue" || return
  local pid pids
  mapfile -t pids < <(cat stubborn "$sandbox"/requeue/*.pid | tr ' ' '\n')
  for pid in "${pids[@]}"; do
    ! grep -qsE '^State:\s+[^Z]' "/proc/$pid/status" || { echo "process $pid still runs" && return 1; }
  done
  expect_equal "$("$slurm_sandbox" status "$sandbox/requeue" 2>/dev/null || echo $?)" 1 || return
  "$slurm_sandbox" status "$sandbox/no_requeue"
}

it "an index of MaxArraySize is refused" refuses_a_large_index
it "arrays that share the work run all of it" runs_split_arrays
it "jobs beyond the limit of a user are refused" refuses_many_jobs
it "status shows daemons, nodes and jobs" shows_status
it "what it cannot do is refused with what to do" refuses_what_it_cannot_do
it "a killed task has failed, with the signal" shows_a_killed_task
it "a cancelled job is terminated" cancels
it "a drained node ends its jobs and starts no more" drains
it "a restart keeps running and pending jobs" keeps_jobs
it "a job that is warned of its time limit requeues itself and starts again" warns_and_requeues
it "a job that cannot be requeued runs into its time limit" times_out
it "stop ends all processes, of one sandbox only" leaves_nothing
finish
