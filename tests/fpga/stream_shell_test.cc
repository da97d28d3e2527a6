// SPDX-License-Identifier: Apache-2.0
// The AXI4-Stream shell: containers, TLAST, and the core's interval.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>

#include "gen/base/file.h"
#include "gen/base/process.h"
#include "tests/fpga/kernel_cases.h"

namespace mase::fpga {
namespace {

/// The shell as a channel of the simulator: TLAST and last_error above TDATA.
struct StreamBench {
  explicit StreamBench(const CoreCase& c) : core(c) {
    const SampleLayout &in = c.core.in, &out = c.core.out;
    in_bits = in.lanes * in.container_bits();
    out_bits = out.lanes * out.container_bits();
    std::map<std::string, std::string> files;
    for (const auto& [path, text] : c.files) files[path] = text;
    for (const auto& [path, text] : make_stream_shell(c.core)) files[path] = text;
    files["bench.sv"] = fmt::format(
        "module bench (input logic clk_i, input logic rst_ni,\n"
        "  input logic in_valid_i, output logic in_ready_o, input logic [{0}:0] in_data_i,\n"
        "  output logic out_valid_o, input logic out_ready_i, output logic [{1}:0] out_data_o);\n"
        "  tiny_axis u_shell (.aclk(clk_i), .aresetn(rst_ni), .last_error(out_data_o[{1}]),\n"
        "    .s_axis_tvalid(in_valid_i), .s_axis_tready(in_ready_o),\n"
        "    .s_axis_tdata(in_data_i[{0}-1:0]), .s_axis_tlast(in_data_i[{0}]),\n"
        "    .m_axis_tvalid(out_valid_o), .m_axis_tready(out_ready_i),\n"
        "    .m_axis_tdata(out_data_o[{1}-2:0]), .m_axis_tlast(out_data_o[{1}-1]));\nendmodule\n",
        in_bits, out_bits + 1);
    for (const auto& [path, text] : files) {
      write_file(folder / path, text);
      if (path.ends_with(".sv")) source.files.push_back(folder / path);
    }
    source.top = "bench";
    source.include_dirs = {folder / "rtl"};
    source.channels = {{in_bits + 1, out_bits + 2}};
    model = sim::build_model(source);
  }

  const CoreCase& core;
  test::TempDir folder;
  int in_bits = 0, out_bits = 0;
  sim::ModelSource source;
  sim::VerilatedModel model;
};

TEST(StreamShell, KeepsLanesInContainersAndMarksSamples) {
  if (find_program("verilator").empty()) GTEST_SKIP() << "needs verilator";
  const CoreCase core = tiny_core(5, true, 5, 2);  // 16 bits of TDATA each way
  const StreamBench bench(core);
  constexpr int64_t kSamples = 200;
  const int64_t beats = core.core.in.beats();
  const Values x = random_values(core.core.in, kSamples, 3), y = core.reference(x);
  for (const int64_t wrong : {int64_t{-1}, int64_t{100}}) {  // the beat with a false TLAST
    sim::ChannelInput input{{}, kSamples * beats, kSamples * beats};
    for (int64_t s = 0; s < kSamples; ++s) {
      for (int64_t b = 0; b < beats; ++b) {
        uint32_t word = 0xeeee;  // surplus lanes and the top of containers mean nothing
        for (int64_t l = 0; l < 2 && b * 2 + l < 5; ++l) {
          word &= ~(0xffU << (8 * l));
          word |= (static_cast<uint32_t>(x[static_cast<size_t>(s * 5 + b * 2 + l)]) & 0xff)
                  << (8 * l);
        }
        const bool last = (b == beats - 1) != (s * beats + b == wrong);
        input.words.push_back(word | static_cast<uint32_t>(last) << 16);
      }
    }
    for (const sim::Stall stall : {sim::Stall::kNone, sim::Stall::kRandom, sim::Stall::kWorst}) {
      sim::RunRequest request{.channels = {input}, .stall = stall, .seed = 5};
      request.working_directory = bench.folder.path();
      const auto result = sim::run_model(bench.model, bench.source, request);
      for (const auto& message : result.assertions) ADD_FAILURE() << message;
      ASSERT_EQ(result.channels[0].words.size(), static_cast<size_t>(kSamples * beats));
      for (int64_t i = 0; i < kSamples * beats; ++i) {
        const uint32_t word = result.channels[0].words[static_cast<size_t>(i)];
        const int64_t s = i / beats, b = i % beats;
        for (int64_t l = 0; l < 2 && b * 2 + l < 5; ++l) {
          ASSERT_EQ(static_cast<int8_t>(word >> (8 * l)), y[static_cast<size_t>(s * 5 + b * 2 + l)])
              << "beat " << i << " lane " << l;
        }
        ASSERT_EQ(word >> 16 & 1, b == beats - 1) << "TLAST of beat " << i;
      }
      EXPECT_EQ(result.channels[0].words.back() >> 17, wrong >= 0 ? 1U : 0U);
      if (stall == sim::Stall::kNone) {
        const auto& out = result.channels[0].out_cycles;
        EXPECT_EQ(out.back() - out.front(), kSamples * beats - 1) << "a beat a cycle";
      }
    }
  }
}

}  // namespace
}  // namespace mase::fpga
