// SPDX-License-Identifier: Apache-2.0
#include "sw/train/storage_type.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

namespace mase::train {

namespace {

static_assert(std::endian::native == std::endian::little, "checkpoints are little-endian");

template <class T>
double read_as(const char* at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  return static_cast<double>(value);
}

template <class T>
void append_as(std::string& to, double number) {
  const auto value = static_cast<T>(number);
  to.append(reinterpret_cast<const char*>(&value), sizeof value);
}

/// IEEE binary16: 1 sign, 5 exponent, 10 fraction bits.
double read_half(const char* at) {
  uint16_t bits;
  std::memcpy(&bits, at, sizeof bits);
  const int exponent = (bits >> 10) & 31;
  const int fraction = bits & 1023;
  double value;
  if (exponent == 31) {
    value = fraction != 0 ? NAN : INFINITY;
  } else if (exponent == 0) {
    value = std::ldexp(fraction, -24);
  } else {
    value = std::ldexp(1024 + fraction, exponent - 25);
  }
  return (bits & 0x8000) != 0 ? -value : value;
}

/// The upper half of a float32.
double read_bfloat16(const char* at) {
  uint16_t bits;
  std::memcpy(&bits, at, sizeof bits);
  return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
}

/// Half types are read, never written: what we write is as wide as what we computed with.
constexpr StorageType kTypes[] = {
    {"FloatStorage", 4, read_as<float>, append_as<float>},
    {"DoubleStorage", 8, read_as<double>, append_as<double>},
    {"LongStorage", 8, read_as<int64_t>, append_as<int64_t>},
    {"IntStorage", 4, read_as<int32_t>, append_as<int32_t>},
    {"ShortStorage", 2, read_as<int16_t>, append_as<int16_t>},
    {"CharStorage", 1, read_as<int8_t>, append_as<int8_t>},
    {"ByteStorage", 1, read_as<uint8_t>, append_as<uint8_t>},
    {"BoolStorage", 1, read_as<uint8_t>, append_as<uint8_t>},
    {"HalfStorage", 2, read_half, nullptr},
    {"BFloat16Storage", 2, read_bfloat16, nullptr},
};

}  // namespace

const StorageType* find_storage_type(std::string_view name) {
  const auto* at = std::find_if(std::begin(kTypes), std::end(kTypes),
                                [&](const StorageType& type) { return type.name == name; });
  return at == std::end(kTypes) ? nullptr : at;
}

}  // namespace mase::train
