// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <torch/version.h>

#include "gen/base/process.h"
#include "sw/cli/actions.h"

namespace mase::cli {

namespace {

std::string verilator_version() {
  if (find_program("verilator").empty()) return "not installed (simulate needs it)";
  const std::string text = run_process({"verilator", "--version"}).output;
  return text.substr(0, text.find('\n'));
}

}  // namespace

std::string version_text() {
  return fmt::format("mase-gen {}\nLibTorch {}\n{}\n", MASE_VERSION, TORCH_VERSION,
                     verilator_version());
}

}  // namespace mase::cli
