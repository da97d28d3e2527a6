// SPDX-License-Identifier: Apache-2.0
// The models of primitives that stand in for those Yosys has none of, against cases worked by hand.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "embedded/netlist_cells.h"
#include "gen/base/error.h"
#include "gen/base/file.h"
#include "gen/base/process.h"
#include "sim/verilated_model.h"
#include "tests/support/temp_dir.h"

namespace mase::sim {
namespace {

class NetlistCells : public testing::Test {
 protected:
  void SetUp() override {
    if (find_program("verilator").empty()) GTEST_SKIP() << "needs verilator";
    for (const auto& file : embedded::netlist_cells()) {
      source_.files.push_back(folder_ / std::string(file.name));
      write_file(source_.files.back(), file.content);
    }
  }
  /// A top of these stream widths whose body is `body`.
  void top(int in_bits, int out_bits, const std::string& body) {
    write_file(folder_ / "top.v", fmt::format(R"(module top (input clk_i, input rst_ni,
  input in_valid_i, output in_ready_o, input [{}:0] in_data_i,
  output out_valid_o, input out_ready_i, output [{}:0] out_data_o);
{}endmodule
)",
                                              in_bits - 1, out_bits - 1, body));
    source_.files.push_back(folder_ / "top.v");
    source_.channels = {{in_bits, out_bits}};
  }
  std::vector<uint32_t> run(std::vector<uint32_t> words, int64_t beats) {
    RunRequest request;
    request.channels.push_back({std::move(words), beats, beats});
    request.stall = Stall::kRandom;
    request.working_directory = folder_.path();
    const auto result = run_model(build_model(source_), source_, request);
    EXPECT_FALSE(result.timed_out);
    EXPECT_THAT(result.assertions, testing::IsEmpty());
    return result.channels[0].words;
  }
  std::string refusal() {
    try {
      build_model(source_);
    } catch (const UserError& error) {
      EXPECT_EQ(error.code(), "S002");
      return error.what();
    }
    return "";
  }

  const test::TempDir folder_;
  ModelSource source_;
};

std::string dsp(const std::string& parameters, const std::string& opmode) {
  std::string registers;
  for (const char* name :
       {"ACASCREG", "ADREG", "ALUMODEREG", "AREG", "BCASCREG", "BREG", "CARRYINREG",
        "CARRYINSELREG", "CREG", "DREG", "INMODEREG", "OPMODEREG", "PREG"})
    registers += fmt::format(".{}(0), ", name);
  return fmt::format(R"(  wire [47:0] p;
  DSP48E2 #({}{}) u_dsp (.A({{3'b101, in_data_i[26:0]}}), .B(in_data_i[44:27]), .C(48'd1), .D(27'd1),
    .ACIN(30'd1), .BCIN(18'd1), .PCIN(48'd1), .INMODE(5'd0), .ALUMODE(4'd0), .OPMODE({}),
    .CARRYINSEL(3'd0), .CARRYIN(1'b0), .P(p));
  assign in_ready_o = out_ready_i;
  assign out_valid_o = in_valid_i;
  assign out_data_o = p;
)",
                     registers, parameters, opmode);
}

TEST_F(NetlistCells, DspMultipliesSigned) {
  top(45, 48, dsp(".MREG(0)", "9'd5"));
  struct Case {
    int64_t a, b, p;
  };
  // The last two: both operands at their least, and the greatest product of unlike signs.
  const Case cases[] = {{0, 0, 0},
                        {3, 5, 15},
                        {-3, 5, -15},
                        {3, -5, -15},
                        {-3, -5, 15},
                        {-1, -1, 1},
                        {67108863, 131071, 8796025782273},
                        {-67108864, -131072, 8796093022208},
                        {-67108864, 131071, -8796025913344}};
  std::vector<uint32_t> words;
  for (const auto& c : cases) {
    const uint64_t beat =
        (static_cast<uint64_t>(c.a) & 0x7ffffff) | ((static_cast<uint64_t>(c.b) & 0x3ffff) << 27);
    words.push_back(static_cast<uint32_t>(beat));
    words.push_back(static_cast<uint32_t>(beat >> 32));
  }
  const auto got = run(words, std::size(cases));
  for (size_t i = 0; i < std::size(cases); ++i) {
    const uint64_t raw = got[2 * i] | (static_cast<uint64_t>(got[2 * i + 1]) << 32);
    EXPECT_EQ(static_cast<int64_t>(raw << 16) >> 16, cases[i].p)
        << cases[i].a << " * " << cases[i].b;
  }
}

TEST_F(NetlistCells, DspRefusesRegistersAtElaboration) {
  top(45, 48, dsp(".MREG(1)", "9'd5"));
  EXPECT_THAT(refusal(), testing::HasSubstr("DSP48E2: the netlist model has no registers"));
}

TEST_F(NetlistCells, DspRefusesAnotherMode) {
  top(45, 48, dsp(".MREG(0), .USE_MULT(\"NONE\")", "9'd5"));
  EXPECT_THAT(refusal(), testing::HasSubstr("multiplies A by B"));
}

TEST_F(NetlistCells, DspAssertsItsOperation) {
  top(45, 48, dsp(".MREG(0)", "9'd53"));
  RunRequest request;
  request.channels.push_back({{1, 0}, 1, 1});
  request.working_directory = folder_.path();
  const auto result = run_model(build_model(source_), source_, request);
  EXPECT_FALSE(result.assertions.empty());  // such a run has failed
}

/// Byte k of the memory holds k, its parity bit is 1 for k = 1, 2, 4, 8, 16 (one INITP word).
std::string ram(const std::string& type, int width, const std::string& more = "") {
  const bool big = type == "RAMB36E2";
  std::string init;
  for (int k = 31; k >= 0; --k) init += fmt::format("{:02x}", k);
  const int half = big ? 32 : 16;
  return fmt::format(
      "  {0} #(.INIT_00(256'h{1}), .INITP_00(256'h10116), .READ_WIDTH_A({2}), .DOA_REG(0), "
      ".DOB_REG(0){3}) u_{2} (.ADDRARDADDR(address[{4}:0]), .ADDRBWRADDR(0), .ADDRENA(1'b1), "
      ".ADDRENB(1'b1), .CLKARDCLK(clk_i), .CLKBWRCLK(1'b0), .ENARDEN(in_ready_o), .ENBWREN(1'b0), "
      ".REGCEAREGCE(1'b0), .REGCEB(1'b0), .RSTRAMARSTRAM(1'b0), .RSTRAMB(1'b0), "
      ".RSTREGARSTREG(1'b0), .RSTREGB(1'b0), .SLEEP(1'b0), .DINADIN(0), .DINBDIN(0), "
      ".DINPADINP(0), .DINPBDINP(0), .WEA(0), .WEBWE(0), .DOUTADOUT(data_{2}[{5}:0]), "
      ".DOUTBDOUT(data_{2}[{6}:{7}]), .DOUTPADOUTP(parity_{2}[{8}:0]), "
      ".DOUTPBDOUTP(parity_{2}[{9}:{10}]));\n",
      type, init, width, more, big ? 14 : 13, half - 1, 2 * half - 1, half, half / 8 - 1,
      half / 4 - 1, half / 8);
}

/// A stage that reads one word a beat; every width side by side, words at bits 72 * i.
std::string ram_stage(const std::string& type, const std::vector<int>& widths,
                      const std::string& more = "") {
  std::string body =
      "  reg valid_q;\n  wire [14:0] address = in_data_i;\n"
      "  assign in_ready_o = !valid_q || out_ready_i;\n"
      "  assign out_valid_o = valid_q;\n"
      "  always @(posedge clk_i) if (!rst_ni) valid_q <= 1'b0;\n"
      "    else if (in_ready_o) valid_q <= in_valid_i;\n";
  const int words = type == "RAMB36E2" ? 64 : 32;
  size_t i = 0;
  for (const int width : widths) {
    const int data = width >= 9 ? width / 9 * 8 : width;
    body += fmt::format("  wire [{}:0] data_{};\n  wire [{}:0] parity_{};\n", words - 1, width,
                        words / 8 - 1, width);
    body += ram(type, width, more);
    body +=
        fmt::format("  assign out_data_o[{} +: 64] = data_{}[{}:0];\n", 72 * i, width, data - 1);
    body += width >= 9 ? fmt::format("  assign out_data_o[{} +: 8] = parity_{}[{}:0];\n",
                                     72 * i + 64, width, data / 8 - 1)
                       : fmt::format("  assign out_data_o[{} +: 8] = 8'd0;\n", 72 * i + 64);
    ++i;
  }
  return body;
}

void expect_words(const std::vector<uint32_t>& got, size_t beat, int byte,
                  const std::vector<int>& widths) {
  const size_t stride = (widths.size() * 72 + 31) / 32;
  const auto bit = [&](size_t at) { return (got[beat * stride + at / 32] >> (at % 32)) & 1u; };
  for (size_t i = 0; i < widths.size(); ++i) {
    const int bytes = widths[i] >= 9 ? widths[i] / 9 : 1;
    const int first = byte / bytes * bytes;  // a word starts at a multiple of its size
    for (int k = 0; k < bytes; ++k) {
      uint32_t value = 0;
      const int bits = widths[i] >= 9 ? 8 : widths[i];
      for (int b = 0; b < bits; ++b) value |= bit(72 * i + static_cast<size_t>(8 * k + b)) << b;
      const auto stored = static_cast<uint32_t>(first + k);
      EXPECT_EQ(value, stored & ((1u << bits) - 1)) << "width " << widths[i] << ", byte " << byte;
      if (widths[i] < 9) continue;
      const bool odd = stored == 1 || stored == 2 || stored == 4 || stored == 8 || stored == 16;
      EXPECT_EQ(bit(72 * i + 64 + static_cast<size_t>(k)), odd)
          << "parity, width " << widths[i] << ", byte " << byte;
    }
  }
}

void check_ram(const std::vector<int>& widths, const std::vector<uint32_t>& got) {
  for (int byte = 0; byte < 32; ++byte) expect_words(got, static_cast<size_t>(byte), byte, widths);
}

std::vector<uint32_t> byte_addresses() {
  std::vector<uint32_t> words;
  for (uint32_t byte = 0; byte < 32; ++byte) words.push_back(8 * byte);
  return words;
}

TEST_F(NetlistCells, Ramb36ReadsEveryWidth) {
  const std::vector<int> widths = {72, 36, 18, 9, 4, 2, 1};
  top(15, 72 * static_cast<int>(widths.size()), ram_stage("RAMB36E2", widths));
  check_ram(widths, run(byte_addresses(), 32));
}

TEST_F(NetlistCells, Ramb18ReadsEveryWidth) {
  const std::vector<int> widths = {36, 18, 9, 4, 2, 1};
  top(15, 72 * static_cast<int>(widths.size()), ram_stage("RAMB18E2", widths));
  check_ram(widths, run(byte_addresses(), 32));
}

TEST_F(NetlistCells, RamsRefuseWhatTheyAreNotMadeFor) {
  top(15, 72, ram_stage("RAMB18E2", {18}, ", .READ_WIDTH_B(18)"));
  EXPECT_THAT(refusal(), testing::HasSubstr("RAMB18E2: the netlist model is read through port A"));
}

TEST_F(NetlistCells, RamsRefuseOutputRegisters) {
  top(15, 72, "  assign out_data_o = 0;\n  RAMB36E2 #(.READ_WIDTH_A(18)) u_ram ();\n");
  EXPECT_THAT(refusal(), testing::HasSubstr("RAMB36E2: the netlist model has no output register"));
}

}  // namespace
}  // namespace mase::sim
