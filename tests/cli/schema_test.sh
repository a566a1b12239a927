#!/usr/bin/env bash
# schema_test.sh BNEXP: what the program reads and writes, checked by a validator that shares no code with it: every
# shipped suite against `bnexp schema`, every record of a run and of a benchmark against its schema.
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

printf 'suite: tiny\nbench: {norms: [batch, layer], shapes: [[4, 8]], types: [fp32]}\n' >"$scratch/tiny.yaml"
"$bnexp" bench "$scratch/tiny.yaml" --quick --store "$scratch/bench" >/dev/null 2>&1
validate "$root/runner/store/bench.schema.json" "$scratch/bench/records"
