// SPDX-License-Identifier: Apache-2.0
// The netlist that Yosys makes of an emitted design for the xcup family, simulated against the
// integer reference.
#include <gtest/gtest.h>

#include <random>

#include "gen/base/process.h"
#include "gen/emit/emit.h"
#include "gen/pass/evaluate_batch.h"
#include "sim/beats.h"
#include "sim/verilated_model.h"
#include "tests/support/networks.h"
#include "tests/support/temp_dir.h"

namespace mase::test {
namespace {

constexpr const char* kXilinxCells = "/usr/share/yosys/xilinx/cells_sim.v";  // Debian's yosys

/// Yosys has no model of the DSP48E2, so that the netlist's multipliers are made of LUTs.
void synthesise(const std::filesystem::path& design) {
  const auto yosys = run_process({"yosys", "-q", "-p",
                                  "read_verilog -sv -Irtl top.sv rtl/*.sv; synth_xilinx -family "
                                  "xcup -flatten -nodsp -top top; "
                                  "check -assert; write_verilog -noattr netlist.v"},
                                 design);
  ASSERT_EQ(yosys.exit_code, 0) << yosys.output;
}

void expect_netlist_exact(const graph::Graph& graph, uint64_t seed) {
  SCOPED_TRACE(testing::Message() << "seed " << seed);
  const TempDir dir;
  const auto design = emit::emit(graph, {}, {.tool_version = "test"});
  emit::write_design(design, dir.path());
  synthesise(dir.path());
  if (testing::Test::HasFatalFailure()) return;

  const auto& h = design.hardware;
  const sim::BeatLayout in{h.input.width, h.lanes_in, h.features_in},
      out{h.output.width, h.lanes_out, h.features_out};
  const sim::ModelSource source{.files = {dir / "netlist.v", kXilinxCells},
                                .channels = {{in.beat_bits(), out.beat_bits()}}};
  const auto model = sim::build_model(source);
  std::mt19937_64 rng(seed);
  std::vector<int64_t> x;
  constexpr int64_t kSamples = 40;
  for (int64_t i = 0; i < kSamples * h.features_in; ++i) {
    const auto span = static_cast<uint64_t>(h.input.max() - h.input.min() + 1);
    x.push_back(static_cast<int64_t>(h.input.min()) + static_cast<int64_t>(rng() % span));
  }
  const auto expected = pass::evaluate_batch(pass::lower(graph), x);
  for (const auto stall : {sim::Stall::kNone, sim::Stall::kRandom, sim::Stall::kWorst}) {
    sim::RunRequest request{.stall = stall, .seed = seed, .working_directory = dir.path()};
    request.channels.push_back({sim::pack_beats(std::span<const int64_t>(x), in, seed),
                                kSamples * in.beats(), kSamples * out.beats()});
    const auto run = sim::run_model(model, source, request);
    EXPECT_FALSE(run.timed_out);
    EXPECT_TRUE(run.assertions.empty());
    EXPECT_EQ(sim::unpack_beats(run.channels[0].words, out, h.output.is_signed), expected);
  }
}

class Netlist : public testing::Test {
 protected:
  void SetUp() override {
    if (find_program("yosys").empty() || find_program("verilator").empty() ||
        !std::filesystem::exists(kXilinxCells)) {
      GTEST_SKIP() << "needs verilator, yosys and " << kXilinxCells;
    }
  }
  /// Yosys has no model of the block RAMs of this family either, so that weights stay in LUTs.
  static graph::Graph small(uint64_t seed) {
    auto graph = random_network(seed, {.max_width = 6, .max_features = 7, .max_layers = 2});
    for (auto& node : graph.nodes) {
      if (node.hardware && node.hardware->weight_storage) node.hardware->weight_storage = "lut";
    }
    return graph;
  }
};
class NetlistSlow : public Netlist {};

TEST_F(Netlist, OfXcupAgreesOnSmallNetworks) {
  for (const uint64_t seed : {2, 4, 6}) expect_netlist_exact(small(seed), seed);
}

TEST_F(NetlistSlow, OfXcupAgreesOnManyNetworks) {
  for (uint64_t seed = 100; seed < 140; ++seed) expect_netlist_exact(small(seed), seed);
}

}  // namespace
}  // namespace mase::test
