// SPDX-License-Identifier: Apache-2.0
// What mase-gen and a verilated model's process tell each other: two binary files in a private
// folder. Compiled into both; both run on one machine, so numbers are in its byte order.
#pragma once
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

namespace mase::sim {

inline constexpr uint64_t kRequestMagic = 0x3154535145534d01, kResponseMagic = 0x3150534552534d01;

/// Exit status of a model's process that met an unreadable $readmemh file.
inline constexpr int kMemoryFileExit = 40;
/// Exit status for a request that the model was not built for.
inline constexpr int kBadRequestExit = 41;

/// Reserves and maps the memory in one go; a page fault per 4 KiB would cost more than the copy.
template <class T>
void reserve(std::vector<T>& values, size_t size) {
  constexpr uintptr_t kPage = 4096, kWorthIt = 16 * kPage;
  values.reserve(size);
#ifdef MADV_POPULATE_WRITE
  const auto begin = (reinterpret_cast<uintptr_t>(values.data()) + kPage - 1) / kPage * kPage;
  const auto end = reinterpret_cast<uintptr_t>(values.data() + size) / kPage * kPage;
  if (size * sizeof(T) >= kWorthIt) {
    ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_POPULATE_WRITE);  // only a hint
  }
#endif
}

/// Writes a message piece by piece; large arrays go to the file without a copy.
class MessageWriter {
 public:
  explicit MessageWriter(const char* path)
      : file_(std::fopen(path, "wb")), good_(file_ != nullptr) {}
  ~MessageWriter() { finish(); }
  MessageWriter(const MessageWriter&) = delete;
  MessageWriter& operator=(const MessageWriter&) = delete;

  void number(uint64_t value) { raw(&value, sizeof value); }
  void text(const std::string& value) { block(value.data(), value.size(), 1); }
  template <class T>
  void array(const std::vector<T>& values) {
    block(values.data(), values.size(), sizeof(T));
  }
  /// Closes the file; whether all of it was written.
  bool finish() {
    if (file_ && std::fclose(file_) != 0) good_ = false;
    file_ = nullptr;
    return good_;
  }

 private:
  // Everything starts at a multiple of 8 bytes, so that arrays can be read in place.
  void block(const void* data, size_t count, size_t item_bytes) {
    static constexpr char kZeros[8] = {};
    number(count);
    raw(data, count * item_bytes);
    raw(kZeros, -(count * item_bytes) % 8);
  }
  void raw(const void* data, size_t size) {
    if (good_ && size != 0) good_ = std::fwrite(data, 1, size, file_) == size;
  }
  std::FILE* file_;
  bool good_;
};

/// Items of an array in the memory of a MessageReader.
template <class T>
struct ArrayView {
  const T* data = nullptr;
  size_t size = 0;
};

/// Reads what MessageWriter wrote, mapped into memory. After anything that does not fit, good() is
/// false and all values are 0 or empty.
class MessageReader {
 public:
  explicit MessageReader(const char* path) {
    const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
    struct stat info {};
    if (fd >= 0 && ::fstat(fd, &info) == 0 && info.st_size > 0) {
      const auto size = static_cast<size_t>(info.st_size);
      void* map = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
      if (map != MAP_FAILED) {
        data_ = static_cast<const char*>(map);
        size_ = size;
      }
    }
    if (fd >= 0) ::close(fd);
    good_ = data_ != nullptr;
  }
  ~MessageReader() {
    if (data_) ::munmap(const_cast<char*>(data_), size_);
  }
  MessageReader(const MessageReader&) = delete;
  MessageReader& operator=(const MessageReader&) = delete;

  uint64_t number() {
    const char* at = take(sizeof(uint64_t));
    uint64_t value = 0;
    if (at) std::memcpy(&value, at, sizeof value);
    return value;
  }
  std::string text() {
    const auto view = this->view<char>();
    return std::string(view.data, view.size);
  }
  template <class T>
  std::vector<T> array() {
    const auto view = this->view<T>();
    std::vector<T> values;
    reserve(values, view.size);
    values.assign(view.data, view.data + view.size);
    return values;
  }
  /// Valid as long as the reader.
  template <class T>
  ArrayView<T> view() {
    const uint64_t count = number();
    if (count > (size_ - at_) / sizeof(T)) good_ = false;
    const size_t size = good_ ? static_cast<size_t>(count) * sizeof(T) : 0;
    const char* at = take((size + 7) / 8 * 8);
    if (!at) return {};
    return {reinterpret_cast<const T*>(at), static_cast<size_t>(count)};
  }
  bool good() const { return good_; }

 private:
  const char* take(size_t size) {
    if (size > size_ - at_) good_ = false;
    if (!good_) return nullptr;
    const char* at = data_ + at_;
    at_ += size;
    return at;
  }
  const char* data_ = nullptr;
  size_t size_ = 0, at_ = 0;
  bool good_ = false;
};

}  // namespace mase::sim
