// SPDX-License-Identifier: Apache-2.0
#include "sw/train/event_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "gen/base/error.h"
#include "gen/base/file.h"

namespace mase::train {

namespace {

constexpr std::array<uint32_t, 256> make_table() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t c = i;
    for (int bit = 0; bit < 8; ++bit) c = (c & 1) != 0 ? (c >> 1) ^ 0x82F63B78U : c >> 1;
    table[i] = c;
  }
  return table;
}
constexpr auto kTable = make_table();

template <class T>
void raw(std::string& to, T value) {
  to.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void varint(std::string& to, uint64_t value) {
  for (; value >= 0x80; value >>= 7) to += static_cast<char>(value | 0x80);
  to += static_cast<char>(value);
}

// protobuf wire types: field << 3 | type
void put_double(std::string& to, int field, double value) {
  varint(to, field << 3 | 1);
  raw(to, std::bit_cast<uint64_t>(value));
}
void put_float(std::string& to, int field, float value) {
  varint(to, field << 3 | 5);
  raw(to, std::bit_cast<uint32_t>(value));
}
void put_int(std::string& to, int field, uint64_t value) {
  varint(to, field << 3);
  varint(to, value);
}
void put_bytes(std::string& to, int field, std::string_view value) {
  varint(to, field << 3 | 2);
  varint(to, value.size());
  to += value;
}

double wall_time() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

uint32_t masked_crc32c(std::string_view bytes) {
  uint32_t c = ~0U;
  for (const unsigned char byte : bytes) c = kTable[(c ^ byte) & 255] ^ (c >> 8);
  c = ~c;
  return ((c >> 15) | (c << 17)) + 0xA282EAD8U;
}

EventFile::EventFile(const std::filesystem::path& directory) {
  const auto logs = directory / "lightning_logs";
  std::error_code error;
  int version = 0;
  while (std::filesystem::exists(logs / fmt::format("version_{}", version), error)) ++version;
  const auto folder = logs / fmt::format("version_{}", version);
  make_directories(folder);
  char host[256] = "localhost";
  ::gethostname(host, sizeof host - 1);
  path_ = folder / fmt::format("events.out.tfevents.{}.{}.{}.0", static_cast<int64_t>(wall_time()),
                               host, ::getpid());
  file_.reset(std::fopen(path_.c_str(), "wb"));
  if (!file_)
    throw UserError("B003",
                    fmt::format("cannot write {}: {}", path_.string(), std::strerror(errno)), {},
                    "choose a folder you may write to, for example with --project-dir");
  std::string event;
  put_double(event, 1, wall_time());
  put_bytes(event, 3, "brain.Event:2");
  record(event);
}

EventFile::~EventFile() = default;

void EventFile::scalar(const std::string& tag, double value, int64_t step) {
  std::string entry, summary, event;
  put_bytes(entry, 1, tag);
  put_float(entry, 2, static_cast<float>(value));
  put_bytes(summary, 1, entry);
  put_double(event, 1, wall_time());
  put_int(event, 2, static_cast<uint64_t>(step));
  put_bytes(event, 5, summary);
  record(event);
}

void EventFile::record(const std::string& message) {
  std::string frame;
  raw(frame, static_cast<uint64_t>(message.size()));
  raw(frame, masked_crc32c(frame));
  frame += message;
  raw(frame, masked_crc32c(message));
  std::fwrite(frame.data(), 1, frame.size(), file_.get());
}

void EventFile::flush() {
  if (std::fflush(file_.get()) != 0 || std::ferror(file_.get()) != 0) {
    throw UserError("B003",
                    fmt::format("cannot write {}: {}", path_.string(), std::strerror(errno)), {},
                    "free space on this disk or choose another --project-dir");
  }
}

}  // namespace mase::train
