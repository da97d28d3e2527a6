// SPDX-License-Identifier: Apache-2.0
#include "tests/rtl/cell_bench.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "gen/base/file.h"

namespace mase::rtl_test {

namespace {

namespace fs = std::filesystem;

std::string memory_name(size_t channel, const std::string& parameter) {
  return fmt::format("c{}_{}.hex", channel, parameter);
}

int words_of(int bits) { return (bits + 31) / 32; }

void put_bits(uint32_t* words, int position, int width, Wide value) {
  for (int b = 0; b < width; ++b) {
    if (((value >> b) & 1) != 0) words[(position + b) / 32] |= 1U << ((position + b) % 32);
  }
}

Wide get_bits(const uint32_t* words, int position, int width) {
  Wide value = 0;
  for (int b = 0; b < width; ++b) {
    value |= Wide{(words[(position + b) / 32] >> ((position + b) % 32)) & 1} << b;
  }
  return value;
}

/// Two's-complement reading of raw bits.
std::string shown(Wide raw, const CellCase& c) {
  if (c.out_signed && ((raw >> (c.out_width - 1)) & 1) != 0) raw -= Wide{1} << c.out_width;
  return fixed::to_string(raw);
}

void compare(const CellCase& c, const sim::ChannelResult& result) {
  const int words = words_of(c.out_lanes * c.out_width);
  ASSERT_EQ(result.words.size(), c.expected.size() * words) << "beats out";
  for (size_t beat = 0; beat < c.expected.size(); ++beat) {
    for (int lane = 0; lane < c.out_lanes; ++lane) {
      if (!c.expected[beat][lane]) continue;
      const Wide want = raw_bits(*c.expected[beat][lane], c.out_width);
      const Wide got = get_bits(&result.words[beat * words], lane * c.out_width, c.out_width);
      ASSERT_TRUE(got == want) << "beat " << beat << " lane " << lane << ": got " << shown(got, c)
                               << ", expected " << shown(want, c);
    }
  }
}

void check_cycles(const CellCase& c, const sim::ChannelResult& result) {
  std::vector<int64_t> last;  // edge of every sample's last beat
  for (size_t i = c.out_beats - 1; i < result.out_cycles.size(); i += c.out_beats) {
    last.push_back(result.out_cycles[i]);
  }
  if (c.latency_cycles) {
    EXPECT_EQ(last.at(0) - result.in_cycles.at(0), *c.latency_cycles) << "latency";
  }
  if (c.ii_cycles) {
    ASSERT_GE(last.size(), 4U) << "too few samples to see a steady state";
    // The first samples fill the stores; from then on every one takes the same.
    for (size_t s = 3; s < last.size(); ++s) {
      ASSERT_EQ(last[s] - last[s - 1], *c.ii_cycles) << "initiation interval at sample " << s;
    }
  }
}

void run_once(const std::vector<CellCase>& cases, const sim::VerilatedModel& model,
              const sim::ModelSource& source, sim::RunRequest request, sim::Stall stall) {
  request.stall = stall;
  const sim::RunResult result = sim::run_model(model, source, request);
  for (const std::string& message : result.assertions) ADD_FAILURE() << "assertion: " << message;
  EXPECT_FALSE(result.timed_out) << "some beats never came";
  ASSERT_EQ(result.channels.size(), cases.size());
  for (size_t i = 0; i < cases.size(); ++i) {
    SCOPED_TRACE(fmt::format("channel {}: {}", i, cases[i].describe()));
    compare(cases[i], result.channels[i]);
    if (testing::Test::HasFatalFailure()) return;
    if (stall == sim::Stall::kNone) check_cycles(cases[i], result.channels[i]);
    if (testing::Test::HasFatalFailure()) return;
  }
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
  std::string name = (fs::temp_directory_path() / "mase-cells-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder: " + name);
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() { fs::remove_all(path_); }

fs::path cell_folder() { return fs::path(MASE_SOURCE_DIR) / "rtl"; }

std::string CellCase::describe() const {
  std::string text = cell;
  for (const auto& [name, value] : parameters) text += fmt::format(" {}={}", name, value);
  return text;
}

Wide raw_bits(Wide q, int width_bits) {
  return width_bits >= 128 ? q : q & ((Wide{1} << width_bits) - 1);
}

std::vector<fs::path> cell_files() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(cell_folder())) {
    if (entry.path().extension() == ".sv") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string memory_text(const std::vector<Beat>& words, int width_bits) {
  std::string text;
  for (const Beat& word : words) {
    const int bits = static_cast<int>(word.size()) * width_bits;
    std::vector<uint32_t> packed(words_of(bits), 0);
    for (size_t lane = 0; lane < word.size(); ++lane) {
      put_bits(packed.data(), static_cast<int>(lane) * width_bits, width_bits, word[lane]);
    }
    for (int digit = (bits + 3) / 4 - 1; digit >= 0; --digit) {
      text += fmt::format("{:x}", (packed[digit / 8] >> (digit % 8 * 4)) & 15U);
    }
    text += '\n';
  }
  return text;
}

std::string bench_top(const std::vector<CellCase>& cases) {
  int in_bits = 0, out_bits = 0;
  std::string body;
  for (size_t i = 0; i < cases.size(); ++i) {
    const CellCase& c = cases[i];
    const int in = c.in_lanes * c.in_width, out = c.out_lanes * c.out_width;
    body += fmt::format("  // {}\n", c.describe());
    if (c.body.empty()) {
      body += fmt::format("  {} #(", c.cell);
      const char* comma = "";
      for (const auto& [name, value] : c.parameters) {
        body += fmt::format("{}.{}({})", comma, name, value);
        comma = ", ";
      }
      for (const auto& [name, text] : c.memory_files) {
        body += fmt::format("{}.{}(\"{}\")", comma, name, memory_name(i, name));
        comma = ", ";
      }
      body += fmt::format(
          ") u_c{0} (\n    .clk_i, .rst_ni, .in_valid_i(in_valid_i[{0}]), "
          ".in_ready_o(in_ready_o[{0}]),\n"
          "    .in_data_i(in_data_i[{1} +: {2}]), .out_valid_o(out_valid_o[{0}]),\n"
          "    .out_ready_i(out_ready_i[{0}]), .out_data_o(out_data_o[{3} +: {4}])\n  );\n",
          i, in_bits, in, out_bits, out);
    } else {
      body += fmt::format(
          "  if (1) begin : gen_c{0}\n    logic in_valid, ready, out_valid, out_ready;\n"
          "    logic [{2}-1:0] in_data;\n    logic [{4}-1:0] out_data;\n"
          "    assign in_valid = in_valid_i[{0}];\n    assign in_data = in_data_i[{1} +: {2}];\n"
          "    assign out_ready = out_ready_i[{0}];\n    assign in_ready_o[{0}] = ready;\n"
          "    assign out_valid_o[{0}] = out_valid;\n    assign out_data_o[{3} +: {4}] = "
          "out_data;\n{5}  end\n",
          i, in_bits, in, out_bits, out, c.body);
    }
    in_bits += in;
    out_bits += out;
  }
  return fmt::format(
      "// SPDX-License-Identifier: Apache-2.0\nmodule cell_bench (\n  input  logic clk_i,\n  input "
      " logic rst_ni,\n"
      "  input  logic [{0}-1:0] in_valid_i,\n  output logic [{0}-1:0] in_ready_o,\n"
      "  input  logic [{1}-1:0] in_data_i,\n  output logic [{0}-1:0] out_valid_o,\n"
      "  input  logic [{0}-1:0] out_ready_i,\n  output logic [{2}-1:0] "
      "out_data_o\n);\n{3}endmodule\n",
      cases.size(), in_bits, out_bits, body);
}

void write_bench(const std::vector<CellCase>& cases, const fs::path& folder) {
  write_file(folder / "cell_bench.sv", bench_top(cases));
  for (size_t i = 0; i < cases.size(); ++i) {
    for (const auto& [name, text] : cases[i].memory_files)
      write_file(folder / memory_name(i, name), text);
  }
}

void run_bench(const std::vector<CellCase>& cases, const std::vector<fs::path>& files,
               const fs::path& folder, uint64_t seed) {
  sim::ModelSource source;
  source.top = "cell_bench";
  source.files = files;
  source.include_dirs = {cell_folder()};
  sim::RunRequest request;
  request.working_directory = folder;
  request.seed = seed;
  for (const CellCase& c : cases) {
    const int bits = c.in_lanes * c.in_width;
    source.channels.push_back({bits, c.out_lanes * c.out_width});
    sim::ChannelInput input;
    input.in_beats = static_cast<int64_t>(c.inputs.size());
    input.out_beats = static_cast<int64_t>(c.expected.size());
    input.words.assign(c.inputs.size() * words_of(bits), 0);
    for (size_t beat = 0; beat < c.inputs.size(); ++beat) {
      for (int lane = 0; lane < c.in_lanes; ++lane) {
        put_bits(&input.words[beat * words_of(bits)], lane * c.in_width, c.in_width,
                 c.inputs[beat][lane]);
      }
    }
    request.channels.push_back(std::move(input));
  }
  const sim::VerilatedModel model = sim::build_model(source);
  const std::pair<sim::Stall, const char*> stalls[] = {
      {sim::Stall::kNone, "none"}, {sim::Stall::kRandom, "random"}, {sim::Stall::kWorst, "worst"}};
  for (const auto& [stall, name] : stalls) {
    SCOPED_TRACE(fmt::format("stall {} seed {}", name, seed));
    run_once(cases, model, source, request, stall);
    if (testing::Test::HasFatalFailure()) return;
  }
}

void run_cases(const std::vector<CellCase>& cases, uint64_t seed) {
  const TemporaryFolder folder;
  write_bench(cases, folder.path());
  std::vector<fs::path> files = cell_files();
  files.push_back(folder.path() / "cell_bench.sv");
  run_bench(cases, files, folder.path(), seed);
}

}  // namespace mase::rtl_test
