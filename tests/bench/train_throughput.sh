#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# mase-gen's training loop against Debian's python3-torch: jsc-tiny, batch 256, Adam, one thread each.
# Usage: tests/bench/train_throughput.sh [build folder]. The build folder needs the target train_throughput.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
build=${1:-$here/../../build}
program=$build/tests/sw/train/train_throughput
rows=200000 batch=256 epochs=5
[[ -x $program ]] || { echo "build it first: ninja -C $build train_throughput" >&2; exit 2; }
/usr/bin/python3 -c 'import torch' 2>/dev/null || { echo "install python3-torch first" >&2; exit 4; }
read -r ours ours_best < <("$program" $rows $batch $epochs)
read -r loader loader_best < <(/usr/bin/python3 "$here/train_throughput.py" loader $rows $batch 2)
read -r slices slices_best < <(/usr/bin/python3 "$here/train_throughput.py" slices $rows $batch $epochs)
ratio() { awk "BEGIN { printf \"%.2f\", $1 / $2 }"; }
printf '| loop | samples/s (median) | best epoch | mase-gen is faster by |\n|---|---|---|---|\n'
printf '| mase-gen | %s | %s | |\n' "$ours" "$ours_best"
printf '| python3-torch, DataLoader | %s | %s | %s |\n' "$loader" "$loader_best" "$(ratio "$ours" "$loader")"
printf '| python3-torch, permuted tensor and slices | %s | %s | %s |\n' "$slices" "$slices_best" "$(ratio "$ours" "$slices")"
awk "BEGIN { exit !($ours >= 1.5 * $loader) }" || { echo "below 1.5 times the DataLoader loop" >&2; exit 1; }
