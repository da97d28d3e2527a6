// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <xrt/xrt_device.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>

enum xclBOSyncDirection { XCL_BO_SYNC_BO_TO_DEVICE = 0, XCL_BO_SYNC_BO_FROM_DEVICE };

namespace xrt {

/// Host and card see different bytes until they are synchronised. XRT_STAND_IN_OFFSET moves every
/// buffer by some bytes.
class bo {
 public:
  bo(const device&, size_t bytes, int) : here_(bytes), card_(std::make_shared<std::string>()) {
    card_->resize(bytes);
  }
  void write(const void* data) { std::memcpy(here_.data(), data, here_.size()); }
  void read(void* data) { std::memcpy(data, here_.data(), here_.size()); }
  void sync(xclBOSyncDirection direction) {
    if (direction == XCL_BO_SYNC_BO_TO_DEVICE) {
      std::memcpy(card_->data(), here_.data(), here_.size());
    } else {
      std::memcpy(here_.data(), card_->data(), here_.size());
    }
  }
  std::string& card() const { return *card_; }
  uint64_t address() const {
    const char* offset = std::getenv("XRT_STAND_IN_OFFSET");
    return 0x4000 + (offset ? std::strtoull(offset, nullptr, 10) : 0);
  }

 private:
  std::vector<char> here_;
  std::shared_ptr<std::string> card_;
};

}  // namespace xrt
