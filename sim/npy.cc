// SPDX-License-Identifier: Apache-2.0
#include "sim/npy.h"

#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

#include "gen/base/error.h"

namespace mase::sim {

namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::string_view kMagic = "\x93NUMPY";

class NpyReader {
 public:
  NpyReader(std::string_view bytes, const std::string& name) : bytes_(bytes), name_(name) {}

  Samples read() {
    const std::string_view header = read_header();
    const std::string_view type = value_after(header, "descr");
    if (value_after(header, "fortran_order").starts_with("True")) {
      fail("the array is in Fortran order", "save it with numpy.ascontiguousarray(array)");
    }
    shape(value_after(header, "shape"));
    if (type.starts_with("'<f4'")) return values<float>();
    if (type.starts_with("'<f8'")) return values<double>();
    if (type.starts_with("'<i4'")) return values<int32_t>();
    if (type.starts_with("'<i8'")) return values<int64_t>();
    const std::string shown(type.substr(0, type.find_first_of(",}")));
    if (type.starts_with("'>")) {
      fail(fmt::format("the array is big-endian ({})", shown), "save it with array.astype('<f8')");
    }
    fail(fmt::format("the array has the type {}; float32, float64, int32 and int64 can be read",
                     shown),
         "save it with array.astype('<f8')");
  }

 private:
  [[noreturn]] void fail(const std::string& what, const std::string& help) const {
    throw UserError("S012", fmt::format("{}: {}", name_, what), name_, help);
  }
  [[noreturn]] void fail_header(const std::string& what) const {
    fail(what, "write the file with numpy.save(file, array)");
  }

  std::string_view read_header() {
    if (!bytes_.starts_with(kMagic))
      fail_header("this is no NPY file: it does not begin with \\x93NUMPY");
    if (bytes_.size() < 12)
      fail_header(fmt::format("truncated: {} bytes are no NPY header", bytes_.size()));
    const auto major = static_cast<unsigned char>(bytes_[6]);
    if (major < 1 || major > 3)
      fail_header(fmt::format("NPY version {}; versions 1 to 3 can be read", major));
    const auto byte = [&](size_t i) {
      return static_cast<size_t>(static_cast<unsigned char>(bytes_[i]));
    };
    size_t size = byte(8) | byte(9) << 8, begin = 10;
    if (major > 1) {
      size |= byte(10) << 16 | byte(11) << 24;
      begin = 12;
    }
    if (size > bytes_.size() - begin) {
      fail_header(fmt::format("truncated: the header needs {} bytes, {} are left", size,
                              bytes_.size() - begin));
    }
    data_ = bytes_.substr(begin + size);
    return bytes_.substr(begin, size);
  }

  // The header is a Python dict of literals: {'descr': '<f8', 'fortran_order': False, 'shape': (3,
  // 2), }
  std::string_view value_after(std::string_view header, std::string_view key) const {
    const std::string quoted = fmt::format("'{}':", key);
    const size_t at = header.find(quoted);
    if (at == std::string_view::npos) fail_header(fmt::format("its header has no '{}'", key));
    header.remove_prefix(at + quoted.size());
    header.remove_prefix(std::min(header.find_first_not_of(' '), header.size()));
    return header;
  }

  void shape(std::string_view text) {
    const std::string shown(text.substr(0, text.find(')') + 1));
    const auto wrong = [&] {
      fail(fmt::format("the array has the shape {}; samples are rows x columns",
                       shown.empty() ? "?" : shown),
           "save it with array.reshape(len(array), -1)");
    };
    std::vector<int64_t> sizes;
    if (!text.starts_with('(')) wrong();
    text.remove_prefix(1);
    while (!text.empty() && text[0] != ')') {
      int64_t size = 0;
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
      if (error != std::errc{} || size < 0) wrong();
      sizes.push_back(size);
      text.remove_prefix(static_cast<size_t>(end - text.data()));
      while (!text.empty() && (text[0] == ',' || text[0] == ' ')) text.remove_prefix(1);
    }
    if (sizes.empty() || sizes.size() > 2) wrong();
    samples_.rows = sizes[0];
    samples_.columns = sizes.size() == 2 ? sizes[1] : 1;
    if (samples_.rows == 0 || samples_.columns == 0) wrong();
    if (samples_.rows > std::numeric_limits<int64_t>::max() / 8 / samples_.columns) wrong();
  }

  template <class Value>
  Samples values() {
    const auto count = static_cast<size_t>(samples_.rows * samples_.columns);
    if (data_.size() < count * sizeof(Value)) {
      fail_header(fmt::format("truncated: {} x {} values need {} bytes, {} are left", samples_.rows,
                              samples_.columns, count * sizeof(Value), data_.size()));
    }
    samples_.values.resize(count);
    for (size_t i = 0; i < count; ++i) {
      Value value;
      std::memcpy(&value, data_.data() + i * sizeof(Value), sizeof(Value));
      const auto number = static_cast<double>(value);
      if constexpr (std::is_floating_point_v<Value>) {
        if (std::isnan(number)) fail_value(i, "NaN is not a value that hardware can take");
      } else {
        constexpr int64_t kExact = int64_t{1} << 53;
        if (value > kExact || value < -kExact)
          fail_value(i, fmt::format("{} needs more than float64", value));
      }
      samples_.values[i] = number;
    }
    return std::move(samples_);
  }

  [[noreturn]] void fail_value(size_t index, const std::string& what) const {
    const auto columns = static_cast<size_t>(samples_.columns);
    throw UserError("S013",
                    fmt::format("{}: row {}, column {}: {}", name_, index / columns + 1,
                                index % columns + 1, what),
                    name_, "correct or remove this sample");
  }

  std::string_view bytes_, data_;
  const std::string& name_;
  Samples samples_;
};

}  // namespace

Samples parse_npy(std::string_view bytes, const std::string& name) {
  return NpyReader(bytes, name).read();
}

std::string format_npy(const Samples& samples) {
  std::string header =
      fmt::format("{{'descr': '<f8', 'fortran_order': False, 'shape': ({}, {}), }}", samples.rows,
                  samples.columns);
  constexpr size_t kPreamble = 10, kAlignment = 64;
  header.append(kAlignment - 1 - (kPreamble + header.size()) % kAlignment, ' ');
  header += '\n';
  std::string bytes(kMagic);
  bytes += '\x01';
  bytes += '\0';
  bytes += static_cast<char>(header.size() & 0xff);
  bytes += static_cast<char>(header.size() >> 8);
  bytes += header;
  const size_t begin = bytes.size();
  bytes.resize(begin + samples.values.size() * sizeof(double));
  std::memcpy(bytes.data() + begin, samples.values.data(), samples.values.size() * sizeof(double));
  return bytes;
}

}  // namespace mase::sim
