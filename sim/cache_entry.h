// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <functional>
#include <string>

namespace mase::sim {

/// One folder of the cache: `<parent>/<key>`, complete or absent. A manifest in it holds the size
/// and hash of its product, so that a damaged product is noticed and built again.
class CacheEntry {
 public:
  /// `product` is the file in the folder that the entry is for.
  CacheEntry(std::filesystem::path parent, std::string key, std::string product);

  std::filesystem::path folder() const { return parent_ / key_; }
  std::filesystem::path product() const { return folder() / product_; }

  /// Whether the entry is there, whole and undamaged.
  bool good() const;

  /// Makes the entry unless it is good; false when it was. `build` fills the folder that it is
  /// given, which becomes the entry by one rename; when it throws, nothing is left but its log.
  /// Only one process builds one entry at a time, the others wait for it. Errors: UserError S005
  /// when the cache cannot be written; whatever `build` throws.
  bool ensure(const std::function<void(const std::filesystem::path&)>& build) const;

  /// The log of the last failed build. Within `build`, the log is build.log in the folder given.
  std::filesystem::path failure_log() const { return parent_ / (key_ + ".failed.log"); }

 private:
  std::filesystem::path parent_;
  std::string key_, product_;
};

}  // namespace mase::sim
