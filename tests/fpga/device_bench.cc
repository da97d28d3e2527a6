// SPDX-License-Identifier: Apache-2.0
#include "tests/fpga/device_bench.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "fpga/kernel/axi_buses.h"
#include "fpga/kernel/register_map.h"
#include "gen/base/file.h"

namespace mase::fpga {

namespace {

namespace fs = std::filesystem;

enum Operation : uint8_t { kWrite, kRead, kLiteWrite, kLiteRead, kWait, kSet };

std::string bench_top(const Device& device) {
  const bool jtag = device.options.host == DeviceHost::kJtag;
  const int bits = jtag ? 32 : kDeviceWordBits, id = jtag ? 1 : kXdmaIdBits;
  const int addr = jtag ? 32 : 64;
  const Bus bus = axi4_bus(addr, bits, id), lite = lite_bus(32);
  std::string text = fmt::format(
      "module bench (input logic clk_i, input logic rst_ni,\n"
      "  input logic in_valid_i, output logic in_ready_o, input logic [{}:0] in_data_i,\n"
      "  output logic out_valid_o, input logic out_ready_i, output logic [{}:0] out_data_o);\n",
      bits + bits / 8 + 47, bits + 31);
  text += bus_nets("s_", bus) + bus_nets("l_", lite) + "  logic interrupt, rst_n;\n";
  text += "  mase_reset_sync u_reset (.clk_i(clk_i), .good_i(rst_ni), .rst_no(rst_n));\n";
  text += fmt::format(
      "  device_host #(.DataBits({}), .AddrBits({}), .IdBits({})) u_host (\n"
      "    .clk_i(clk_i), .rst_ni(rst_n), .in_valid_i(in_valid_i), .in_ready_o(in_ready_o),\n"
      "    .in_data_i(in_data_i), .out_valid_o(out_valid_o), .out_ready_i(out_ready_i),\n"
      "    .out_data_o(out_data_o), .interrupt_i(interrupt)",
      bits, addr, id);
  text += bus_connections("", "s_", bus, PortStyle::kMaster) +
          bus_connections("lite_", "l_", lite, PortStyle::kMaster) + ");\n";
  text += fmt::format("  {} u_fabric (.clk_i(clk_i), .rst_ni(rst_n), .interrupt_o(interrupt)",
                      device.fabric) +
          bus_connections("s_axi_", "s_", bus);
  if (!jtag) return text + bus_connections("s_lite_", "l_", lite) + ");\nendmodule\n";
  return text +
         ");\n  assign {l_awready, l_wready, l_bvalid, l_bresp, l_arready, l_rvalid, l_rdata,\n"
         "          l_rresp} = '0;\nendmodule\n";
}

}  // namespace

void DeviceProgram::add(uint8_t op, uint32_t addr, int beats, uint64_t strobes,
                        const std::vector<uint8_t>& data) {
  std::vector<uint32_t> command(static_cast<size_t>(bits_ + word_bytes() + 48 + 31) / 32);
  size_t at = 0;
  const auto put = [&](uint64_t value, int bits) {
    for (int b = 0; b < bits; ++b, ++at)
      command[at / 32] |= static_cast<uint32_t>(value >> b & 1) << (at % 32);
  };
  for (int b = 0; b < word_bytes(); ++b)
    put(static_cast<size_t>(b) < data.size() ? data[static_cast<size_t>(b)] : 0, 8);
  put(strobes, word_bytes());
  put(static_cast<uint64_t>(beats - 1), 8);
  put(addr, 32);
  put(op, 8);
  words_.insert(words_.end(), command.begin(), command.end());
  ++commands_;
}

size_t DeviceProgram::write_burst(uint64_t addr, int beats, const std::vector<uint8_t>& bytes,
                                  uint64_t strobes) {
  for (int beat = 0; beat < beats; ++beat) {
    const auto from = std::min(bytes.size(), static_cast<size_t>(beat * word_bytes()));
    const auto to = std::min(bytes.size(), from + static_cast<size_t>(word_bytes()));
    add(kWrite, static_cast<uint32_t>(addr), beats, strobes,
        {bytes.begin() + static_cast<ptrdiff_t>(from), bytes.begin() + static_cast<ptrdiff_t>(to)});
  }
  return answers_++;
}

size_t DeviceProgram::read_burst(uint64_t addr, int beats) {
  add(kRead, static_cast<uint32_t>(addr), beats, 0, {});
  answers_ += static_cast<size_t>(beats);
  return answers_ - static_cast<size_t>(beats);
}

std::vector<size_t> DeviceProgram::write(uint64_t addr, const std::vector<uint8_t>& bytes) {
  const auto word = static_cast<uint64_t>(word_bytes());
  const uint64_t all = word == 64 ? ~uint64_t{0} : (uint64_t{1} << word) - 1;
  std::vector<size_t> places;
  size_t done = 0;
  while (done < bytes.size()) {
    const uint64_t at = addr + done, low = at % word;
    if (low != 0 || bytes.size() - done < word) {  // a part of a word
      const size_t count = std::min<size_t>(word - low, bytes.size() - done);
      std::vector<uint8_t> data(low, 0xEE);
      for (size_t i = 0; i < count; ++i) data.push_back(bytes[done + i]);
      const uint64_t ones = count == 64 ? all : (uint64_t{1} << count) - 1;
      places.push_back(write_burst(at - low, 1, data, (ones << low) & all));
      done += count;
      continue;
    }
    const uint64_t most = std::min<uint64_t>((4096 - at % 4096) / word, 256);
    const uint64_t beats = std::min<uint64_t>((bytes.size() - done) / word, most);
    const auto from = bytes.begin() + static_cast<ptrdiff_t>(done);
    places.push_back(write_burst(at, static_cast<int>(beats),
                                 {from, from + static_cast<ptrdiff_t>(beats * word)}, all));
    done += beats * word;
  }
  return places;
}

size_t DeviceProgram::read(uint64_t addr, size_t count) {
  const auto word = static_cast<uint64_t>(word_bytes());
  const size_t first = answers_;
  uint64_t at = addr - addr % word;
  while (at < addr + count) {
    const uint64_t most = std::min<uint64_t>((4096 - at % 4096) / word, 256);
    const uint64_t beats = std::min<uint64_t>((addr + count - at + word - 1) / word, most);
    read_burst(at, static_cast<int>(beats));
    at += beats * word;
  }
  return first;
}

size_t DeviceProgram::write_register(uint32_t offset, uint32_t value) {
  std::vector<uint8_t> data;
  for (int b = 0; b < 4; ++b) data.push_back(static_cast<uint8_t>(value >> (8 * b)));
  if (host_ == DeviceHost::kJtag) return write_burst(offset, 1, data, 15);
  add(kLiteWrite, offset, 1, 15, data);
  return answers_++;
}

size_t DeviceProgram::read_register(uint32_t offset) {
  if (host_ == DeviceHost::kJtag) return read_burst(offset, 1);
  add(kLiteRead, offset, 1, 0, {});
  return answers_++;
}

size_t DeviceProgram::wait(uint32_t at_most_cycles) {
  std::vector<uint8_t> data;
  for (int b = 0; b < 4; ++b) data.push_back(static_cast<uint8_t>(at_most_cycles >> (8 * b)));
  add(kWait, 0, 1, 0, data);
  return answers_++;
}

void DeviceProgram::behave(int gap, int size, int burst) {
  add(kSet, 0, 1, 0, {static_cast<uint8_t>(size << 2 | burst), static_cast<uint8_t>(gap)});
}

void DeviceProgram::start(uint64_t in, uint64_t out, uint32_t samples) {
  const auto offset = [](const char* name) {
    return static_cast<uint32_t>(kernel_register(name).offset_bytes);
  };
  write_register64(offset("samples_in"), in);
  write_register64(offset("samples_out"), out);
  write_register(offset("sample_count"), samples);
  write_register(offset("GIER"), 1);
  write_register(offset("IP_IER"), 1);
  write_register(offset("CTRL"), 1);
}

std::vector<uint8_t> DeviceRun::bytes(size_t first, uint64_t addr, size_t count) const {
  const size_t word = answers.at(first).data.size();
  std::vector<uint8_t> result;
  for (size_t i = addr % word; i < addr % word + count; ++i)
    result.push_back(answers.at(first + i / word).data[i % word]);
  return result;
}

DeviceBench::DeviceBench(const std::vector<std::pair<std::string, std::string>>& core,
                         const Device& device) {
  std::set<fs::path> files;
  const auto put = [&](const std::string& path, const std::string& text) {
    write_file(folder_ / path, text);
    // The top needs the vendor's cells.
    if (path.ends_with(".sv") && path != device.name + ".sv") files.insert(folder_ / path);
  };
  for (const auto& [path, text] : core) put(path, text);
  for (const auto& [path, text] : device.files) put(path, text);
  put("device_host.sv", read_file(fs::path(MASE_SOURCE_DIR) / "tests/fpga/device_host.sv"));
  put("bench.sv", bench_top(device));
  source_.top = "bench";
  source_.files.assign(files.begin(), files.end());
  source_.include_dirs = {folder_ / "rtl"};
  const int bits = device.options.host == DeviceHost::kJtag ? 32 : kDeviceWordBits;
  source_.channels = {{bits + bits / 8 + 48, bits + 32}};
  model_ = sim::build_model(source_);
}

DeviceRun DeviceBench::run(const DeviceProgram& program, sim::Stall stall) const {
  sim::RunRequest request;
  request.channels = {
      {program.words(), program.commands(), static_cast<int64_t>(program.answers())}};
  request.stall = stall;
  request.working_directory = folder_.path();
  const sim::RunResult result = sim::run_model(model_, source_, request);
  DeviceRun run{.assertions = result.assertions, .timed_out = result.timed_out};
  const auto& words = result.channels[0].words;
  const size_t data = static_cast<size_t>(program.bits()) / 32;
  for (size_t i = 0; i + data < words.size(); i += data + 1) {
    DeviceAnswer answer;
    for (size_t w = 0; w < data; ++w) {
      for (int b = 0; b < 4; ++b)
        answer.data.push_back(static_cast<uint8_t>(words[i + w] >> (8 * b)));
    }
    answer.response = static_cast<int>(words[i + data] & 3);
    answer.last = words[i + data] >> 2 & 1;
    run.answers.push_back(answer);
  }
  return run;
}

}  // namespace mase::fpga
