// SPDX-License-Identifier: Apache-2.0
// Stand-in for XRT's native C++ headers, as far as fpga/host uses them. The "xclbin" is the file of
// results that the card answers with.
#pragma once
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace xrt {

struct uuid {
  std::string file;
};

class device {
 public:
  explicit device(unsigned) {}
  uuid load_xclbin(const std::string& file) { return {file}; }
};

}  // namespace xrt
