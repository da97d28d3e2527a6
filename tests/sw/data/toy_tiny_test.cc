// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <numeric>

#include "gen/base/error.h"
#include "sw/data/dataset.h"

namespace mase::data {
namespace {

/// CRC-32 of zlib, so that whole splits can be pinned by what Python computed.
uint32_t crc32(const void* data, size_t bytes) {
  uint32_t c = ~0U;
  const auto* at = static_cast<const unsigned char*>(data);
  for (size_t i = 0; i < bytes; ++i) {
    c ^= at[i];
    for (int bit = 0; bit < 8; ++bit) c = (c & 1) != 0 ? (c >> 1) ^ 0xEDB88320U : c >> 1;
  }
  return ~c;
}

struct Pinned {
  const char* split;
  float first[4], last[4];
  int64_t positives;
  uint32_t features_crc, labels_crc;
};

// numpy 1.24.2: d = (RandomState(s).rand(10240, 4) - 0.5) * 2; d.astype(float32); (d.sum(axis=1) >
// 0).astype(int64); zlib.crc32(.tobytes())
constexpr Pinned kPinned[] = {{"train",
                               {0x1.8fe156p-4F, 0x1.b8b534p-2F, 0x1.a4eb36p-3F, 0x1.6faedcp-4F},
                               {-0x1.ab84c2p-3F, -0x1.97c26p-1F, 0x1.65a5d6p-2F, 0x1.850ccap-1F},
                               4986,
                               0x849344fd,
                               0xf7bf4867},
                              {"validation",
                               {-0x1.53e0bcp-3F, 0x1.c3397cp-2F, -0x1.ffe204p-1F, -0x1.94d2aap-2F},
                               {-0x1.4a7154p-1F, -0x1.9e92fcp-1F, 0x1.1e9ff4p-3F, -0x1.0b9036p-1F},
                               5138,
                               0xe189c8a7,
                               0x04e0e7c0},
                              {"test",
                               {-0x1.062a36p-3F, -0x1.e57398p-1F, 0x1.96d5c4p-4F, -0x1.08eb64p-3F},
                               {0x1.602c1p-5F, 0x1.035cecp-4F, -0x1.dcc3b4p-1F, 0x1.358a78p-2F},
                               5149,
                               0xe78fc65f,
                               0x1a40e519},
                              {"pred",
                               {0x1.a022ecp-4F, 0x1.aa4968p-2F, -0x1.ac3a22p-2F, 0x1.62cc8ap-6F},
                               {0x1.1bb77ep-2F, 0x1.6c3604p-1F, -0x1.d39c94p-1F, 0x1.4acc1p-1F},
                               5112,
                               0xab968e6a,
                               0x112c3ba1}};

TEST(ToyTiny, EqualsNumpyToTheBit) {
  const Dataset dataset = toy_tiny();
  EXPECT_EQ(dataset.features, 4);
  EXPECT_EQ(dataset.classes, 2);
  for (const Pinned& pinned : kPinned) {
    SCOPED_TRACE(pinned.split);
    const Split& split = dataset.split(pinned.split);
    ASSERT_EQ(split.rows, 10240);
    ASSERT_EQ(split.columns, 4);
    for (int i = 0; i < 4; ++i) {
      EXPECT_EQ(split.features[i], pinned.first[i]);
      EXPECT_EQ(split.features[4 * 10239 + i], pinned.last[i]);
    }
    const auto labels = split.targets();
    EXPECT_EQ(std::accumulate(labels.begin(), labels.end(), int64_t{0}), pinned.positives);
    EXPECT_EQ(crc32(split.features, split.matrix().size_bytes()), pinned.features_crc);
    EXPECT_EQ(crc32(split.labels, labels.size_bytes()), pinned.labels_crc);
  }
}

TEST(Datasets, AcceptHyphenAndUnderscore) {
  EXPECT_EQ(load_dataset("toy-tiny").name, "toy_tiny");
  EXPECT_EQ(load_dataset("toy_tiny").train.rows, 10240);
}

TEST(Datasets, NameTheNearestOfAnUnknownName) {
  try {
    load_dataset("toy_tine");
    FAIL();
  } catch (const UserError& error) {
    EXPECT_EQ(error.message(), "unknown dataset 'toy_tine'");
    EXPECT_NE(error.help().find("toy_tiny"), std::string::npos) << error.help();
    EXPECT_EQ(error.exit_code(), ExitCode::kBadInput);
  }
}

TEST(Datasets, NameTheSplitsOfAnUnknownSplit) {
  EXPECT_THROW(
      {
        try {
          toy_tiny().split("trian");
        } catch (const UserError& error) {
          EXPECT_NE(error.message().find("no split 'trian'"), std::string::npos);
          EXPECT_NE(error.help().find("train"), std::string::npos);
          throw;
        }
      },
      UserError);
}

TEST(Datasets, SplitHeadKeepsTheFirstRows) {
  const Dataset dataset = toy_tiny();
  EXPECT_EQ(dataset.test.head(100).rows, 100);
  EXPECT_EQ(dataset.test.head(100).features, dataset.test.features);
  EXPECT_EQ(dataset.test.head(1 << 20).rows, 10240);
}

}  // namespace
}  // namespace mase::data
