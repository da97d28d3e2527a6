#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The samplers on accuracies of real quantised networks instead of synthetic surfaces: toy on
# toy_tiny, and jsc-three-linear-layers on the jets. Objectives: accuracy, latency (SystemC), LUTs
# (model). Prints, for each network and sampler, hypervolume shares after 50, 100 and 200 trials.
#   tests/bench/samplers_on_networks.sh BUILD DATASET [SEEDS [OUT]]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$(cd "$1" && pwd)
data=$(realpath "$2")
seeds=${3:-20}
out=${4:-samplers_on_networks_output}
mkdir -p "$out"
out=$(cd "$out" && pwd)
gen="$build/mase-gen"
samplers=(greybox gp tpe nsgaii random)

run() {  # network, configuration, reference LUTs, reference cycles, further options of mase-gen
  local network=$1 config="$here/$2" luts=$3 cycles=$4
  shift 4
  local checkpoint="$out/$network/software/training_ckpts/best.ckpt" arguments=()
  [ -f "$checkpoint" ] || "$gen" train --config "$config" "$@" --project-dir "$out" \
    --project "$network" >"$out/$network-train.log" 2>&1
  local sampler seed
  for sampler in "${samplers[@]}"; do
    local list=()
    for seed in $(seq 0 $((seeds - 1))); do
      local project="$network-$sampler-$seed"
      [ -f "$out/$project/software/search_ckpts/best.json" ] ||
        "$gen" search --config "$config" "$@" --sampler "$sampler" --seed "$seed" --n-jobs 1 \
          --remeasure=false --load "$checkpoint" --load-type pl --project-dir "$out" \
          --project "$project" >"$out/$project.log" 2>&1 ||
        { tail -n 20 "$out/$project.log" >&2; exit 1; }
      list+=("$out/$project/software/search_ckpts")
    done
    echo "$network $sampler done" >&2
    arguments+=("$(IFS=,; echo "$sampler=${list[*]}")")
  done
  printf '\n%s\n' "$network"
  "$build/tests/bench/bench_search_fronts" --at 50,100,200 --metrics accuracy:max:0.2 \
    --metrics "lut:min:$luts:log" --metrics "latency_cycles:min:$cycles:log" "${arguments[@]}"
}

run toy samplers_toy.toml 10000 500
run jets front_hardware.toml 20000 1000 --dataset-path "$data"
