#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Does a search that knows its hardware find better hardware? Trains one network on the jets, then
# searches with the same budget and seeds
#   hardware-greybox, hardware-tpe   accuracy, latency (SystemC) and LUTs (model) are the objectives
#   bitwidth-tpe, bitwidth-greybox   accuracy and average bit width; hardware chosen for target_ii
#   bitwidth-parallel-tpe            the same proxy over the space of the first two
# and compares the fronts as Verilator and Yosys measured them: hypervolume of accuracy above 0.2,
# latency below 500 cycles and LUTs below 5000, both in doublings. Of every search the MEASURED trials
# that span most of its front count, and no others.
#   tests/bench/search_fronts.sh BUILD DATASET [SEEDS [TRIALS [MEASURED [OUT]]]]
# BUILD holds mase-gen and bench_search_fronts (-DMASE_BUILD_BENCH=ON); DATASET is the file of jets.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$(cd "$1" && pwd)
data=$(realpath "$2")
seeds=${3:-3}
trials=${4:-200}
measured=${5:-6}
out=${6:-search_fronts_output}
mkdir -p "$out"
out=$(cd "$out" && pwd)
gen="$build/mase-gen"

checkpoint="$out/trained/software/training_ckpts/best.ckpt"
[ -f "$checkpoint" ] || "$gen" train --config "$here/front_bitwidth.toml" --dataset-path "$data" \
  --project-dir "$out" --project trained >"$out/train.log" 2>&1

search() {  # label, configuration, sampler, seed
  local project="$1-$4"
  [ -f "$out/$project/software/search_ckpts/best.json" ] ||
    "$gen" search --config "$here/$2" --sampler "$3" --seed "$4" --n-trials "$trials" --remeasure-limit "$measured" \
      --dataset-path "$data" --load "$checkpoint" --load-type pl \
      --project-dir "$out" --project "$project" >"$out/$project.log" 2>&1 ||
    { tail -n 20 "$out/$project.log" >&2; exit 1; }
  echo "$project done" >&2
}

folders() {
  local list=() seed
  for seed in $(seq 0 $((seeds - 1))); do list+=("$out/$1-$seed/software/search_ckpts"); done
  (IFS=,; echo "$1=${list[*]}")
}

groups=(hardware-greybox hardware-tpe bitwidth-greybox bitwidth-tpe bitwidth-parallel-tpe)
for seed in $(seq 0 $((seeds - 1))); do
  search hardware-greybox front_hardware.toml greybox "$seed"
  search hardware-tpe front_hardware.toml tpe "$seed"
  search bitwidth-greybox front_bitwidth.toml greybox "$seed"
  search bitwidth-tpe front_bitwidth.toml tpe "$seed"
  search bitwidth-parallel-tpe front_proxy_parallel.toml tpe "$seed"
done
arguments=()
for group in "${groups[@]}"; do arguments+=("$(folders "$group")"); done
"$build/tests/bench/bench_search_fronts" --measured --svg "$out/search_fronts.svg" \
  --metrics accuracy:max:0.2 --metrics lut:min:5000:log --metrics latency_cycles:min:500:log \
  "${arguments[@]}"
echo "plot: $out/search_fronts.svg"
