#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# hls4ml-jet trained on the jets, quantised at 8, 6 and mixed bits and trained on, with and without
# pruning; each as an unrolled and as a folded design. Every row of DATASET goes through Verilator and
# through Yosys's netlist, with stalls; no bit may differ. Then LUT, FF, cycles and fmax side by side.
#   tests/bench/unrolled_jets.sh BUILD DATASET [OUT [VARIANTS [LEVELS]]]
# BUILD holds mase-gen and bench_unrolled_resources (-DMASE_BUILD_BENCH=ON), DATASET is the CSV of jets.
# VARIANTS: of 8 6 mixed 8-pruned 6-pruned mixed-pruned; LEVELS: of rtl netlist (minutes each).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$(cd "$1" && pwd)
data=$(realpath "$2")
out=${3:-unrolled_jets_output}
variants=${4:-8 6 mixed 8-pruned 6-pruned mixed-pruned}
levels=${5:-rtl netlist}
mkdir -p "$out"
cd "$out"

# Each column shifted and scaled to mean 0 and deviation 1, as training sees it.
awk -F, 'NR == 1 { next }
  { rows++; for (i = 1; i <= 16; ++i) { x[rows, i] = $i; sum[i] += $i; square[i] += $i * $i } }
  END { for (r = 1; r <= rows; ++r) for (i = 1; i <= 16; ++i) {
          mean = sum[i] / rows
          printf "%.8g%s", (x[r, i] - mean) / sqrt(square[i] / rows - mean * mean), i < 16 ? "," : "\n" } }' \
  "$data" > rows.csv

gen() {  # log, arguments
  local log=$1; shift
  "$build/mase-gen" "$@" --config configuration.toml --dataset-path "$data" --project-dir . > "$log" 2>&1 ||
    { tail -n 20 "$log" >&2; exit 1; }
}
configure() { { cat "$here/unrolled_jets.toml"; printf '%s\n' "$@"; } > configuration.toml; }

configure
checkpoint=float/software/training_ckpts/best.ckpt
[ -f "$checkpoint" ] || gen float.log train --project float

for variant in $variants; do
  bits=${variant%-pruned}
  pruning=()
  [ "$bits" = "$variant" ] ||
    pruning=('[train.regularizer]' 'name = "lut"' 'strength = 0.1' 'ramp_epochs = 20' 'final_sparsity = 0.9')
  trained=$variant/software/training_ckpts/best.ckpt
  if [ ! -f "$trained" ]; then
    configure
    gen "$variant-transform.log" transform --quant-config "$here/unrolled_jets_$bits.toml" \
      --load "$checkpoint" --load-type pl --project "$variant"
    configure "${pruning[@]}"
    gen "$variant-train.log" train --load "$variant/software/transform/transformed_ckpt/graph_module.mz" \
      --learning-rate 1e-3 --max-epochs 100 --project "$variant"
  fi
  for style in unrolled folded; do
    configure '[hardware]' "style = \"$style\""
    design=$variant-$style
    gen "$design-emit.log" emit --load "$trained" --load-type pl --project "$design"
    for level in $levels; do
      stalls='none random worst'
      [ "$level" = rtl ] || stalls=random
      for stall in $stalls; do
        log=$design-$level-$stall.log
        gen "$log" simulate --project "$design" --inputs rows.csv --level "$level" --stall "$stall"
        echo "$design, $level, stall $stall: $(grep -E '^\| (mismatches|latency|initiation)' "$log" |
          sed -E 's/^\| *[a-z ]*\| *//; s/ *\|$//' | paste -sd ';')"
      done
    done
  done
  cp "$variant-unrolled/hardware/graph.mz" "$variant.mz"
  "$build/mase-gen" test --config configuration.toml --dataset-path "$data" --project-dir . --project "$variant-test" \
    --load "$trained" --load-type pl > "$variant-test.log" 2>&1 || true
  grep -E 'acc' "$variant-test.log" | tail -n 1
done
# shellcheck disable=SC2046
"$build/tests/bench/bench_unrolled_resources" $(for variant in $variants; do echo "$variant.mz"; done)
