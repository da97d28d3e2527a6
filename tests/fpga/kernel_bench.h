// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "fpga/kernel/kernel.h"
#include "sim/verilated_model.h"
#include "tests/support/temp_dir.h"

namespace mase::fpga {

/// How the memory and the host behave; tests/fpga/axi_memory.sv says what each means.
struct MemoryBehaviour {
  uint64_t seed = 1;
  int latency_cycles = 20;
  int jitter_mask = 0;  ///< of 2^n - 1
  int gap = 0;          ///< of 256
  bool aw_after_w = false;
  uint64_t bad_low = 0, bad_high = 0;  ///< SLVERR within
  bool bad_read = false, bad_write = false;
  uint64_t page_bytes = 4096;  ///< that no burst may cross
  int host = 0;  ///< bit 0: late answers; bits 5:4, 9:8: cycles before AWVALID, WVALID
};

/// What a host does, command by command; each has one answer.
class HostProgram {
 public:
  size_t poke(uint32_t addr, uint64_t data) { return add(0, addr, data); }  ///< 8 bytes
  size_t peek(uint32_t addr) { return add(1, addr, 0); }
  size_t write(uint32_t offset, uint32_t data, int strobe = 15) {
    return add(2, offset, data | static_cast<uint64_t>(strobe) << 32);
  }
  size_t write64(uint32_t offset, uint64_t data) {
    write(offset, static_cast<uint32_t>(data));
    return write(offset + 4, static_cast<uint32_t>(data >> 32));
  }
  size_t read(uint32_t offset) { return add(3, offset, 0); }
  size_t wait(uint64_t at_most_cycles) { return add(4, 0, at_most_cycles); }  ///< interrupt
  size_t stat(int index) { return add(6, static_cast<uint32_t>(index), 0); }
  void behave(const MemoryBehaviour& b);
  /// Bytes to memory from `addr`, a multiple of 8.
  void poke_bytes(uint32_t addr, const std::vector<uint8_t>& bytes);
  /// Reads them back: the place of the first answer; (count + 7) / 8 answers.
  size_t peek_bytes(uint32_t addr, size_t count);
  /// Arguments, interrupts on, start, wait for the interrupt, clear it: the place of the answer to
  /// wait (1: it came).
  size_t run(uint64_t in_addr, uint64_t out_addr, uint32_t samples, uint64_t at_most_cycles);

  const std::vector<uint32_t>& words() const { return words_; }
  size_t size() const { return words_.size() / 4; }

 private:
  size_t add(uint8_t op, uint32_t addr, uint64_t data);
  std::vector<uint32_t> words_;
};

enum Statistic { kReadBursts = 0, kWriteBursts = 1, kMostOpen = 2, kRunCycles = 3 };

struct HostAnswers {
  std::vector<uint64_t> values;
  std::vector<std::string> assertions;
  bool timed_out = false;
  int64_t cycles = 0;

  std::vector<uint8_t> bytes(size_t first, size_t count) const;
};

struct KernelBenchOptions {
  int size_bytes = 1 << 20;  ///< of the memory
  bool systemc = false;
};

/// A kernel between a host and a memory, verilated.
class KernelBench {
 public:
  /// `core`: path and text of the files of the core.
  KernelBench(const std::vector<std::pair<std::string, std::string>>& core, const Kernel& kernel,
              const KernelBenchOptions& options = {});

  HostAnswers run(const HostProgram& program, uint64_t seed,
                  sim::Stall stall = sim::Stall::kNone) const;

 private:
  test::TempDir folder_;
  sim::ModelSource source_;
  sim::VerilatedModel model_;
};

}  // namespace mase::fpga
