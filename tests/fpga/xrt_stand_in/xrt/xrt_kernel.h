// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <xrt/xrt_bo.h>

#include <cstdlib>
#include <stdexcept>

enum ert_cmd_state {
  ERT_CMD_STATE_NEW = 1,
  ERT_CMD_STATE_QUEUED,
  ERT_CMD_STATE_RUNNING,
  ERT_CMD_STATE_COMPLETED,
  ERT_CMD_STATE_ERROR,
  ERT_CMD_STATE_ABORT
};

namespace xrt {

/// Every command ends in the state that XRT_STAND_IN_STATE names, completed without it.
class run {
 public:
  ert_cmd_state wait() {
    const char* state = std::getenv("XRT_STAND_IN_STATE");
    return state ? static_cast<ert_cmd_state>(std::atoi(state)) : ERT_CMD_STATE_COMPLETED;
  }
};

/// Writes its answer at every start; one with an empty answer writes nothing.

class kernel {
 public:
  kernel(const device&, const uuid& id, const std::string&) {
    std::ifstream stream(id.file, std::ios::binary);
    answer_.assign(std::istreambuf_iterator<char>(stream), {});
  }
  int group_id(int argument) const { return argument; }
  run operator()(const bo&, const bo& out, uint32_t) {
    if (answer_.empty()) return {};
    if (answer_.size() != out.card().size())
      throw std::runtime_error("the answer has another size");
    out.card() = answer_;
    return {};
  }

 private:
  std::string answer_;
};

}  // namespace xrt
