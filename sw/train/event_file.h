// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace mase::train {

/// Scalars for TensorBoard: one file events.out.tfevents.<seconds>.<host>.<process> in
/// `<directory>/lightning_logs/version_N`, N being the first that is free.
/// Format: TFRecord frames (length, masked CRC32C) around Event messages of
/// tensorflow/core/util/event.proto.
class EventFile {
 public:
  /// Errors: UserError B003 when the folder or the file cannot be written.
  explicit EventFile(const std::filesystem::path& directory);
  ~EventFile();
  EventFile(const EventFile&) = delete;
  EventFile& operator=(const EventFile&) = delete;

  void scalar(const std::string& tag, double value, int64_t step);
  /// Errors: UserError B003 (full disk).
  void flush();
  const std::filesystem::path& path() const { return path_; }

 private:
  struct Closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  void record(const std::string& message);
  std::filesystem::path path_;
  std::unique_ptr<std::FILE, Closer> file_;
};

/// CRC-32C (Castagnoli), as TFRecord masks it.
uint32_t masked_crc32c(std::string_view bytes);

}  // namespace mase::train
