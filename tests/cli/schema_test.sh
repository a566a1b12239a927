#!/usr/bin/env bash
# schema_test.sh BNEXP: what the program reads and writes, checked by a validator that shares no code with it: every
# shipped suite against `bnexp schema`; the plan of a run and its records, the record of a trial of every status, and
# the records of a benchmark against their schemas.
set -euo pipefail
bnexp=$1
root=$(cd "$(dirname "$0")/../.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
validate() { node "$root/tests/support/validate.mjs" "$@"; }

"$bnexp" schema >"$scratch/suite.schema.json"
validate "$scratch/suite.schema.json" "$root/configs"

printf 'train: {epoch: 3}\n' >"$scratch/unknown.yaml"
printf 'norm: {name: group, groups: many}\n' >"$scratch/type.yaml"
printf 'sweep: {grid: {train.optimizer.rate: [0.1]}}\n' >"$scratch/swept.yaml"
for wrong in unknown type swept; do
  if validate "$scratch/suite.schema.json" "$scratch/$wrong.yaml" >/dev/null 2>&1; then
    echo "the schema accepts what bnexp refuses: $(cat "$scratch/$wrong.yaml")"
    exit 1
  fi
done

"$bnexp" run "$root/configs/smoke.yaml" --store "$scratch/store" --quiet
validate "$root/runner/store/record.schema.json" "$scratch/store/records"
validate "$root/runner/store/plan.schema.json" "$scratch/store/suite.json"
"$bnexp" run "$root/configs/smoke.yaml" --set train.steps=0 --store "$scratch/untrained" --quiet
validate "$root/runner/store/record.schema.json" "$scratch/untrained/records"

# Every status, as the real trainer and the real workers record it.
mkdir "$scratch/statuses"
cp "$root/tests/norm/torchscript/latefailure.pt" "$scratch/statuses/late.pt"
cat >"$scratch/statuses/suite.yaml" <<'YAML'
model: {name: mlp, widths: [8]}
data: {name: digits, train: 200, test: 50, validation: 50}
train: {steps: 20, batch_size: 16, log_every: 5}
probes: [loss_curve, resources]
YAML
run=("$bnexp" run "$scratch/statuses/suite.yaml" --store "$scratch/statuses/store" --quiet)
run() { "${run[@]}" "$@" >"$scratch/log" 2>&1; }
expect() { # STATUS COMMAND...: it exits with 1 and leaves a record of this status
  local status=$1 code=0
  shift
  "$@" || code=$?
  if [ "$code" -ne 1 ] || ! grep -q "\"status\": \"$status\"" "$scratch"/statuses/store/records/*.json; then
    echo "expected a trial that is $status; exit code $code:"
    cat "$scratch/log"
    exit 1
  fi
}
# worker_of PROCESS [OTHER]: prints the worker of a run when there is one, which is not OTHER.
worker_of() {
  local child children
  while true; do
    sleep 0.1
    # The run has other children before, which answer questions about the machine and the norm.
    read -ra children <"/proc/$1/task/$1/children" || true
    for child in "${children[@]}"; do
      [ "$child" = "${2-}" ] || [ "$(cat "/proc/$child/comm" 2>/dev/null)" != bnexp-worker ] || { echo "$child" && return; }
    done
  done
}
# run_and_signal SIGNAL worker|run SEED: sends the signal when the trial is at work; to its worker twice, as a trial
# whose worker crashes is tried once more.
run_and_signal() {
  "${run[@]}" --jobs 1 --set train.steps=4000000 --set "seeds=[$3]" >"$scratch/log" 2>&1 &
  local process=$! worker
  worker=$(worker_of "$process")
  sleep 1
  if [ "$2" = run ]; then
    kill -s "$1" "$process"
  else
    kill -s "$1" "$worker"
    kill -s "$1" "$(worker_of "$process" "$worker")"
  fi
  wait "$process"
}
run
expect diverged run --set train.optimizer.lr=1e30
expect failed run --set 'norm={name: torchscript, path: late.pt}'
expect timeout run --set train.steps=4000000 --timeout 1
expect crashed run_and_signal SEGV worker 2
expect interrupted run_and_signal TERM run 3
run_in_8_GB() { (ulimit -v 8000000 && run --set 'model.widths=[60000, 60000]'); }
if (ulimit -v 8000000 && "$bnexp" --version) >/dev/null 2>&1; then
  expect oom run_in_8_GB
else
  echo 'left out: a trial that is oom, because this build, with a sanitizer, reserves more memory than the limit of this test'
fi
validate "$root/runner/store/record.schema.json" "$scratch/statuses/store/records"

printf 'suite: tiny\nbench: {norms: [batch, layer], shapes: [[4, 8]], types: [fp32]}\n' >"$scratch/tiny.yaml"
"$bnexp" bench "$scratch/tiny.yaml" --quick --store "$scratch/bench" >/dev/null 2>&1
validate "$root/runner/store/bench.schema.json" "$scratch/bench/records"
