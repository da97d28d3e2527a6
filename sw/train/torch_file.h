// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "sw/train/pickle.h"

namespace mase::train {

/// What torch.save wrote, or what we did: a zip archive with data.pkl and one entry a storage.
struct TorchFile {
  Ref root;
  std::vector<std::string> skipped;  ///< classes whose objects were not read
};

/// Errors: UserError B001/B002; C010 (no zip archive, truncated, legacy format); C012 (pickle).
TorchFile read_torch_file(const std::filesystem::path& path);

/// Atomic; equal values give equal bytes. Python's torch.load reads it. Errors: UserError B003.
void write_torch_file(const Ref& root, const std::filesystem::path& path);

}  // namespace mase::train
