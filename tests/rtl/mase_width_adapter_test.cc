// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/rtl/affine_cases.h"
#include "tests/rtl/cell_bench.h"

namespace mase::rtl_test {
namespace {

int beats_of(int elements, int lanes) { return (elements + lanes - 1) / lanes; }

/// Samples of random elements; lanes beyond a sample carry garbage in and are not looked at coming
/// out.
CellCase adapter_case(int elements, int width, int in_lanes, int out_lanes, Random& random) {
  CellCase c;
  c.cell = "mase_width_adapter";
  c.parameters = {{"Elements", std::to_string(elements)},
                  {"Width", std::to_string(width)},
                  {"InLanes", std::to_string(in_lanes)},
                  {"OutLanes", std::to_string(out_lanes)}};
  c.in_lanes = in_lanes;
  c.out_lanes = out_lanes;
  c.in_width = c.out_width = width;
  c.out_signed = false;
  c.in_beats = beats_of(elements, in_lanes);
  c.out_beats = beats_of(elements, out_lanes);
  const fixed::Format format{width, 0, false};
  for (int sample = 0; sample < 12; ++sample) {
    std::vector<Wide> values(elements);
    for (Wide& v : values) v = draw_number(random, format);
    for (int beat = 0; beat < c.in_beats; ++beat) {
      Beat lanes(in_lanes);
      for (int l = 0; l < in_lanes; ++l) {
        const int i = beat * in_lanes + l;
        lanes[l] = i < elements ? values[i] : draw_number(random, format);
      }
      c.inputs.push_back(lanes);
    }
    for (int beat = 0; beat < c.out_beats; ++beat) {
      std::vector<std::optional<Wide>> lanes(out_lanes);
      for (int l = 0; l < out_lanes && beat * out_lanes + l < elements; ++l)
        lanes[l] = values[beat * out_lanes + l];
      c.expected.push_back(lanes);
    }
  }
  c.ii_cycles = std::max(c.in_beats, c.out_beats);
  if (in_lanes == out_lanes) {
    c.latency_cycles = c.in_beats - 1;
  } else if (in_lanes > out_lanes) {
    c.latency_cycles = c.out_beats;
  } else {
    // The last two beats out can both wait for the last beat in.
    const bool both =
        c.out_beats > 1 && beats_of((c.out_beats - 1) * out_lanes, in_lanes) == c.in_beats;
    c.latency_cycles = c.in_beats + (both ? 1 : 0);
  }
  return c;
}

TEST(MaseWidthAdapter, SustainsTheSlowerSideAtEverySmallShape) {
  Random random(24);
  std::vector<CellCase> cases;
  for (int elements = 1; elements <= 6; ++elements) {
    for (int in_lanes = 1; in_lanes <= elements; ++in_lanes) {
      for (int out_lanes = 1; out_lanes <= elements; ++out_lanes) {
        cases.push_back(adapter_case(elements, draw(random, 1, 5), in_lanes, out_lanes, random));
      }
    }
  }
  ASSERT_EQ(cases.size(), 91U);
  run_cases(cases, 1);
}

TEST(MaseWidthAdapter, SustainsTheSlowerSideAtLargerShapes) {
  Random random(25);
  std::vector<CellCase> cases;
  for (int i = 0; i < 16; ++i) {
    const int elements = draw(random, 7, 30);
    const int in_lanes = draw(random, 1, elements), out_lanes = draw(random, 1, elements);
    cases.push_back(adapter_case(elements, draw(random, 1, 12), in_lanes, out_lanes, random));
  }
  // What a design of 64 -> 32 -> 5 features meets.
  cases.push_back(adapter_case(64, 8, 64, 1, random));
  cases.push_back(adapter_case(64, 8, 1, 64, random));
  cases.push_back(adapter_case(32, 74, 5, 8, random));
  run_cases(cases, 2);
}

}  // namespace
}  // namespace mase::rtl_test
