// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <xrt/xrt_bo.h>

#include <chrono>
#include <cstdlib>
#include <stdexcept>

enum ert_cmd_state {
  ERT_CMD_STATE_NEW = 1,
  ERT_CMD_STATE_QUEUED,
  ERT_CMD_STATE_RUNNING,
  ERT_CMD_STATE_COMPLETED,
  ERT_CMD_STATE_ERROR,
  ERT_CMD_STATE_ABORT,
  ERT_CMD_STATE_SUBMITTED,
  ERT_CMD_STATE_TIMEOUT
};

namespace xrt {

/// What XRT_STAND_IN names: "hang" (the kernel never ends), "read_error", "write_error",
/// "no_cycles", "no_registers" (nobody may read them); or nothing.
inline std::string trouble() {
  const char* text = std::getenv("XRT_STAND_IN");
  return text ? text : "";
}

/// Every command ends in the state that XRT_STAND_IN_STATE names, completed without it.
class run {
 public:
  ert_cmd_state wait(const std::chrono::milliseconds& most = std::chrono::milliseconds{0}) const {
    if (trouble() == "hang") {
      if (most.count() == 0) std::abort();  // XRT would wait forever
      return ERT_CMD_STATE_TIMEOUT;
    }
    const char* state = std::getenv("XRT_STAND_IN_STATE");
    return state ? static_cast<ert_cmd_state>(std::atoi(state)) : ERT_CMD_STATE_COMPLETED;
  }
};

/// Writes its answer at every start; one with an empty answer writes nothing. Its registers lie
/// where fpga/README.md has them, told here once more. A sample takes four cycles, a run 60 more.
class kernel {
 public:
  enum class cu_access_mode : uint8_t { exclusive = 0, shared = 1, none = 2 };

  kernel(const device&, const uuid& id, const std::string&,
         cu_access_mode mode = cu_access_mode::shared)
      : exclusive_(mode == cu_access_mode::exclusive) {
    std::ifstream stream(id.file, std::ios::binary);
    answer_.assign(std::istreambuf_iterator<char>(stream), {});
  }
  int group_id(int argument) const { return argument; }
  run operator()(const bo& in, const bo& out, uint32_t samples) {
    cycles_ = trouble() == "no_cycles" ? 0 : 60 + 4 * uint64_t{samples} + (uint64_t{1} << 32);
    status_ = in.address() % 64 != 0 || out.address() % 64 != 0 ? 4 : 0;
    if (status_ != 0) return {};
    reads_ = trouble() == "read_error" ? 17 : 0;
    writes_ = trouble() == "write_error" ? 3 : 0;
    status_ = (reads_ != 0 ? 1 : 0) | (writes_ != 0 ? 2 : 0);
    if (answer_.empty()) return {};
    if (answer_.size() != out.card().size())
      throw std::runtime_error("the answer has another size");
    out.card() = answer_;
    return {};
  }
  [[deprecated("Please use user-managed xrt::ip")]] uint32_t read_register(uint32_t offset) const {
    if (!exclusive_ || trouble() == "no_registers")
      throw std::runtime_error("Cannot read or write kernel with shared access");
    switch (offset) {
      case 0x28: return status_;
      case 0x2c: return reads_;
      case 0x30: return writes_;
      case 0x38: return static_cast<uint32_t>(cycles_);
      case 0x3c: return static_cast<uint32_t>(cycles_ >> 32);
      case 0x00: throw std::runtime_error("reading CTRL takes ap_done away from XRT");
      default: throw std::out_of_range("no status register");
    }
  }

 private:
  bool exclusive_;
  std::string answer_;
  uint32_t status_ = 0, reads_ = 0, writes_ = 0;
  uint64_t cycles_ = 0;
};

}  // namespace xrt
