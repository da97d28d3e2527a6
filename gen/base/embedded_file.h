// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string_view>

namespace mase {

/// A text file that was put into the program at build time by mase_embed (cmake/MaseEmbed.cmake).
struct EmbeddedFile {
  std::string_view name;  ///< without its folder
  std::string_view content;
};

}  // namespace mase
