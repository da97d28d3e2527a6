// SPDX-License-Identifier: Apache-2.0
#include "tests/fpga/kernel_bench.h"

#include <fmt/format.h>

#include <set>

#include "fpga/kernel/register_map.h"
#include "gen/base/file.h"

namespace mase::fpga {

namespace {

namespace fs = std::filesystem;

std::string connect(const std::string& prefix, const std::vector<std::string>& inputs,
                    const std::vector<std::string>& outputs) {
  // Inputs and outputs as the other side (memory or host) sees them.
  std::string text;
  for (const auto& name : inputs) text += fmt::format("    .{0}_i({1}_{0}),\n", name, prefix);
  for (const auto& name : outputs) text += fmt::format("    .{0}_o({1}_{0}),\n", name, prefix);
  return text;
}

std::string bench_top(const Kernel& kernel, const KernelBenchOptions& o) {
  const int bits = kernel.options.memory_bits;
  std::string text =
      "module bench (input logic clk_i, input logic rst_ni,\n"
      "  input logic in_valid_i, output logic in_ready_o, input logic [103:0] in_data_i,\n"
      "  output logic out_valid_o, input logic out_ready_i, output logic [63:0] out_data_o);\n";
  struct Net {
    const char* name;
    int width;
  };
  const Net memory[] = {
      {"awvalid", 1}, {"awready", 1}, {"awaddr", 64},  {"awlen", 8},    {"awsize", 3},
      {"awburst", 2}, {"wvalid", 1},  {"wready", 1},   {"wdata", bits}, {"wstrb", bits / 8},
      {"wlast", 1},   {"bvalid", 1},  {"bready", 1},   {"bresp", 2},    {"arvalid", 1},
      {"arready", 1}, {"araddr", 64}, {"arlen", 8},    {"arsize", 3},   {"arburst", 2},
      {"rvalid", 1},  {"rready", 1},  {"rdata", bits}, {"rlast", 1},    {"rresp", 2}};
  const Net control[] = {
      {"awvalid", 1}, {"awready", 1}, {"awaddr", 12}, {"wvalid", 1}, {"wready", 1},  {"wdata", 32},
      {"wstrb", 4},   {"bvalid", 1},  {"bready", 1},  {"bresp", 2},  {"arvalid", 1}, {"arready", 1},
      {"araddr", 12}, {"rvalid", 1},  {"rready", 1},  {"rdata", 32}, {"rresp", 2}};
  std::string ports;
  for (const Net& n : memory) {
    text += fmt::format("  logic [{}:0] m_{};\n", n.width - 1, n.name);
    ports += fmt::format("    .m_axi_gmem_{0}(m_{0}),\n", n.name);
  }
  for (const Net& n : control) {
    text += fmt::format("  logic [{}:0] s_{};\n", n.width - 1, n.name);
    ports += fmt::format("    .s_axi_control_{0}(s_{0}),\n", n.name);
  }
  text +=
      "  logic [3:0] awcache, arcache;\n  logic [2:0] awprot, arprot;\n"
      "  logic interrupt, poke;\n  logic [31:0] poke_addr, reads, writes, most_open;\n"
      "  logic [63:0] poke_data, peek_data;\n  logic [63:0] setting [16];\n";
  text += fmt::format(
      "  {} u_kernel (\n{}    .m_axi_gmem_awcache(awcache), .m_axi_gmem_arcache(arcache),\n"
      "    .m_axi_gmem_awprot(awprot), .m_axi_gmem_arprot(arprot),\n"
      "    .ap_clk(clk_i), .ap_rst_n(rst_ni), .interrupt(interrupt));\n",
      kernel.name, ports);
  text += fmt::format(
      "  axi_memory #(.DataBits({}), .SizeBytes({})) u_memory (\n{}"
      "    .clk_i, .rst_ni, .seed_i(setting[0]), .latency_i(setting[1][15:0]),\n"
      "    .jitter_i(setting[2][15:0]), .gap_i(setting[3][7:0]), .aw_after_w_i(setting[4][0]), "
      ".page_i(setting[9]),\n"
      "    .bad_low_i(setting[5]), .bad_high_i(setting[6]), .bad_read_i(setting[7][0]),\n"
      "    .bad_write_i(setting[7][1]), .poke_i(poke), .poke_addr_i(poke_addr),\n"
      "    .poke_data_i(poke_data), .peek_data_o(peek_data), .read_bursts_o(reads),\n"
      "    .write_bursts_o(writes), .most_open_o(most_open));\n",
      bits, o.size_bytes,
      connect("m",
              {"awvalid", "awaddr", "awlen", "awsize", "awburst", "wvalid", "wdata", "wstrb",
               "wlast", "bready", "arvalid", "araddr", "arlen", "arsize", "arburst", "rready"},
              {"awready", "wready", "bvalid", "bresp", "arready", "rvalid", "rdata", "rlast",
               "rresp"}));
  text += fmt::format(
      "  kernel_host u_host (\n{}    .clk_i, .rst_ni, .in_valid_i, .in_ready_o, .in_data_i,\n"
      "    .out_valid_o, .out_ready_i, .out_data_o, .interrupt_i(interrupt), .poke_o(poke),\n"
      "    .poke_addr_o(poke_addr), .poke_data_o(poke_data), .peek_data_i(peek_data),\n"
      "    .setting_o(setting), .read_bursts_i(reads), .write_bursts_i(writes),\n"
      "    .most_open_i(most_open));\nendmodule\n",
      connect("s", {"awready", "wready", "bvalid", "bresp", "arready", "rvalid", "rdata", "rresp"},
              {"awvalid", "awaddr", "wvalid", "wdata", "wstrb", "bready", "arvalid", "araddr",
               "rready"}));
  return text;
}

}  // namespace

size_t HostProgram::add(uint8_t op, uint32_t addr, uint64_t data) {
  words_.insert(words_.end(),
                {static_cast<uint32_t>(data), static_cast<uint32_t>(data >> 32), addr, op});
  return size() - 1;
}

void HostProgram::behave(const MemoryBehaviour& b) {
  const uint64_t settings[] = {b.seed,
                               static_cast<uint64_t>(b.latency_cycles),
                               static_cast<uint64_t>(b.jitter_mask),
                               static_cast<uint64_t>(b.gap),
                               b.aw_after_w,
                               b.bad_low,
                               b.bad_high,
                               static_cast<uint64_t>(b.bad_read) | uint64_t{b.bad_write} << 1,
                               static_cast<uint64_t>(b.host),
                               b.page_bytes};
  for (uint32_t i = 0; i < 10; ++i) add(5, i, settings[i]);
}

void HostProgram::poke_bytes(uint32_t addr, const std::vector<uint8_t>& bytes) {
  for (size_t at = 0; at < bytes.size(); at += 8) {
    uint64_t data = 0;
    for (size_t b = 0; b < 8 && at + b < bytes.size(); ++b)
      data |= uint64_t{bytes[at + b]} << (8 * b);
    poke(addr + static_cast<uint32_t>(at), data);
  }
}

size_t HostProgram::peek_bytes(uint32_t addr, size_t count) {
  const size_t first = size();
  for (size_t at = 0; at < count; at += 8) peek(addr + static_cast<uint32_t>(at));
  return first;
}

size_t HostProgram::run(uint64_t in_addr, uint64_t out_addr, uint32_t samples,
                        uint64_t at_most_cycles) {
  const auto offset = [](const char* name) {
    return static_cast<uint32_t>(kernel_register(name).offset_bytes);
  };
  write64(offset("samples_in"), in_addr);
  write64(offset("samples_out"), out_addr);
  write(offset("sample_count"), samples);
  write(offset("GIER"), 1);
  write(offset("IP_IER"), 1);
  write(offset("CTRL"), 1);
  const size_t came = wait(at_most_cycles);
  write(offset("IP_ISR"), 1);
  return came;
}

std::vector<uint8_t> HostAnswers::bytes(size_t first, size_t count) const {
  std::vector<uint8_t> result;
  for (size_t i = 0; i < count; ++i)
    result.push_back(static_cast<uint8_t>(values.at(first + i / 8) >> (8 * (i % 8))));
  return result;
}

KernelBench::KernelBench(const std::vector<std::pair<std::string, std::string>>& core,
                         const Kernel& kernel, const KernelBenchOptions& options) {
  std::set<fs::path> files;
  const auto put = [&](const std::string& path, const std::string& text) {
    write_file(folder_ / path, text);
    if (path.ends_with(".sv") || path.ends_with(".v")) files.insert(folder_ / path);
  };
  for (const auto& [path, text] : core) put(path, text);
  for (const auto& [path, text] : kernel.files) put(path, text);
  for (const char* name : {"axi_memory.sv", "kernel_host.sv"})
    put(name, read_file(fs::path(MASE_SOURCE_DIR) / "tests/fpga" / name));
  put("bench.sv", bench_top(kernel, options));
  source_.top = "bench";
  source_.files.assign(files.begin(), files.end());
  const fs::path cells = folder_ / "rtl";  // none where all lies in one folder
  source_.include_dirs = {fs::exists(cells) ? cells : folder_.path()};
  source_.channels = {{104, 64}};
  source_.systemc = options.systemc;
  model_ = sim::build_model(source_);
}

HostAnswers KernelBench::run(const HostProgram& program, uint64_t seed, sim::Stall stall) const {
  sim::RunRequest request;
  const auto count = static_cast<int64_t>(program.size());
  request.channels = {{program.words(), count, count}};
  request.stall = stall;
  request.seed = seed;
  request.working_directory = folder_.path();
  const sim::RunResult result = sim::run_model(model_, source_, request);
  HostAnswers answers;
  answers.assertions = result.assertions;
  answers.timed_out = result.timed_out;
  answers.cycles = result.cycles;
  const auto& words = result.channels[0].words;
  for (size_t i = 0; i + 1 < words.size(); i += 2)
    answers.values.push_back(words[i] | uint64_t{words[i + 1]} << 32);
  return answers;
}

}  // namespace mase::fpga
