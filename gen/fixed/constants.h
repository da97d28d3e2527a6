// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <utility>
#include <vector>

namespace mase::fixed {

/// A list of constants that is never changed, so that copies share it: a copy costs nothing, and
/// equal identity() means equal numbers.
class Constants {
 public:
  Constants() = default;
  Constants(std::vector<int64_t> values)  // NOLINT: a vector is what it stands for
      : values_(values.empty() ? nullptr
                               : std::make_shared<const std::vector<int64_t>>(std::move(values))) {}
  Constants(std::initializer_list<int64_t> values) : Constants(std::vector<int64_t>(values)) {}

  const int64_t* data() const { return values_ ? values_->data() : nullptr; }
  size_t size() const { return values_ ? values_->size() : 0; }
  bool empty() const { return values_ == nullptr; }
  const int64_t* begin() const { return data(); }
  const int64_t* end() const { return data() + size(); }
  int64_t operator[](size_t i) const { return (*values_)[i]; }

  /// Of no other list while this one lives; null for the empty one.
  const void* identity() const { return values_.get(); }

  friend bool operator==(const Constants& a, const Constants& b) {
    return a.values_ == b.values_ || (a.values_ && b.values_ && *a.values_ == *b.values_);
  }

 private:
  std::shared_ptr<const std::vector<int64_t>> values_;
};

}  // namespace mase::fixed
