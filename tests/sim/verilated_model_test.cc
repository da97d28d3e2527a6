// SPDX-License-Identifier: Apache-2.0
#include "sim/verilated_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/sim/bench_fixture.h"

namespace mase::sim {
namespace {

using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr Stall kStalls[] = {Stall::kNone, Stall::kRandom, Stall::kWorst};

class StageOfWidth : public testing::TestWithParam<int> {};

TEST_P(StageOfWidth, KeepsEveryBitUnderEveryStall) {
  const int bits = GetParam();
  const Design design(designs::one_stage(bits), {{bits, bits}});
  const auto beats = random_beats(bits, 500, 7);
  for (const Stall stall : kStalls) {
    SCOPED_TRACE(static_cast<int>(stall));
    const auto result = design.run(request_of({{beats, 500, 500}}, stall, 3));
    EXPECT_FALSE(result.timed_out);
    EXPECT_THAT(result.assertions, IsEmpty());
    EXPECT_EQ(result.channels[0].words, plus_one(beats, bits));
    ASSERT_EQ(result.channels[0].in_cycles.size(), 500u);
    ASSERT_EQ(result.channels[0].out_cycles.size(), 500u);
    EXPECT_EQ(result.cycles, result.channels[0].out_cycles.back() + 1);
    if (stall == Stall::kNone) {
      EXPECT_EQ(result.channels[0].in_cycles.front(), 0);
      EXPECT_EQ(result.channels[0].out_cycles.front(), 1);
      EXPECT_EQ(result.cycles, 501);
    } else {
      EXPECT_GT(result.cycles, 700);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Widths, StageOfWidth,
                         testing::Values(1, 7, 8, 16, 31, 32, 33, 64, 65, 100));

std::string three_channels(int a, int b, int c) {
  const int sum = a + b + c;
  std::string text = fmt::format(R"(module top (input logic clk_i, input logic rst_ni,
    input logic [2:0] in_valid_i, output logic [2:0] in_ready_o, input logic [{0}:0] in_data_i,
    output logic [2:0] out_valid_o, input logic [2:0] out_ready_i, output logic [{0}:0] out_data_o);
)",
                                 sum - 1);
  int offset = 0, index = 0;
  for (const int width : {a, b, c}) {
    text += fmt::format(R"(  stage #(.Width({1})) u_{0} (.clk_i(clk_i), .rst_ni(rst_ni),
    .in_valid_i(in_valid_i[{0}]), .in_ready_o(in_ready_o[{0}]), .in_data_i(in_data_i[{2}+:{1}]),
    .out_valid_o(out_valid_o[{0}]), .out_ready_i(out_ready_i[{0}]),
    .out_data_o(out_data_o[{2}+:{1}]));
)",
                        index++, width, offset);
    offset += width;
  }
  return text + "endmodule\n";
}

TEST(VerilatedModel, ChannelsAreIndependent) {
  const Design design(three_channels(7, 33, 100), {{7, 7}, {33, 33}, {100, 100}});
  for (const Stall stall : kStalls) {
    std::vector<ChannelInput> inputs;
    const int widths[] = {7, 33, 100};
    for (const int bits : widths)
      inputs.push_back({random_beats(bits, 100 + bits, 5), 100 + bits, 100 + bits});
    const auto result = design.run(request_of(inputs, stall));
    EXPECT_THAT(result.assertions, IsEmpty());
    ASSERT_EQ(result.channels.size(), 3u);
    for (size_t c = 0; c < 3; ++c)
      EXPECT_EQ(result.channels[c].words, plus_one(inputs[c].words, widths[c])) << c;
    const bool same = result.channels[0].in_cycles[50] == result.channels[1].in_cycles[50];
    EXPECT_EQ(same, stall == Stall::kNone);
  }
}

TEST(VerilatedModel, SeedDecidesTheStalls) {
  const Design design(designs::one_stage(8));
  const ChannelInput input{random_beats(8, 300, 1), 300, 300};
  const auto cycles = [&](uint64_t seed) {
    return design.run(request_of({input}, Stall::kRandom, seed)).channels[0].out_cycles;
  };
  EXPECT_EQ(cycles(1), cycles(1));
  EXPECT_NE(cycles(1), cycles(2));
}

TEST(VerilatedModel, FiredAssertionIsReportedWithItsCycle) {
  const Design design(designs::top(8, R"(
  assign in_ready_o = out_ready_i;
  assign out_valid_o = in_valid_i;
  assign out_data_o = in_data_i;
  assert property (@(posedge clk_i) in_valid_i && in_ready_o |-> in_data_i != 8'd77)
    else $error("the forbidden number %0d", in_data_i);
)"));
  std::vector<uint32_t> beats(20, 3);
  beats[12] = 77;
  const auto result = design.run(request_of({{beats, 20, 20}}));
  EXPECT_FALSE(result.timed_out);
  EXPECT_EQ(result.channels[0].words, beats) << "the run goes on after an assertion";
  EXPECT_THAT(result.assertions, ElementsAre(AllOf(HasSubstr("cycle 12: "), HasSubstr("top.sv:"),
                                                   HasSubstr("the forbidden number 77"))));
  std::fill(beats.begin(), beats.end(), 77);
  beats.resize(100'000, 77);
  EXPECT_EQ(design.run(request_of({{beats, 100'000, 100'000}})).assertions.size(), 100u)
      << "a storm is cut short";
}

TEST(VerilatedModel, LostBeatTimesOut) {
  const Design design(designs::top(8, R"(
  logic [3:0] count_q;
  assign in_ready_o = out_ready_i;
  assign out_valid_o = in_valid_i && count_q != 4'd9;
  assign out_data_o = in_data_i;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) count_q <= '0;
    else if (in_valid_i && in_ready_o && count_q < 4'd10) count_q <= count_q + 4'd1;
  end
)"));
  auto request = request_of({{random_beats(8, 30, 1), 30, 30}});
  request.timeout_cycles = 1000;
  const auto result = design.run(request);
  EXPECT_TRUE(result.timed_out);
  EXPECT_EQ(result.channels[0].in_cycles.size(), 30u);
  EXPECT_EQ(result.channels[0].words.size(), 29u);
  EXPECT_EQ(result.cycles, 30 + 1000);
}

TEST(VerilatedModel, SurplusBeatIsReported) {
  const Design design(designs::top(8, R"(
  logic [4:0] count_q;
  assign in_ready_o = out_ready_i;
  assign out_valid_o = in_valid_i || count_q == 5'd25;
  assign out_data_o = in_data_i;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) count_q <= '0;
    else if (count_q != 5'd31) count_q <= count_q + 5'd1;
  end
)"));
  const auto result = design.run(request_of({{random_beats(8, 20, 1), 20, 20}}));
  EXPECT_FALSE(result.timed_out);
  EXPECT_EQ(result.channels[0].words.size(), 20u);
  EXPECT_EQ(result.cycles, 20) << "the cycles that look for a surplus do not count";
  EXPECT_THAT(result.assertions,
              ElementsAre(HasSubstr("cycle 25: surplus output beat: channel 0 gave 1")));
}

TEST(VerilatedModel, DataWithoutValidIsGarbage) {
  const Design design(designs::top(8, R"(
  logic [7:0] sum_q;
  assign in_ready_o = out_ready_i;
  assign out_valid_o = in_valid_i;
  assign out_data_o = sum_q;
  always_ff @(posedge clk_i) sum_q <= rst_ni ? sum_q + in_data_i : '0;  // forgets to look at valid
)"));
  const std::vector<uint32_t> zeros(200, 0);
  EXPECT_THAT(design.run(request_of({{zeros, 200, 200}})).channels[0].words, Each(0));
  EXPECT_THAT(design.run(request_of({{zeros, 200, 200}}, Stall::kRandom)).channels[0].words,
              testing::Not(Each(0)));
}

TEST(VerilatedModel, RegistersPowerUpAtRandom) {
  const Design design(designs::top(32, R"(
  logic [31:0] unset_q;
  assign in_ready_o = out_ready_i;
  assign out_valid_o = in_valid_i;
  assign out_data_o = unset_q;
  always_ff @(posedge clk_i) if (in_data_i == 32'd1) unset_q <= 32'd5;
)"),
                      {{32, 32}});
  const ChannelInput zero{{0}, 1, 1};
  const auto value = [&](uint64_t seed) {
    return design.run(request_of({zero}, Stall::kNone, seed)).channels[0].words;
  };
  EXPECT_EQ(value(1), value(1));
  EXPECT_NE(value(1), value(2));
}

TEST(VerilatedModel, ProbesCountTheCyclesOfASignal) {
  Design design(designs::top(8, R"(
  logic [7:0] middle[2];
  logic [1:0] valid, ready;
  for (genvar i = 0; i < 2; i++) begin : gen_stage
    stage #(.Width(8)) u_stage (.clk_i(clk_i), .rst_ni(rst_ni),
      .in_valid_i(i == 0 ? in_valid_i : valid[0]), .in_ready_o(ready[i]),
      .in_data_i(i == 0 ? in_data_i : middle[0]),
      .out_valid_o(valid[i]), .out_ready_i(i == 0 ? ready[1] : out_ready_i),
      .out_data_o(middle[i]));
  end
  assign in_ready_o = ready[0];
  assign out_valid_o = valid[1];
  assign out_data_o = middle[1];
  logic stalled;
  assign stalled = out_valid_o && !out_ready_i;
)"));
  design.source.probes = {{"stage", "gen_stage[0].u_stage", "busy__in"},
                          {"stage", "gen_stage[1].u_stage", "busy__in"},
                          {"top", "", "stalled"}};
  const ChannelInput input{random_beats(8, 250, 1), 250, 250};
  auto result = design.run(request_of({input}));
  EXPECT_THAT(result.probe_counts, ElementsAre(250, 250, 0));
  result = design.run(request_of({input}, Stall::kWorst));
  EXPECT_EQ(result.probe_counts[1], 250);
  EXPECT_GT(result.probe_counts[2], 50);
  design.source.probes = {{"stage", "gen_stage[0].u_stage", "no_such_signal"}};
  EXPECT_THROW(design.build(), std::exception);
  design.source.probes = {{"stage", "gen_stage[0].u_stage", "data_q"}};  // 8 bits
  EXPECT_THROW(design.build(), InternalError);
}

std::string rom_top() {
  return designs::top(8, R"(
  logic [7:0] rom[4];
  initial $readmemh("mem/rom.mem", rom);
  assign in_ready_o = out_ready_i;
  assign out_valid_o = in_valid_i;
  assign out_data_o = rom[in_data_i[1:0]];
)");
}

TEST(VerilatedModel, MemoryFilesAreReadAtRunTime) {
  const Design design(rom_top());
  auto request = request_of({{{0, 1, 2, 3}, 4, 4}});
  request.working_directory = design.folder.path();
  write_file(design.folder.path() / "mem/rom.mem", "11\n22\n33\n44\n");
  EXPECT_THAT(design.run(request).channels[0].words, ElementsAre(0x11, 0x22, 0x33, 0x44));
  write_file(design.folder.path() / "mem/rom.mem", "55\n66\n77\n88\n");
  EXPECT_TRUE(design.build().from_cache) << "new weights compile nothing";
  EXPECT_THAT(design.run(request).channels[0].words, ElementsAre(0x55, 0x66, 0x77, 0x88));
}

TEST(VerilatedModel, BadMemoryFilesAreNamed) {
  const Design design(rom_top());
  auto request = request_of({{{0, 1, 2, 3}, 4, 4}});
  request.working_directory = design.folder.path();
  const auto fails = [&] { return user_error("S003", [&] { design.run(request); }).message(); };
  EXPECT_THAT(fails(), AllOf(HasSubstr("mem/rom.mem"), HasSubstr("not found")));
  write_file(design.folder.path() / "mem/rom.mem", "11\n22\nzebra\n44\n");
  EXPECT_THAT(fails(), HasSubstr("mem/rom.mem"));
  write_file(design.folder.path() / "mem/rom.mem", "11\n22\n33\n44\n55\n");
  EXPECT_THAT(fails(), AllOf(HasSubstr("mem/rom.mem"), HasSubstr("beyond bounds")));
  request.working_directory = design.folder.path() / "absent";
  EXPECT_THAT(fails(), HasSubstr("absent"));
}

TEST(VerilatedModel, TraceIsWritten) {
  Design design(designs::one_stage(8));
  design.source.trace = true;
  auto request = request_of({{random_beats(8, 50, 1), 50, 50}});
  request.trace_file = design.folder.path() / "deep/out.fst";
  EXPECT_EQ(design.run(request).channels[0].words.size(), 50u);
  const std::string trace = read_file(request.trace_file);
  ASSERT_GT(trace.size(), 400u);
  EXPECT_EQ(trace[0], '\0') << "an FST file begins with a header block";
  EXPECT_THAT(trace, HasSubstr("busy__in"));
  write_file(design.folder.path() / "file", "");
  request.trace_file = design.folder.path() / "file/out.fst";
  EXPECT_THAT(user_error("S003", [&] { design.run(request); }).message(),
              HasSubstr("file/out.fst"));
}

TEST(VerilatedModel, RequestMustFitTheModel) {
  const Design design(designs::one_stage(8));
  const auto model = design.build();
  const auto refused = [&](RunRequest request) {
    EXPECT_THROW(run_model(model, design.source, request), InternalError);
  };
  refused(request_of({}));
  refused(request_of({{{1, 2}, 3, 3}}));
  refused(request_of({{{0x100}, 1, 1}}));
  auto traced = request_of({{{1}, 1, 1}});
  traced.trace_file = "out.fst";
  refused(traced);
}

TEST(VerilatedModel, CrashNamesALog) {
  const Design design(designs::one_stage(8));
  VerilatedModel model = design.build();
  model.executable = design.folder.path() / "crashing";
  write_file(model.executable, "#!/bin/sh\necho about to crash\nkill -SEGV $$\n");
  std::filesystem::permissions(model.executable, std::filesystem::perms::owner_all);
  try {
    run_model(model, design.source, request_of({{{1}, 1, 1}}));
    ADD_FAILURE();
  } catch (const InternalError& error) {
    const auto log = design.folder.path() / "crash.log";
    EXPECT_THAT(error.what(), AllOf(HasSubstr(log.string()), HasSubstr("139")));
    EXPECT_THAT(read_file(log), HasSubstr("about to crash"));
  }
}

}  // namespace
}  // namespace mase::sim
