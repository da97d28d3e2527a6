// SPDX-License-Identifier: Apache-2.0
#include "fpga/flow/batch.h"

#include <string>
#include <vector>

#include "gen/base/file.h"
#include "gen/fixed/random.h"
#include "gen/pass/evaluate_batch.h"

namespace mase::fpga {

namespace {

/// Raw integers as the layout's containers, little-endian.
template <typename Values>
std::string packed(const Values& values, const SampleLayout& layout) {
  const int bytes = layout.container_bits() / 8;
  std::string text;
  for (const auto value : values) {
    for (int b = 0; b < bytes; ++b)
      text += static_cast<char>(static_cast<uint64_t>(value) >> (8 * b) & 0xff);
  }
  return text;
}

}  // namespace

void write_batch(const emit::EmittedFolder& design, const Core& core,
                 const std::filesystem::path& folder, int64_t batch) {
  const auto samples = fixed::random_raw(core.in.format, batch * core.in.elements, 1);
  const auto expected = pass::evaluate_batch(pass::lower(design.graph), samples);
  write_file(folder / "samples.bin", packed(samples, core.in));
  write_file(folder / "expected.bin", packed(expected, core.out));
}

}  // namespace mase::fpga
