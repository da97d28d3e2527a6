#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Everything from a bare Debian 12: packages, configuration, build, and the main job or the tests.
#   ./bootstrap.sh build    install what is missing, configure, build
#   ./bootstrap.sh demo     build, then train, quantise, emit and simulate on the embedded toy_tiny data
#   ./bootstrap.sh test     build, then run every test that is not labelled slow
# Repeatable: a second run installs nothing and compiles nothing that has not changed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

preset=${MASE_PRESET:-release}

say() { printf '\n==> %s\n' "$*"; }

packages() { sed 's/#.*//; s/[[:space:]]//g; /^$/d' apt-packages.txt; }

missing_packages() {
  local name
  for name in $(packages); do
    dpkg-query -W -f='${Status}' "$name" 2>/dev/null | grep -q 'ok installed' || printf '%s\n' "$name"
  done
}

install_packages() {
  command -v dpkg-query >/dev/null || {
    echo "bootstrap.sh installs Debian packages; elsewhere install the libraries of apt-packages.txt and run" \
         "'cmake --preset $preset && cmake --build --preset $preset'" >&2
    exit 4
  }
  local missing as_root=()
  missing=$(missing_packages)
  [ -n "$missing" ] || return 0
  say "Installing packages: ${missing//$'\n'/ }"
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "run as root, or install sudo first" >&2; exit 4; }
    as_root=(sudo)
  fi
  "${as_root[@]}" apt-get update -q
  # shellcheck disable=SC2086
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing
}

build() {
  install_packages
  say "Configuring ($preset)"
  local log
  log="$(binary_folder)/configure.log"
  mkdir -p "$(binary_folder)"
  cmake --preset "$preset" >"$log" 2>&1 || { cat "$log" >&2; exit 2; }
  say "Building"
  cmake --build --preset "$preset" "$@"
}

binary_folder() { case $preset in release) echo build ;; *) echo "build-$preset" ;; esac; }

demo() {
  local gen project=demo_toy
  gen="$(binary_folder)/mase-gen"
  local software="mase_output/$project/software"
  local config=configs/examples/toy_demo.toml
  rm -rf "mase_output/$project"
  say "1/4 Training a float network"
  "$gen" train --config "$config" --project "$project"
  say "2/4 Quantising it"
  "$gen" transform --config "$config" --project "$project" \
    --load "$software/training_ckpts/best.ckpt" --load-type pl
  say "3/4 Emitting SystemVerilog"
  "$gen" emit --config "$config" --project "$project" \
    --load "$software/transform/transformed_ckpt/graph_module.mz"
  say "4/4 Simulating that hardware, cycle by cycle"
  "$gen" simulate --config "$config" --project "$project" \
    --load "$software/transform/transformed_ckpt/graph_module.mz"
}

case "${1:-}" in
  build) build ;;
  demo) build --target mase-gen; demo ;;
  test) build; say "Testing"; ctest --preset "$preset" ;;
  *) sed -n '4,7s/^# *//p' "$0" >&2; exit 2 ;;
esac
