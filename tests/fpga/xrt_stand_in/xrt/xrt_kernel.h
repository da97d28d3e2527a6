// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <xrt/xrt_bo.h>

#include <stdexcept>

namespace xrt {

class run {
 public:
  int wait() { return 4; }
};

class kernel {
 public:
  kernel(const device&, const uuid& id, const std::string&) {
    std::ifstream stream(id.file, std::ios::binary);
    answer_.assign(std::istreambuf_iterator<char>(stream), {});
  }
  int group_id(int argument) const { return argument; }
  run operator()(const bo&, const bo& out, uint32_t) {
    if (answer_.size() != out.card().size())
      throw std::runtime_error("the answer has another size");
    out.card() = answer_;
    return {};
  }

 private:
  std::string answer_;
};

}  // namespace xrt
