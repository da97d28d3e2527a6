// SPDX-License-Identifier: Apache-2.0
#include "sw/data/cache.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <fstream>

#include "gen/base/error.h"
#include "gen/base/file.h"

namespace mase::data {

namespace fs = std::filesystem;

namespace {

constexpr char kMagic[8] = {'M', 'A', 'S', 'E', 'D', 'S', '0', '1'};
constexpr size_t kTail = 1 << 20;

/// Followed by mean and deviation (doubles), then labels (int64) and features (float) of train and
/// of the hold-out parts.
struct Header {
  char magic[8];
  int64_t columns;
  int64_t train_rows, validation_rows, test_rows;  ///< test_rows 0: test is the validation part
  char checksum[32];                               ///< content_hash of everything after the header
};

size_t payload_size(const Header& h) {
  const size_t rows = static_cast<size_t>(h.train_rows + h.validation_rows + h.test_rows);
  return 2 * h.columns * sizeof(double) + rows * (sizeof(int64_t) + h.columns * sizeof(float));
}

template <class T>
void append(std::string& bytes, const T* data, size_t count) {
  bytes.append(reinterpret_cast<const char*>(data), count * sizeof(T));
}

class Mapping {
 public:
  Mapping(void* data, size_t size) : data_(data), size_(size) {}
  ~Mapping() { ::munmap(data_, size_); }
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;
  const char* data() const { return static_cast<const char*>(data_); }
  size_t size() const { return size_; }

 private:
  void* data_;
  size_t size_;
};

std::shared_ptr<const Mapping> map_file(const fs::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return nullptr;
  struct stat info {};
  void* data = MAP_FAILED;
  if (::fstat(fd, &info) == 0 && S_ISREG(info.st_mode) && info.st_size > 0) {
    data = ::mmap(nullptr, static_cast<size_t>(info.st_size), PROT_READ, MAP_PRIVATE, fd, 0);
  }
  ::close(fd);
  if (data == MAP_FAILED) return nullptr;
  return std::make_shared<const Mapping>(data, static_cast<size_t>(info.st_size));
}

}  // namespace

fs::path cache_path(const fs::path& source, const DatasetOptions& options) {
  std::error_code error;
  const auto size = fs::file_size(source, error);
  if (error)
    throw UserError("B002", fmt::format("cannot read {}: {}", source.string(), error.message()));
  const auto modified = fs::last_write_time(source, error).time_since_epoch().count();
  std::string key = fmt::format("{}|{}|{:a}|{:a}|{}|", size, modified, options.train_fraction,
                                options.test_fraction, options.split_seed);
  std::ifstream file(source, std::ios::binary);
  std::string part(std::min<size_t>(size, kTail), '\0');
  file.read(part.data(), static_cast<std::streamsize>(part.size()));
  key += part;
  if (size > kTail) {
    file.seekg(-static_cast<std::streamoff>(kTail), std::ios::end);
    file.read(part.data(), static_cast<std::streamsize>(part.size()));
    key += part;
  }
  if (!file) throw UserError("B002", fmt::format("cannot read {}", source.string()));
  return cache_directory() / "datasets" / fmt::format("jsc-{}.bin", content_hash(key));
}

void write_cache(const Dataset& dataset, const fs::path& path) {
  const bool shared = dataset.test.features == dataset.validation.features;
  Header header{};
  std::memcpy(header.magic, kMagic, sizeof kMagic);
  header.columns = dataset.features;
  header.train_rows = dataset.train.rows;
  header.validation_rows = dataset.validation.rows;
  header.test_rows = shared ? 0 : dataset.test.rows;
  std::string bytes;
  bytes.reserve(sizeof header + payload_size(header));
  append(bytes, &header, 1);
  append(bytes, dataset.mean.data(), dataset.mean.size());
  append(bytes, dataset.deviation.data(), dataset.deviation.size());
  for (const Split* part : {&dataset.train, &dataset.validation, &dataset.test}) {
    if (part == &dataset.test && shared) continue;
    append(bytes, part->labels, static_cast<size_t>(part->rows));
  }
  for (const Split* part : {&dataset.train, &dataset.validation, &dataset.test}) {
    if (part == &dataset.test && shared) continue;
    append(bytes, part->features, static_cast<size_t>(part->rows * part->columns));
  }
  const std::string hash = content_hash(std::string_view(bytes).substr(sizeof header));
  std::memcpy(bytes.data() + offsetof(Header, checksum), hash.data(), sizeof header.checksum);
  write_file(path, bytes);
}

std::optional<Dataset> read_cache(const fs::path& path) {
  const auto mapping = map_file(path);
  if (!mapping || mapping->size() < sizeof(Header)) return std::nullopt;
  Header header;
  std::memcpy(&header, mapping->data(), sizeof header);
  if (std::memcmp(header.magic, kMagic, sizeof kMagic) != 0 || header.columns <= 0 ||
      header.columns > 4096 || header.train_rows < 0 || header.validation_rows < 0 ||
      header.test_rows < 0) {
    return std::nullopt;
  }
  constexpr int64_t kMaxRows = int64_t{1} << 40;  // keeps the size computation from overflowing
  if (header.train_rows > kMaxRows || header.validation_rows > kMaxRows ||
      header.test_rows > kMaxRows)
    return std::nullopt;
  const std::string_view payload(mapping->data() + sizeof header, mapping->size() - sizeof header);
  if (payload.size() != payload_size(header)) return std::nullopt;
  if (content_hash(payload) != std::string_view(header.checksum, sizeof header.checksum))
    return std::nullopt;

  Dataset dataset;
  dataset.features = header.columns;
  const char* at = payload.data();
  const auto* numbers = reinterpret_cast<const double*>(at);
  dataset.mean.assign(numbers, numbers + header.columns);
  dataset.deviation.assign(numbers + header.columns, numbers + 2 * header.columns);
  at += 2 * header.columns * sizeof(double);
  Split* parts[] = {&dataset.train, &dataset.validation, &dataset.test};
  const int64_t rows[] = {header.train_rows, header.validation_rows, header.test_rows};
  for (int i = 0; i < 3; ++i) {
    parts[i]->rows = rows[i];
    parts[i]->columns = header.columns;
    parts[i]->labels = reinterpret_cast<const int64_t*>(at);
    parts[i]->storage = mapping;
    at += rows[i] * sizeof(int64_t);
  }
  for (int i = 0; i < 3; ++i) {
    parts[i]->features = reinterpret_cast<const float*>(at);
    at += rows[i] * header.columns * sizeof(float);
  }
  if (header.test_rows == 0) dataset.test = dataset.validation;
  dataset.train.name = "train";
  dataset.validation.name = "validation";
  dataset.test.name = "test";
  return dataset;
}

}  // namespace mase::data
