// SPDX-License-Identifier: Apache-2.0
// What mase-gen and a verilated model's process tell each other: two binary files in a private
// folder. Compiled into both; both run on one machine, so numbers are in its byte order.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace mase::sim {

inline constexpr uint64_t kRequestMagic = 0x3154535145534d01, kResponseMagic = 0x3150534552534d01;

/// Exit status of a model's process that met an unreadable $readmemh file.
inline constexpr int kMemoryFileExit = 40;
/// Exit status for a request that the model was not built for.
inline constexpr int kBadRequestExit = 41;

class MessageWriter {
 public:
  void number(uint64_t value) { raw(&value, sizeof value); }
  void text(const std::string& value) {
    number(value.size());
    raw(value.data(), value.size());
  }
  template <class T>
  void array(const std::vector<T>& values) {
    number(values.size());
    raw(values.data(), values.size() * sizeof(T));
  }
  const std::vector<char>& bytes() const { return bytes_; }

 private:
  void raw(const void* data, size_t size) {
    const char* begin = static_cast<const char*>(data);
    bytes_.insert(bytes_.end(), begin, begin + size);
  }
  std::vector<char> bytes_;
};

/// Reads what MessageWriter wrote; after anything that does not fit, good() is false and values are
/// 0 or empty.
class MessageReader {
 public:
  MessageReader(const char* data, size_t size) : data_(data), size_(size) {}

  uint64_t number() {
    uint64_t value = 0;
    raw(&value, sizeof value);
    return value;
  }
  std::string text() {
    std::string value(count(1), '\0');
    raw(value.data(), value.size());
    return value;
  }
  template <class T>
  std::vector<T> array() {
    std::vector<T> values(count(sizeof(T)));
    raw(values.data(), values.size() * sizeof(T));
    return values;
  }
  bool good() const { return good_; }

 private:
  size_t count(size_t item_bytes) {
    const uint64_t value = number();
    if (value > (size_ - at_) / item_bytes) good_ = false;
    return good_ ? static_cast<size_t>(value) : 0;
  }
  void raw(void* to, size_t size) {
    if (size > size_ - at_) good_ = false;
    if (!good_ || size == 0) return;
    std::memcpy(to, data_ + at_, size);
    at_ += size;
  }
  const char* data_;
  size_t size_, at_ = 0;
  bool good_ = true;
};

}  // namespace mase::sim
