// SPDX-License-Identifier: Apache-2.0
#include "sim/samples.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "gen/base/error.h"
#include "gen/base/file.h"
#include "tests/sim/temporary_folder.h"

namespace mase::sim {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

class SampleFile : public testing::Test {
 protected:
  Samples read(const std::string& name, const std::string& bytes) {
    write_file(folder_.path() / name, bytes);
    return read_samples(folder_.path() / name);
  }
  /// The message and place of the UserError `code` that reading gives.
  std::string error(const std::string& name, const std::string& bytes, const std::string& code) {
    try {
      read(name, bytes);
    } catch (const UserError& error) {
      EXPECT_EQ(error.code(), code);
      EXPECT_NE(error.help(), "");
      EXPECT_EQ(error.exit_code(), ExitCode::kBadInput);
      return error.message() + " @ " + error.where();
    }
    ADD_FAILURE() << "read without an error";
    return {};
  }
  static std::string npy(const std::string& header, const std::string& data, char version = 1) {
    std::string bytes = "\x93NUMPY";
    bytes += version;
    bytes += '\0';
    bytes += static_cast<char>(header.size());
    bytes += '\0';
    if (version > 1) bytes += std::string(2, '\0');
    return bytes + header + data;
  }
  template <class Value>
  static std::string raw(std::initializer_list<Value> values) {
    std::string bytes(values.size() * sizeof(Value), '\0');
    std::memcpy(bytes.data(), values.begin(), bytes.size());
    return bytes;
  }
  TemporaryFolder folder_;
};

TEST_F(SampleFile, CsvWithoutAndWithHeader) {
  for (const std::string header : {"", "a, b,c\n",
                                   "\xef\xbb\xbf"
                                   "x,y,z\r\n"}) {
    const auto samples = read("in.csv", header + "1, -0.25,+3e-2\r\n\n4,inf,-6");
    EXPECT_EQ(samples.rows, 2);
    EXPECT_EQ(samples.columns, 3);
    EXPECT_THAT(samples.values,
                ElementsAre(1, -0.25, 0.03, 4, std::numeric_limits<double>::infinity(), -6));
  }
}

TEST_F(SampleFile, CsvErrorsNameThePlace) {
  EXPECT_THAT(error("in.csv", "1,2\n3,4,5\n", "S011"),
              AllOf(HasSubstr("3 columns"), HasSubstr("in.csv:2")));
  EXPECT_THAT(error("in.csv", "1,2\n3,four\n", "S011"),
              HasSubstr("line 2, column 2: 'four' is not a number"));
  EXPECT_THAT(error("in.csv", "a,2\n3,4\n", "S011"), HasSubstr("line 1, column 1: 'a'"));
  EXPECT_THAT(error("in.csv", "a,b\n3,\n", "S011"), HasSubstr("line 2, column 2: ''"));
  EXPECT_THAT(error("in.csv", "1,2\n3,nan\n", "S013"), HasSubstr("line 2, column 2: 'nan'"));
  EXPECT_THAT(error("in.csv", "1,1e999\n", "S011"), HasSubstr("column 2: '1e999'"));
  EXPECT_THAT(error("in.csv", "", "S011"), HasSubstr("no samples"));
  EXPECT_THAT(error("in.csv", "a,b\n", "S011"), HasSubstr("no samples"));
  EXPECT_THAT(error("in.txt", "1\n", "S010"), HasSubstr("'.txt'"));
}

TEST_F(SampleFile, WritesWhatReadsBackExactly) {
  Samples samples{
      3,
      2,
      {0.1, -1.0 / 3, 5e-324, std::ldexp(1, 80) + std::ldexp(1, 30), -0.0625, 12345678.015625}};
  for (const std::string name : {"out.csv", "deep/out.npy"}) {
    write_samples(folder_.path() / name, samples);
    const auto back = read_samples(folder_.path() / name);
    EXPECT_EQ(back.rows, 3);
    EXPECT_EQ(back.columns, 2);
    EXPECT_EQ(back.values, samples.values);
  }
  EXPECT_THAT(read_file(folder_.path() / "out.csv"),
              testing::StartsWith("0.1,-0.3333333333333333\n"));
}

TEST_F(SampleFile, NpyOfEveryType) {
  const std::string shape = "'fortran_order': False, 'shape': (2, 2), }";
  const auto expect = ElementsAre(1, -2, 3, 4);
  EXPECT_THAT(read("a.npy", npy("{'descr': '<f4', " + shape, raw<float>({1, -2, 3, 4}))).values,
              expect);
  EXPECT_THAT(read("a.npy", npy("{'descr': '<f8', " + shape, raw<double>({1, -2, 3, 4}), 2)).values,
              expect);
  EXPECT_THAT(read("a.npy", npy("{'descr': '<i4', " + shape, raw<int32_t>({1, -2, 3, 4}))).values,
              expect);
  EXPECT_THAT(read("a.npy", npy("{'descr': '<i8', " + shape, raw<int64_t>({1, -2, 3, 4}))).values,
              expect);
  const auto column = read("a.npy", npy("{'descr': '<i4', 'fortran_order': False, 'shape': (2,), }",
                                        raw<int32_t>({5, 6})));
  EXPECT_EQ(column.rows, 2);
  EXPECT_EQ(column.columns, 1);
}

TEST_F(SampleFile, NpyIsWrittenAsNumpyDoes) {
  write_samples(folder_.path() / "out.npy", {1, 2, {1, 2}});
  const std::string bytes = read_file(folder_.path() / "out.npy");
  ASSERT_EQ(bytes.size(), 128u + 16u);
  EXPECT_EQ(bytes.substr(0, 10), std::string("\x93NUMPY\x01\0\x76\0", 10));
  EXPECT_THAT(bytes, HasSubstr("{'descr': '<f8', 'fortran_order': False, 'shape': (1, 2), }"));
  EXPECT_EQ(bytes[127], '\n');
}

TEST_F(SampleFile, NpyErrorsSayWhatIsWrong) {
  const auto with = [](const std::string& type, const std::string& order,
                       const std::string& shape) {
    return "{'descr': '" + type + "', 'fortran_order': " + order + ", 'shape': " + shape + ", }";
  };
  const std::string good = with("<f8", "False", "(2, 2)"), data = raw<double>({1, 2, 3, 4});
  const std::string bytes = npy(good, data);
  EXPECT_THAT(error("a.npy", bytes.substr(0, bytes.size() - 1), "S012"),
              HasSubstr("need 32 bytes, 31 are left"));
  for (size_t size = 0; size < bytes.size(); ++size) error("a.npy", bytes.substr(0, size), "S012");
  EXPECT_THAT(error("a.npy", "PK\3\4", "S012"), HasSubstr("no NPY file"));
  EXPECT_THAT(error("a.npy", npy(good, data, 9), "S012"), HasSubstr("version 9"));
  EXPECT_THAT(error("a.npy", npy(with("<f8", "True", "(2, 2)"), data), "S012"),
              HasSubstr("Fortran order"));
  EXPECT_THAT(error("a.npy", npy(with(">f8", "False", "(2, 2)"), data), "S012"),
              HasSubstr("big-endian ('>f8')"));
  EXPECT_THAT(error("a.npy", npy(with("<f2", "False", "(2, 2)"), data), "S012"),
              HasSubstr("type '<f2'"));
  EXPECT_THAT(error("a.npy", npy(with("<f8", "False", "(1, 2, 2)"), data), "S012"),
              HasSubstr("(1, 2, 2)"));
  EXPECT_THAT(error("a.npy", npy(with("<f8", "False", "()"), data), "S012"), HasSubstr("()"));
  EXPECT_THAT(error("a.npy", npy(with("<f8", "False", "(0, 3)"), data), "S012"),
              HasSubstr("(0, 3)"));
  EXPECT_THAT(error("a.npy", npy(with("<f8", "False", "(9223372036854775807, 9)"), data), "S012"),
              HasSubstr("shape"));
  EXPECT_THAT(error("a.npy", npy("{'descr': '<f8'}", data), "S012"), HasSubstr("'fortran_order'"));
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(error("a.npy", npy(good, raw<double>({1, 2, nan, 4})), "S013"),
              HasSubstr("row 2, column 1"));
  const std::string big = raw<int64_t>({0, (int64_t{1} << 53) + 1, 0, 0});
  EXPECT_THAT(error("a.npy", npy(with("<i8", "False", "(2, 2)"), big), "S013"),
              HasSubstr("9007199254740993"));
}

TEST_F(SampleFile, MissingFileAndFolder) {
  EXPECT_THROW(read_samples(folder_.path() / "absent.csv"), UserError);
  write_file(folder_.path() / "file", "");
  EXPECT_THROW(write_samples(folder_.path() / "file" / "out.csv", {1, 1, {1}}), UserError);
  EXPECT_THROW(write_samples(folder_.path() / "out.dat", {1, 1, {1}}), UserError);
}

}  // namespace
}  // namespace mase::sim
