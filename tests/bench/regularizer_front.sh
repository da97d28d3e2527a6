#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# LUTs against hold-out accuracy, with and without [train.regularizer]: trains hls4ml-jet
# (16-64-32-32-5) on the jets in float, quantises it, trains it again quantised (the same epochs for
# all) without a regulariser at several widths, and at 8 bits with each regulariser at several
# strengths and sparsities; unrolls every network and prints a table, what equal accuracy costs, a
# CSV and a plot. LUTs are those of the cost model; YOSYS=1 synthesises as well (minutes a network).
#   tests/bench/regularizer_front.sh BUILD DATASET [SEEDS [OUT]]
# BUILD holds mase-gen and bench_regularizer_front (-DMASE_BUILD_BENCH=ON); DATASET is the file of jets.
# SECONDS_A_LAYER (0.1) is the time for an adder graph.
set -euo pipefail
[ $# -ge 2 ] || { sed -n '3,11p' "$0" >&2; exit 2; }
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$(cd "$1" && pwd)
[ -f "$2" ] || { echo "skipped: no file of jets at $2" >&2; exit 0; }
data=$(realpath "$2")
seeds=${3:-5}
out=${4:-regularizer_front_output}
mkdir -p "$out"
out=$(cd "$out" && pwd)
gen="$build/mase-gen"
program="$build/tests/bench/bench_regularizer_front"
[ -x "$gen" ] && [ -x "$program" ] || { echo "build mase-gen and bench_regularizer_front in $build first" >&2; exit 2; }

configuration() {  # width -> file
  local file="$out/width$1.toml" width=$1
  cp "$here/regularizer_front.toml" "$file"
  cat >>"$file" <<TOML
[passes.quantize]
by = "type"
[passes.quantize.default.config]
name = "NA"
[passes.quantize.linear.config]
name = "integer"
data_in_width = $width
data_in_frac_width = $((width - 4))
weight_width = $width
weight_frac_width = $((width - 2))
bias_width = $width
bias_frac_width = $((width - 3))
[passes.quantize.relu.config]
name = "integer"
data_in_width = $width
data_in_frac_width = $((width - 4))
TOML
  echo "$file"
}

quiet() {  # log, command...: shows its end when the command fails
  local log=$1
  shift
  "$@" >"$log" 2>&1 || { tail -n 5 "$log" >&2; exit 1; }
}

labels=()
point() {  # group, label, width, options of training...
  local group=$1 label=$2 width=$3 config float quantised project seed list=()
  shift 3
  config=$(configuration "$width")
  for seed in $(seq 0 $((seeds - 1))); do
    float="$out/float-$seed/software/training_ckpts/best.ckpt"
    [ -f "$float" ] || quiet "$out/float-$seed.log" "$gen" train --config "$here/regularizer_front.toml" \
      --dataset-path "$data" --seed "$seed" --project-dir "$out" --project "float-$seed"
    quantised="$out/width$width-$seed/software/transform/transformed_ckpt/graph_module.mz"
    [ -f "$quantised" ] || quiet "$out/width$width-$seed.log" "$gen" transform --config "$config" --load "$float" \
      --load-type pl --seed "$seed" --project-dir "$out" --project "width$width-$seed"
    project="$group-$label-$seed"
    # A finished run has a record of its winner in the log; a cut one is trained again.
    grep -qs 'Training is completed' "$out/$project.log" ||
      quiet "$out/$project.log" "$gen" train --config "$config" --load "$quantised" --dataset-path "$data" \
        --seed "$seed" --project-dir "$out" --project "$project" "$@"
    list+=("$out/$project/software/training_ckpts/best.ckpt")
  done
  labels+=("$group/$label=$(IFS=,; echo "${list[*]}")")
  echo "$group $label trained" >&2
}

point none 8-bits 8
for width in 6 5 4; do point none "$width-bits" "$width"; done
for kind in bitops lut; do
  for strength in 0.1 0.3 1 2; do
    point $kind "strength-$strength" 8 --regularizer $kind --regularizer-strength "$strength" --regularizer-ramp 50
  done
  for sparsity in 0.8 0.9 0.93 0.95 0.97; do
    point $kind "sparsity-$sparsity" 8 --regularizer $kind --final-sparsity "$sparsity"
  done
done
flags=()
[ -z "${YOSYS:-}" ] || flags+=(--yosys)
"$program" "$data" --seconds "${SECONDS_A_LAYER:-0.1}" --csv "$out/regularizer_front.csv" --svg "$out/regularizer_front.svg" \
  "${flags[@]}" "${labels[@]}"
echo "points: $out/regularizer_front.csv, plot: $out/regularizer_front.svg"
