// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace mase::train {

/// An element type of PyTorch's storages.
struct StorageType {
  std::string_view name;
  int64_t bytes;
  double (*read)(const char* at);  ///< one little-endian element
  void (*append)(std::string& to, double value);
};

/// By PyTorch's name ("FloatStorage"), or null.
const StorageType* find_storage_type(std::string_view name);

}  // namespace mase::train
