#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Trials a second of a search that measures hardware in every trial: accuracy on 512 samples,
# latency (SystemC) and resources (model) of jsc-three-linear-layers, stored in an SQLite file.
# Prints, for each sampler, the median of several runs with different seeds.
#   tests/bench/search_throughput.sh BUILD DATASET [RUNS [JOBS [TRIALS]]]
# BUILD holds mase-gen; DATASET is the file of jets.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
gen="$(cd "$1" && pwd)/mase-gen"
data=$(realpath "$2")
runs=${3:-5}
jobs=${4:-2}
trials=${5:-200}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

"$gen" train --config "$here/search_throughput.toml" --dataset-path "$data" \
  --project-dir "$out" --project trained >"$out/train.log" 2>&1
checkpoint="$out/trained/software/training_ckpts/best.ckpt"

median() { sort -g | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'; }

echo "$trials trials, $jobs threads, median of $runs runs"
printf '%-8s | %8s | %10s | %13s | %13s | %s\n' \
  sampler trials/s "whole (s)" "sampler (ms)" "storage (ms)" "trials/s of every run"
for sampler in random tpe nsgaii auto; do
  for seed in $(seq 1 "$runs"); do
    log="$out/$sampler-$seed.log"
    begin=$(date +%s.%N)
    "$gen" search --config "$here/search_throughput.toml" --dataset-path "$data" \
      --load "$checkpoint" --load-type pl --sampler "$sampler" --seed "$seed" --n-jobs "$jobs" \
      --n-trials "$trials" --remeasure=false --project-dir "$out" --project "$sampler-$seed" \
      >"$log" 2>&1 || { tail -n 20 "$log" >&2; exit 1; }
    end=$(date +%s.%N)
    # "200 trials in 1.63 s, 122.7 a second; sampler 0.41 ms, storage 0.82 ms a trial"
    grep -oE '[0-9]+ trials in [0-9.]+ s, .*' "$log" |
      sed -E 's/([0-9]+) trials in ([0-9.]+) s, ([0-9.]+) a second; sampler ([0-9.]+) ms, storage ([0-9.]+) ms.*/\1 \3 \4 \5/' |
      awk -v whole="$(echo "$end $begin" | awk '{ print $1 - $2 }')" '{ print $0, whole }' >>"$out/$sampler.txt"
  done
  awk -v n="$trials" '$1 != n { print "a run had " $1 " trials"; exit 1 }' "$out/$sampler.txt"
  printf '%-8s | %8s | %10s | %13s | %13s | %s\n' "$sampler" \
    "$(awk '{ print $2 }' "$out/$sampler.txt" | median)" \
    "$(awk '{ print $5 }' "$out/$sampler.txt" | median)" \
    "$(awk '{ print $3 }' "$out/$sampler.txt" | median)" \
    "$(awk '{ print $4 }' "$out/$sampler.txt" | median)" \
    "$(awk '{ print $2 }' "$out/$sampler.txt" | tr '\n' ' ')"
done
