// SPDX-License-Identifier: Apache-2.0
#include "sw/train/event_file.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <bit>
#include <cstring>

#include "gen/base/error.h"
#include "gen/base/file.h"

namespace mase::train {
namespace {

namespace fs = std::filesystem;

// RFC 3720, B.4: CRC-32C of 32 zero bytes is 0x8a9136aa; masked as TensorFlow does: rotate right by
// 15, add 0xa282ead8.
TEST(EventFile, ChecksumIsMaskedCrc32c) {
  const uint32_t crc = 0x8a9136aa;
  EXPECT_EQ(masked_crc32c(std::string(32, '\0')), ((crc >> 15) | (crc << 17)) + 0xa282ead8U);
}

TEST(EventFile, HoldsFramedScalarsInTheFirstFreeVersion) {
  const fs::path folder = fs::temp_directory_path() / fmt::format("mase-events-{}", ::getpid());
  fs::create_directories(folder / "lightning_logs" / "version_0");
  fs::path path;
  {
    EventFile events(folder);
    events.scalar("val_acc_epoch", 0.75, 300);
    events.flush();
    path = events.path();
    EXPECT_EQ(path.parent_path(), folder / "lightning_logs" / "version_1");
    EXPECT_TRUE(path.filename().string().starts_with("events.out.tfevents."));
  }
  const std::string bytes = read_file(path);
  std::vector<std::string> records;
  for (size_t at = 0; at < bytes.size();) {
    uint64_t length;
    uint32_t length_crc, data_crc;
    std::memcpy(&length, bytes.data() + at, 8);
    std::memcpy(&length_crc, bytes.data() + at + 8, 4);
    EXPECT_EQ(length_crc, masked_crc32c(bytes.substr(at, 8)));
    records.push_back(bytes.substr(at + 12, length));
    std::memcpy(&data_crc, bytes.data() + at + 12 + length, 4);
    EXPECT_EQ(data_crc, masked_crc32c(records.back()));
    at += 16 + length;
  }
  ASSERT_EQ(records.size(), 2u);
  EXPECT_NE(records[0].find("\x1a\x0d"
                            "brain.Event:2"),
            std::string::npos);
  // Event { wall_time: double, step: 300, summary { value { tag: "val_acc_epoch", simple_value:
  // 0.75 } } }
  const std::string value =
      std::string("\x0a\x0d") + "val_acc_epoch" + std::string("\x15\x00\x00\x40\x3f", 5);
  const std::string want = std::string("\x10\xac\x02\x2a\x16\x0a\x14") + value;
  EXPECT_EQ(records[1].substr(9), want);
  EXPECT_EQ(records[1][0], 9);
  fs::remove_all(folder);
}

TEST(EventFile, UnwritableFolderIsAnError) { EXPECT_THROW(EventFile("/proc/none"), UserError); }

}  // namespace
}  // namespace mase::train
