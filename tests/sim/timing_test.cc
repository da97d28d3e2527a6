// SPDX-License-Identifier: Apache-2.0
// Static timing on netlists small enough to add up by hand, with round delays.
#include "sim/synth/timing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gen/base/error.h"

namespace mase::synth {
namespace {

/// Round numbers: clock to Q 100, setup 10, nets 1000 (fanout 1), 2000 (2 to 4), 3000.
Delays round_delays() {
  Delays d;
  d.lut = {60, 50, 40, 30, 20, 10};
  d.ff_clock_to_q = 100;
  d.ff_setup_d = 10;
  d.ff_setup_ce = 11;
  d.ff_setup_r = 12;
  d.mux = 7;
  for (size_t s = 0; s < 4; ++s) {
    for (size_t o = s; o < 4; ++o) d.carry_s[s][o] = 100 + 10 * static_cast<double>(o - s);
    d.carry_s[s][4] = 200;
  }
  d.carry_ci = {51, 52, 53, 54, 55};
  d.carry_chain = 5;
  d.carry_cascade = 3;
  d.lutram_clock_to_o = 300;
  d.lutram_setup_address = 21;
  d.lutram_setup_data = 22;
  d.lutram_setup_enable = 23;
  d.bram_clock_to_o = 900;
  d.bram_setup_address = 350;
  d.bram_setup_enable = 340;
  d.dsp_a_to_p = 1500;
  d.dsp_b_to_p = 1600;
  d.fanout = {1, 4};
  d.net_median = {1000, 2000, 3000};
  d.net_p90 = {1500, 2500, 3500};
  d.optimistic_factor = 0.5;
  d.lut_to_ff = 1;
  d.lut_to_carry = 2;
  d.lut_to_mux = 4;
  d.carry_to_ff = 6;
  d.mux_to_ff = 8;
  return d;
}

NetlistCell flip_flop(Net d, Net q) { return {"ff", "FDRE", {{"C", {0}}, {"D", {d}}, {"Q", {q}}}}; }

Netlist netlist(std::vector<NetlistCell> cells, int32_t nets) {
  Netlist n;
  n.cells = std::move(cells);
  n.nets = nets;
  return n;
}

double median(const Netlist& n) {
  return critical_path(n, round_delays(), Corner::kMedian).delay_ps;
}

TEST(Timing, AddsClockToQNetAndSetup) {
  const auto n = netlist({flip_flop(kNone, 1), flip_flop(1, kNone)}, 2);
  EXPECT_EQ(median(n), 100 + 1000 + 10);
  EXPECT_EQ(critical_path(n, round_delays(), Corner::kPessimistic).delay_ps, 100 + 1500 + 10);
  EXPECT_EQ(critical_path(n, round_delays(), Corner::kOptimistic).delay_ps, 100 + 500 + 10);
}

TEST(Timing, TakesTheNetsDelayByItsFanout) {
  for (const auto& [sinks, delay] : {std::pair{1, 1000}, {2, 2000}, {4, 2000}, {5, 3000}}) {
    std::vector<NetlistCell> cells = {flip_flop(kNone, 1)};
    for (int i = 0; i < sinks; ++i) cells.push_back(flip_flop(1, kNone));
    EXPECT_EQ(median(netlist(cells, 2)), 100 + delay + 10) << sinks;
  }
}

TEST(Timing, GivesALutsLatestInputItsFastestPin) {
  // Net 3 comes through another LUT and is late: A6 (10); net 1 takes A5.
  const NetlistCell early{"a", "LUT1", {{"I0", {1}}, {"O", {3}}}};
  const NetlistCell late{"b", "LUT2", {{"I0", {3}}, {"I1", {2}}, {"O", {4}}}};
  const auto n =
      netlist({flip_flop(kNone, 1), flip_flop(kNone, 2), early, late, flip_flop(4, kNone)}, 5);
  // One input alone has the fastest pin too; a LUT with one reader sits beside its register.
  EXPECT_EQ(median(n), 100 + 1000 + 10 + 1000 + 10 + 1 + 10);
  const auto path = critical_path(n, round_delays(), Corner::kMedian);
  ASSERT_EQ(path.steps.size(), 4u);
  EXPECT_EQ(path.steps[1].cell_type, "LUT1");
  EXPECT_EQ(path.steps[3].cell_type, "FDRE");
  EXPECT_THAT(to_text(path), testing::HasSubstr("LUT2"));
}

TEST(Timing, SharesSixInputsFromSlowToFast) {
  std::vector<NetlistCell> cells;
  NetlistCell lut{"l", "LUT6", {{"O", {7}}}};
  for (Net i = 1; i <= 6; ++i) {
    cells.push_back(flip_flop(kNone, i));
    lut.pins.push_back({"I" + std::to_string(i - 1), {i}});
  }
  cells.push_back(lut);
  cells.push_back(flip_flop(7, kNone));
  EXPECT_EQ(median(netlist(cells, 8)), 100 + 1000 + 60 + 1 + 10);  // all at once: A1 is last
}

TEST(Timing, FollowsACarryChain) {
  // LUT -> S0 of the first CARRY4 -> CO3 -> CI of the second -> O3 -> register.
  const NetlistCell lut{"l", "LUT1", {{"I0", {1}}, {"O", {2}}}};
  const NetlistCell low{
      "c0",
      "CARRY4",
      {{"CI", {kNone}}, {"S", {2, kNone, kNone, kNone}}, {"CO", {kNone, kNone, kNone, 3}}}};
  const NetlistCell middle{"c1", "CARRY4", {{"CI", {3}}, {"CO", {kNone, kNone, kNone, 4}}}};
  const NetlistCell high{"c2", "CARRY4", {{"CI", {4}}, {"O", {kNone, kNone, kNone, 5}}}};
  const auto n = netlist({flip_flop(kNone, 1), lut, low, middle, high, flip_flop(5, kNone)}, 6);
  EXPECT_EQ(median(n), 100 + 1000 + 10 + 2 + 200 + 3 + 5 + 3 + 54 + 6 + 10);
}

TEST(Timing, LeavesAChainForTheFabricMoreSlowly) {
  const NetlistCell carry{
      "c", "CARRY4", {{"CYINIT", {1}}, {"CI", {kNone}}, {"CO", {kNone, kNone, kNone, 2}}}};
  EXPECT_EQ(median(netlist({flip_flop(kNone, 1), carry, flip_flop(2, kNone)}, 3)),
            100 + 1000 + 55 + 6 + 10);
}

TEST(Timing, KnowsMultipliersAndRams) {
  std::vector<Net> a(30, kNone), b(18, kNone);
  a[3] = 1;
  NetlistCell dsp{"d", "DSP48E2", {{"A", a}, {"B", b}, {"P", {2}}}};
  EXPECT_EQ(median(netlist({flip_flop(kNone, 1), dsp, flip_flop(2, kNone)}, 3)),
            100 + 1000 + 1500 + 1000 + 10);
  b[0] = 1;
  dsp.pins[1].bits = b;
  EXPECT_EQ(median(netlist({flip_flop(kNone, 1), dsp, flip_flop(2, kNone)}, 3)),
            100 + 2000 + 1600 + 1000 + 10);

  const NetlistCell bram{
      "r",
      "RAMB36E2",
      {{"CLKARDCLK", {0}}, {"ADDRARDADDR", {1}}, {"ENARDEN", {kNone}}, {"DOUTADOUT", {2}}}};
  EXPECT_EQ(median(netlist({flip_flop(kNone, 1), bram}, 3)), 100 + 1000 + 350);
  EXPECT_EQ(median(netlist({bram, flip_flop(2, kNone)}, 3)), 900 + 1000 + 10);

  const NetlistCell ram{"m",
                        "RAM32M16",
                        {{"WCLK", {0}},
                         {"ADDRA", {1}},
                         {"ADDRB", {kNone}},
                         {"DOA", {2}},
                         {"DIA", {kNone}},
                         {"WE", {kNone}}}};
  EXPECT_EQ(median(netlist({ram, flip_flop(2, kNone)}, 3)), 300 + 1000 + 10);
  EXPECT_EQ(median(netlist({flip_flop(kNone, 1), ram, flip_flop(2, kNone)}, 3)),
            100 + 1000 + 10 + 1000 + 10);
}

TEST(Timing, TakesPortsAsRegisters) {
  Netlist n = netlist({}, 2);
  NetlistPort in;
  in.name = "in_data_i";
  in.bits = {1};
  in.is_input = true;
  NetlistPort out;
  out.name = "out_data_o";
  out.bits = {1};
  n.ports = {in, out};
  EXPECT_EQ(median(n), 100 + 1000 + 10);
}

TEST(Timing, HasNoPathThroughConstants) {
  const NetlistCell lut{"l", "LUT1", {{"I0", {kNone}}, {"O", {1}}}};
  EXPECT_EQ(median(netlist({lut, flip_flop(1, kNone)}, 2)), 0);
}

TEST(Timing, RefusesLoopsAndUnknownCells) {
  const NetlistCell a{"a", "LUT1", {{"I0", {2}}, {"O", {1}}}};
  const NetlistCell b{"b", "LUT1", {{"I0", {1}}, {"O", {2}}}};
  EXPECT_THROW(median(netlist({a, b}, 3)), InternalError);
  const NetlistCell odd{"o", "PLL", {}};
  EXPECT_THROW(median(netlist({odd}, 1)), InternalError);
}

TEST(Fmax, LiesInItsBandAndUnderTheLimitsOfTheParts) {
  Target target = load_target("xcu250");
  target.delays = round_delays();
  const auto slow = netlist({flip_flop(kNone, 1), flip_flop(1, kNone)}, 2);
  const Fmax fmax = estimate_fmax(slow, target);
  EXPECT_EQ(fmax.limited_by, "clock buffer");
  EXPECT_EQ(fmax.mhz, target.bufg_max_mhz);
  EXPECT_DOUBLE_EQ(fmax.low_mhz, 1e6 / 1610);
  std::vector<NetlistCell> cells = slow.cells;
  for (int i = 0; i < 5; ++i) cells.push_back(flip_flop(1, kNone));
  const Fmax wide = estimate_fmax(netlist(cells, 2), target);
  EXPECT_EQ(wide.limited_by, "path");
  EXPECT_DOUBLE_EQ(wide.mhz, 1e6 / 3110);
  EXPECT_LT(wide.low_mhz, wide.mhz);
  EXPECT_GT(wide.high_mhz, wide.mhz);
}

TEST(Timing, CallsARegisterAsWhatItDrives) {
  auto n = netlist({flip_flop(kNone, 1), flip_flop(1, 2)}, 3);
  n.names = {{1, "first_q"}, {2, "second_q[3]"}};
  const auto path = critical_path(n, round_delays(), Corner::kMedian);
  ASSERT_EQ(path.steps.size(), 2u);
  EXPECT_EQ(path.steps[0].name, "first_q");
  EXPECT_EQ(path.steps[1].name, "second_q[3]");
}

TEST(ReadNetlist, TellsWhereNamesOfYosysComeFrom) {
  const Netlist n = read_netlist(R"({"modules": {"top": {"ports": {}, "cells": {
    "$auto$ff.cc:266:slice$12": {"type": "FDRE", "connections": {"D": [2], "Q": [3]}},
    "$flatten\\u_a.\\u_b.$mul$rtl/x.sv:69$14": {"type": "DSP48E2", "connections": {"P": [4, "0"]}}},
    "netnames": {
      "q": {"hide_name": 0, "bits": [2]}, "u_a.long_name": {"hide_name": 0, "bits": [2]},
      "$\\u_a.store$rdreg[0]$q": {"hide_name": 1, "bits": [5, 3]},
      "$auto$x": {"hide_name": 1, "bits": [4]},
      "$\\u_z.other$d": {"hide_name": 1, "bits": [2]}}}}})",
                                 "top");
  ASSERT_EQ(n.cells.size(), 2u);
  EXPECT_EQ(n.cells[0].name, "$auto$ff.cc:266:slice$12");
  EXPECT_EQ(n.cells[1].name, "u_a.u_b");
  EXPECT_EQ(n.names.at(n.cells[0].at("D")[0]), "q");  // a name of the design's goes before
  EXPECT_EQ(n.names.at(n.cells[0].at("Q")[0]), "u_a.store[1]");
  EXPECT_FALSE(n.names.contains(n.cells[1].at("P")[0]));
}

TEST(JoinChain, JoinsStreamsOfNeighbours) {
  // Each part: a register from in_data_i to out_data_o, ready passed through.
  Netlist part = netlist({flip_flop(1, 2)}, 6);
  part.names[2] = "q";
  const auto port = [&](const char* name, Net net, bool input) {
    NetlistPort p;
    p.name = name;
    p.bits = {net};
    p.is_input = input;
    part.ports.push_back(p);
  };
  port("clk_i", 0, true);
  port("rst_ni", 5, true);
  port("in_valid_i", 3, true);
  port("in_data_i", 1, true);
  port("in_ready_o", 4, false);
  port("out_valid_o", 3, false);
  port("out_data_o", 2, false);
  port("out_ready_i", 4, true);
  const Netlist chain = join_chain({&part, &part, &part}, {"a", "b", "c"});
  ASSERT_EQ(chain.cells.size(), 3u);
  EXPECT_EQ(chain.cells[0].at("Q"), chain.cells[1].at("D"));
  EXPECT_EQ(chain.cells[1].at("Q"), chain.cells[2].at("D"));
  EXPECT_EQ(chain.cells[0].at("C"), chain.cells[2].at("C"));
  EXPECT_EQ(chain.port("in_ready_o"), chain.port("out_ready_i"));
  EXPECT_EQ(chain.ports.size(), part.ports.size());
  EXPECT_EQ(median(chain), 100 + 1000 + 10);
}

TEST(Counts, CountMemoriesAsTheLutsTheyTake) {
  const auto r = resources_of({{"LUT6", 3},
                               {"LUT1", 1},
                               {"INV", 9},
                               {"RAM32M16", 2},
                               {"SRL16E", 1},
                               {"FDRE", 7},
                               {"FDSE", 1},
                               {"DSP48E2", 4},
                               {"RAMB36E2", 2},
                               {"RAMB18E2", 3},
                               {"CARRY4", 5}});
  EXPECT_EQ(r, (arch::Resources{4 + 16 + 1, 8, 4, 3.5}));
  EXPECT_EQ(carry8_of({{"CARRY4", 5}}), 3);
  EXPECT_THROW(resources_of({{"RAM1Q", 1}}), InternalError);
}

}  // namespace
}  // namespace mase::synth
