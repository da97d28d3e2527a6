// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "fpga/kernel/device_top.h"
#include "sim/verilated_model.h"
#include "tests/fpga/kernel_cases.h"
#include "tests/support/temp_dir.h"

namespace mase::fpga {

/// What the host of a device does, burst by burst.
class DeviceProgram {
 public:
  explicit DeviceProgram(DeviceHost host)
      : bits_(host == DeviceHost::kJtag ? 32 : kDeviceWordBits), host_(host) {}

  int word_bytes() const { return bits_ / 8; }
  /// Bytes from any address on, in bursts; the places of their responses.
  std::vector<size_t> write(uint64_t addr, const std::vector<uint8_t>& bytes);
  /// The place of the first word's answer; one answer a word from the word of `addr` on.
  size_t read(uint64_t addr, size_t count);
  /// One burst as it is; the place of its (first) answer.
  size_t write_burst(uint64_t addr, int beats, const std::vector<uint8_t>& bytes, uint64_t strobes);
  size_t read_burst(uint64_t addr, int beats);
  size_t write_register(uint32_t offset, uint32_t value);
  size_t write_register64(uint32_t offset, uint64_t value) {
    write_register(offset, static_cast<uint32_t>(value));
    return write_register(offset + 4, static_cast<uint32_t>(value >> 32));
  }
  size_t read_register(uint32_t offset);
  size_t wait(uint32_t at_most_cycles);  ///< for the interrupt: 1 when it came
  /// Chance of 256 that valid and ready are withheld; AxSIZE and AxBURST of the bursts to come.
  void behave(int gap, int size, int burst);
  void behave(int gap) { behave(gap, bits_ == 32 ? 2 : 6, 1); }

  /// Arguments, interrupt on, start.
  void start(uint64_t in, uint64_t out, uint32_t samples);

  const std::vector<uint32_t>& words() const { return words_; }
  int64_t commands() const { return commands_; }
  size_t answers() const { return answers_; }
  int bits() const { return bits_; }
  DeviceHost host() const { return host_; }

 private:
  void add(uint8_t op, uint32_t addr, int beats, uint64_t strobes,
           const std::vector<uint8_t>& data);
  int bits_;
  DeviceHost host_;
  std::vector<uint32_t> words_;
  int64_t commands_ = 0;
  size_t answers_ = 0;
};

struct DeviceAnswer {
  std::vector<uint8_t> data;
  int response = 0;
  bool last = false;
  uint32_t value() const {
    return data[0] | data[1] << 8 | data[2] << 16 | static_cast<uint32_t>(data[3]) << 24;
  }
};

struct DeviceRun {
  std::vector<DeviceAnswer> answers;
  std::vector<std::string> assertions;
  bool timed_out = false;
  /// `count` bytes from within the word at `first`.
  std::vector<uint8_t> bytes(size_t first, uint64_t addr, size_t count) const;
};

/// The fabric of a device with a stand-in for the vendor's host, verilated.
class DeviceBench {
 public:
  DeviceBench(const std::vector<std::pair<std::string, std::string>>& core, const Device& device);
  DeviceRun run(const DeviceProgram& program, sim::Stall stall = sim::Stall::kNone) const;

 private:
  test::TempDir folder_;
  sim::ModelSource source_;
  sim::VerilatedModel model_;
};

}  // namespace mase::fpga
