// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/rtl/affine_cases.h"
#include "tests/rtl/cell_bench.h"

namespace mase::rtl_test {
namespace {

TEST(MaseRelu, KeepsWhatIsAboveZeroAtEveryWidth) {
  Random random(3);
  std::vector<CellCase> cases;
  for (int width = 1; width <= 33; ++width) {
    for (const bool is_signed : {true, false}) {
      const fixed::Format format{width == 33 ? 74 : width, 0, is_signed};
      CellCase c;
      c.cell = "mase_relu";
      c.in_lanes = c.out_lanes = draw(random, 1, 3);
      c.in_width = format.width;
      c.out_width = is_signed && format.width > 1 ? format.width - 1 : format.width;
      c.out_signed = false;
      c.parameters = {{"Lanes", std::to_string(c.in_lanes)},
                      {"InWidth", std::to_string(format.width)},
                      {"InSigned", is_signed ? "1'b1" : "1'b0"}};
      for (int beat = 0; beat < 16; ++beat) {
        Beat in(c.in_lanes);
        std::vector<std::optional<Wide>> out(c.in_lanes);
        for (int l = 0; l < c.in_lanes; ++l) {
          in[l] = beat == 0   ? format.min()
                  : beat == 1 ? format.max()
                              : draw_number(random, {std::min(format.width, 62), 0, is_signed});
          out[l] = std::max(in[l], Wide{0});
        }
        c.inputs.push_back(in);
        c.expected.push_back(out);
      }
      c.latency_cycles = 1;
      c.ii_cycles = 1;
      cases.push_back(c);
    }
  }
  run_cases(cases, 1);
}

}  // namespace
}  // namespace mase::rtl_test
