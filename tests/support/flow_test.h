// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <gtest/gtest.h>

#include "gen/base/process.h"
#include "gen/emit/emit.h"
#include "tests/support/jet_network.h"
#include "tests/support/temp_dir.h"

namespace mase::test {

/// Fixture of the vendor flows: emitted designs to build around, a folder to build in. Skips where
/// the checks' own tools are missing.
class FlowTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* tool : {"tclsh", "verilator"})
      if (find_program(tool).empty()) GTEST_SKIP() << "needs " << tool;
  }
  emit::EmittedFolder design(const JetOptions& options) {
    emit::write_design(emit::emit(jet_network(options), {}, {.tool_version = "test"}),
                       dir_ / "hardware");
    return emit::read_design(dir_ / "hardware");
  }
  emit::EmittedFolder toy() {
    return design({.layers = {4, 5, 2}, .widths = {4}, .style = "folded"});
  }
  /// The toy of the examples, jsc-tiny's shape, and a jet tagger unrolled.
  static std::vector<JetOptions> shown() {
    return {{.layers = {4, 8, 8, 2}, .widths = {8}, .pruned_percent = 0, .style = "folded"},
            {.layers = {16, 5}, .widths = {8}, .pruned_percent = 0, .style = "folded"},
            {.layers = {16, 64, 32, 32, 5}, .widths = {6}}};
  }

  TempDir dir_;
};

}  // namespace mase::test
