// SPDX-License-Identifier: Apache-2.0
#include "gen/graph/mz.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>

#include "gen/base/file.h"
#include "tests/support/expect_error.h"
#include "tests/support/networks.h"
#include "tests/support/temp_dir.h"

namespace mase::test {
namespace {

/// A .mz file taken apart into header text and tensor bytes, to be damaged and put together again.
struct Parts {
  std::string header, data;
  explicit Parts(const std::string& bytes) {
    uint64_t length = 0;
    std::memcpy(&length, bytes.data(), 8);
    header = bytes.substr(8, length);
    data = bytes.substr(8 + length);
  }
  std::string join() const {
    const uint64_t length = header.size();
    return std::string(reinterpret_cast<const char*>(&length), 8) + header + data;
  }
  Parts& replace(const std::string& from, const std::string& to) {
    const size_t at = header.find(from);
    EXPECT_NE(at, std::string::npos) << from << " in " << header;
    if (at != std::string::npos) header.replace(at, from.size(), to);
    return *this;
  }
};

graph::Graph small_graph() {
  graph::Graph g{.name = "small"};
  graph::Node x{.name = "x", .op = graph::Op::kPlaceholder};
  x.shape = {3};
  g.nodes.push_back(x);
  graph::Node fc = graph::make_linear("fc", "x", 3, 2);
  fc.parameters["weight"].data = {1, 2, 3, 4, 5, 6};
  fc.quant = graph::Quant{.data_in_width = 8,
                          .data_in_frac_width = 4,
                          .weight_width = 8,
                          .weight_frac_width = 4,
                          .bias_width = 8,
                          .bias_frac_width = 4};
  fc.hardware = graph::Hardware{.parallelism_in = 2, .parallelism_out = 1};
  g.nodes.push_back(fc);
  g.nodes.push_back({.name = "output", .op = graph::Op::kOutput, .inputs = {"fc"}});
  return g;
}

void expect_rejected(const Parts& parts, const std::string& code,
                     const std::vector<std::string>& messages) {
  expect_user_error([&] { graph::parse_mz(parts.join(), "bad.mz"); }, code, messages);
}

TEST(Mz, RoundTripsRandomNetworksToTheByte) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    const auto graph = random_network(seed);
    const std::string bytes = graph::serialise_mz(graph);
    const auto again = graph::parse_mz(bytes, "memory");
    EXPECT_EQ(graph::serialise_mz(again), bytes) << "seed " << seed;
    for (const auto& node : graph.nodes) {
      EXPECT_EQ(again.find(node.name)->parameters, node.parameters);
      EXPECT_EQ(again.find(node.name)->quant, node.quant);
      EXPECT_EQ(again.find(node.name)->hardware, node.hardware);
    }
  }
}

TEST(Mz, EveryTruncationIsAnErrorAndNothingElse) {
  const std::string bytes = graph::serialise_mz(small_graph());
  for (size_t n = 0; n < bytes.size(); ++n) {
    EXPECT_THROW(graph::parse_mz(std::string_view(bytes).substr(0, n), "cut.mz"), UserError)
        << n << " bytes";
  }
}

TEST(Mz, FlippedBytesNeverDoMoreThanThrowUserError) {
  const std::string bytes = graph::serialise_mz(small_graph());
  std::mt19937_64 rng(1);
  for (int i = 0; i < 4000; ++i) {
    std::string damaged = bytes;
    for (int k = 0; k < 1 + i % 3; ++k) damaged[rng() % damaged.size()] = static_cast<char>(rng());
    try {
      graph::parse_mz(damaged, "flipped.mz");
    } catch (const UserError&) {}
  }
}

TEST(Mz, NamesWhatIsWrongAndWhere) {
  const Parts good(graph::serialise_mz(small_graph()));
  auto parts = good;
  expect_rejected(parts.replace("\"F32\"", "\"F16\""), "M010",
                  {"fc.bias", "F16", "F32, F64", "bad.mz"});
  parts = good;
  expect_rejected(parts.replace("[0,8]", "[4,12]"), "M015", {"fc.bias", "data offset"});
  parts = good;
  expect_rejected(parts.replace("[8,32]", "[8,99]"), "M013", {"fc.weight", "99", "32 bytes"});
  parts = good;
  expect_rejected(parts.replace("\"shape\":[2,3]", "\"shape\":[2,4]"), "M014",
                  {"fc.weight", "[2, 4]"});
  parts = good;
  expect_rejected(parts.replace("\"shape\":[2,3]", "\"shape\":[3,2]"), "G011",
                  {"fc.weight", "[3, 2]", "[2, 3]"});
  parts = good;
  expect_rejected(parts.replace("mase-graph", "mase-graff"), "M004", {"mase-graff"});
  parts = good;
  expect_rejected(parts.replace("\"version\":\"1\"", "\"version\":\"9\""), "M005", {"'9'"});
  parts = good;
  expect_rejected(parts.replace("weight_width", "wieght_width"), "M021",
                  {"fc.quant", "wieght_width", "did you mean 'weight_width'"});
  parts = good;
  expect_rejected(parts.replace(R"(\"op\":\"linear\")", R"(\"op\":\"linaer\")"), "M025",
                  {"fc", "linaer", "did you mean 'linear'"});
  parts = good;
  expect_rejected(parts.replace(R"(\"inputs\":[\"x\"])", R"(\"inputs\":[\"y\"])"), "G004",
                  {"fc", "'y'", "no node"});
  parts = good;
  expect_rejected(parts.replace(R"(\"inputs\":[\"x\"])", R"(\"inputs\":[\"fc\"])"), "G005",
                  {"fc", "cycle"});
  parts = good;
  expect_rejected(parts.replace(R"(\"weight_width\":8)", R"(\"weight_width\":33)"), "F001",
                  {"fc: quant.weight", "33", "1 to 32"});
  parts = good;
  expect_rejected(parts.replace(R"(\"weight_width\":8)", R"(\"weight_width\":0)"), "F001",
                  {"width 0"});
  parts = good;
  expect_rejected(parts.replace(R"(\"weight_width\":8)", R"(\"weight_width\":-4)"), "F001",
                  {"width -4"});
  parts = good;
  expect_rejected(parts.replace(R"(\"parallelism_in\":2)", R"(\"parallelism_in\":0)"), "G023",
                  {"parallelism_in is 0", "1 to 3"});
  parts = good;
  expect_rejected(parts.replace(R"(\"parallelism_in\":2)", R"(\"parallelism_in\":4)"), "G023",
                  {"parallelism_in is 4", "1 to 3"});
  parts = good;
  expect_rejected(parts.replace(R"(\"weight_width\":8)", R"(\"weight_width\":\"8\")"), "M022",
                  {"fc.quant.weight_width", "an integer"});
  parts = good;
  parts.data += "x";
  expect_rejected(parts, "M016", {"1 bytes after the last tensor"});
  expect_user_error(
      [&] { graph::parse_mz(std::string("\xff\xff\xff\xff\xff\xff\xff\x7f{}", 10), "long.mz"); },
      "M002", {"longer than the file", "long.mz"});
}

TEST(Mz, SaysThatACheckpointIsACheckpoint) {
  expect_user_error([] { graph::parse_mz(std::string("PK\x03\x04 and more", 13), "best.ckpt"); },
                    "M007", {"zip archive", "--load-type pl", "best.ckpt"});
}

TEST(Mz, BrokenJsonIsNotQuoted) {
  Parts parts(graph::serialise_mz(small_graph()));
  parts.header[1] = '\xff';
  try {
    graph::parse_mz(parts.join(), "bad.mz");
    FAIL() << "was read";
  } catch (const UserError& error) {
    EXPECT_EQ(error.code(), "M003");
    EXPECT_EQ(std::string(error.what()).find('\xff'), std::string::npos);
    EXPECT_THAT(error.what(), testing::HasSubstr("offset 9"));
  }
}

TEST(Mz, NanWeightNamesTensorAndElement) {
  auto graph = small_graph();
  graph.find("fc")->parameters["weight"].data[4] = NAN;
  expect_user_error([&] { graph::serialise_mz(graph); }, "G013", {"fc.weight", "element 4", "nan"});
}

TEST(Mz, MissingFileAndFailedWriteLeaveNothingBehind) {
  const TempDir dir;
  expect_user_error([&] { graph::read_mz(dir / "none.mz"); }, "B001", {"none.mz"});
  graph::write_mz(small_graph(), dir / "sub/a.mz");
  EXPECT_EQ(graph::read_mz(dir / "sub/a.mz").name, "small");
  expect_user_error([&] { graph::write_mz(small_graph(), "/proc/none/a.mz"); }, "B003",
                    {"/proc/none"});
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(dir / "sub"))
    files += entry.is_regular_file();
  EXPECT_EQ(files, 1u);
}

}  // namespace
}  // namespace mase::test
