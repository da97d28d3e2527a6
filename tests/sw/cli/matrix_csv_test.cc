// SPDX-License-Identifier: Apache-2.0
#include "sw/cli/matrix_csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sw/cli/error_of.h"

namespace mase::cli {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(MatrixCsv, RowsAreOutputs) {
  const auto m = parse_integer_matrix("1,-2,3\n+4, 5 ,\t-6\n", "m.csv");
  EXPECT_EQ(m.rows, 2);
  EXPECT_EQ(m.columns, 3);
  EXPECT_THAT(m.cells, ElementsAre(1, -2, 3, 4, 5, -6));
}

TEST(MatrixCsv, LineEndsMarksAndCommentsAreNoCells) {
  const auto m = parse_integer_matrix("\xEF\xBB\xBF# weights\r\n\n7\r\n# more\n-0\n\n \n", "m.csv");
  EXPECT_EQ(m.rows, 2);
  EXPECT_EQ(m.columns, 1);
  EXPECT_THAT(m.cells, ElementsAre(7, 0));
  EXPECT_THAT(parse_integer_matrix("576460752303423487,-576460752303423487", "m.csv").cells,
              ElementsAre((int64_t{1} << 59) - 1, -(int64_t{1} << 59) + 1));
}

TEST(MatrixCsv, ErrorsNameFileLineAndColumn) {
  const auto refusal = [](const std::string& text) {
    return error_of([&] { parse_integer_matrix(text, "m.csv"); });
  };
  EXPECT_THAT(refusal("1,2\n3, 4.5\n"),
              AllOf(HasSubstr("K020"), HasSubstr("m.csv:2:4"), HasSubstr("cell 2, '4.5', is no")));
  EXPECT_THAT(refusal("a,2\n"), AllOf(HasSubstr("m.csv:1:1"), HasSubstr("'a', is no integer")));
  EXPECT_THAT(refusal("1;2\n"), HasSubstr("'1;2', is no integer"));
  EXPECT_THAT(refusal("1 2\n"), HasSubstr("'1 2', is no integer"));
  EXPECT_THAT(refusal("-\n"), HasSubstr("'-', is no integer"));
  EXPECT_THAT(refusal("1e3\n"), HasSubstr("'1e3', is no integer"));
  EXPECT_THAT(refusal("1,2,\n"), AllOf(HasSubstr("m.csv:1:5"), HasSubstr("cell 3 is empty")));
  EXPECT_THAT(refusal("1,,2\n"), AllOf(HasSubstr("m.csv:1:3"), HasSubstr("cell 2 is empty")));
  EXPECT_THAT(refusal("# top\n1,2\n3\n"),
              AllOf(HasSubstr("m.csv:3:2"), HasSubstr("has 1 cells"), HasSubstr("line 2 has 2")));
  EXPECT_THAT(refusal("1\n\n2\n"), AllOf(HasSubstr("m.csv:2:1"), HasSubstr("blank")));
  EXPECT_THAT(refusal(""), AllOf(HasSubstr("m.csv"), HasSubstr("no row")));
  EXPECT_THAT(refusal("# nothing\n\n"), HasSubstr("no row"));
  EXPECT_THAT(refusal("1,576460752303423488\n"),
              AllOf(HasSubstr("m.csv:1:3"), HasSubstr("too large"), HasSubstr("2^59 - 1")));
  EXPECT_THAT(refusal("-99999999999999999999999\n"), HasSubstr("too large"));
  EXPECT_THAT(refusal(std::string("1\0002\n", 4)), HasSubstr("'1?2', is no integer"));
}

}  // namespace
}  // namespace mase::cli
