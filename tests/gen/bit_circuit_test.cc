// SPDX-License-Identifier: Apache-2.0
// The LUTs of single bits: hand-worked, and as Yosys 0.23 counted them for these circuits.
#include "gen/arch/bit_circuit.h"

#include <gtest/gtest.h>

namespace mase::arch {
namespace {

std::vector<Signal> leaves(LutNetwork& logic, int count) {
  std::vector<Signal> result;
  for (int i = 0; i < count; ++i) result.push_back(logic.leaf());
  return result;
}

TEST(LutNetwork, AnySpreadsOverLutsOfSixInputs) {
  for (int inputs = 1; inputs <= 40; ++inputs) {
    LutNetwork logic;
    logic.need(logic.any(leaves(logic, inputs)));
    EXPECT_EQ(logic.luts(), inputs == 1 ? 0 : (inputs + 3) / 5) << inputs;
  }
}

TEST(LutNetwork, EqualGatesAreOneAndInversesAreNot) {
  LutNetwork logic;
  const Signal a = logic.leaf(), b = logic.leaf();
  logic.need(logic.differ(a, b));
  logic.need(logic.differ(inverse(b), inverse(a)));
  EXPECT_EQ(logic.luts(), 1);
  logic.need(logic.differ(inverse(a), b));
  EXPECT_EQ(logic.luts(), 2);
}

TEST(LutNetwork, ConstantsFoldAway) {
  LutNetwork logic;
  const Signal a = logic.leaf(), b = logic.leaf();
  EXPECT_EQ(logic.both(a, kFalse), kFalse);
  EXPECT_EQ(logic.both(kTrue, a), a);
  EXPECT_EQ(logic.both(a, inverse(a)), kFalse);
  EXPECT_EQ(logic.differ(a, a), kFalse);
  EXPECT_EQ(logic.differ(a, inverse(a)), kTrue);
  EXPECT_EQ(logic.differ(a, kTrue), inverse(a));
  EXPECT_EQ(logic.choose(a, kTrue, kFalse), a);
  EXPECT_EQ(logic.choose(a, b, b), b);
  EXPECT_EQ(logic.choose(inverse(a), kFalse, b), logic.both(a, b));
  EXPECT_EQ(logic.choose(a, b, inverse(b)), logic.choose(inverse(a), inverse(b), b));
}

// Logic that one reader needs goes into its LUT; what two need and does not fit is not made twice.
TEST(LutNetwork, KeepsSharedLogicOnce) {
  LutNetwork logic;
  const auto x = leaves(logic, 9);
  const Signal shared = logic.any({x.begin(), x.begin() + 5});
  logic.need(logic.both(shared, logic.both(x[5], x[6])));
  logic.need(logic.both(shared, logic.both(x[7], x[8])));
  EXPECT_EQ(logic.luts(), 3);
}

int64_t adder_luts(int width, bool subtracts) {
  BitCircuit circuit;
  const auto x = leaves(circuit.logic, width);
  auto y = leaves(circuit.logic, width);
  for (Signal& s : y) s ^= subtracts ? 1 : 0;
  for (const Signal s : circuit.sum(x, y, subtracts ? kTrue : kFalse)) circuit.registered(s);
  const Resources r = circuit.count();
  EXPECT_EQ(r.ff, width);
  return r.lut;
}

// The lowest bit of a difference is the inverse of what its carry chain needs.
TEST(BitCircuit, AddersTakeALutABit) {
  for (int width = 3; width <= 9; ++width) {
    EXPECT_EQ(adder_luts(width, false), width);
    EXPECT_EQ(adder_luts(width, true), width + 1);
  }
  EXPECT_EQ(adder_luts(1, false), 1);
  EXPECT_EQ(adder_luts(2, false), 2);
}

TEST(BitCircuit, BitsThatMeetNothingPass) {
  BitCircuit circuit;
  const auto a = leaves(circuit.logic, 4);
  // a + 4: two bits pass, the next is an inverter that the chain needs, too: no LUT.
  const auto sum = circuit.sum({a[0], a[1], a[2], a[3], a[3], a[3]},
                               {kFalse, kFalse, kTrue, kFalse, kFalse, kFalse}, kFalse);
  EXPECT_EQ(sum[0], a[0]);
  EXPECT_EQ(sum[1], a[1]);
  EXPECT_EQ(sum[2], inverse(a[2]));
  for (const Signal s : sum) circuit.registered(s);
  EXPECT_EQ(circuit.count().lut, 0);
  // ~a, alone in front of its register, becomes a LUT with the clock enable in it.
  BitCircuit inverters;
  const auto b = leaves(inverters.logic, 3);
  for (const Signal s : b) inverters.registered(inverse(s));
  EXPECT_EQ(inverters.count().lut, 3);
}

TEST(BitCircuit, RegistersOfEqualBitsAreOne) {
  BitCircuit circuit;
  const Signal a = circuit.logic.leaf(), sign = circuit.logic.leaf(), enable = circuit.logic.leaf();
  EXPECT_EQ(circuit.registered(a), circuit.registered(a));
  EXPECT_EQ(circuit.registered(kTrue), kTrue);
  circuit.add_register(a, sign, false, enable);
  circuit.add_register(a, sign, false, enable);
  circuit.add_register(sign, sign, false, enable);  // always 0
  EXPECT_EQ(circuit.registers(), 2);
  EXPECT_EQ(circuit.count().lut, 1);  // the reset
}

}  // namespace
}  // namespace mase::arch
