// SPDX-License-Identifier: Apache-2.0
#include "sw/report/table.h"

#include <gtest/gtest.h>

#include "gen/base/error.h"

namespace mase::report {
namespace {

TEST(Table, GridWrapsLongCellsAndCentresAllButTheFirstColumn) {
  Table table({"Name", "Effective"});
  table.add_row({"seed", "0"});
  table.add_row({"load_name", "/home/user/best.ckpt"});
  EXPECT_EQ(table.grid(12),
            "+-----------+--------------+\n"
            "| Name      |  Effective   |\n"
            "+-----------+--------------+\n"
            "| seed      |      0       |\n"
            "| load_name | /home/user/b |\n"
            "|           |   est.ckpt   |\n"
            "+-----------+--------------+\n");
}

TEST(Table, PipesMatchTheTableOfMase) {
  Table table({"Original type", "OP", "Total", "Changed", "Unchanged"});
  table.add_row({"BatchNorm1d", "batch_norm1d", "1", "0", "1"});
  table.add_row({"Linear", "linear", "1", "1", "0"});
  EXPECT_EQ(table.pipes(),
            "| Original type   | OP           |   Total |   Changed |   Unchanged |\n"
            "|-----------------+--------------+---------+-----------+-------------|\n"
            "| BatchNorm1d     | batch_norm1d |       1 |         0 |           1 |\n"
            "| Linear          | linear       |       1 |         1 |           0 |\n");
}

TEST(Table, ColumnsAreRightAlignedWhereAsked) {
  Table table({"cell", "share"});
  table.align_right_from(1);
  table.add_row({"a", "12.5 %"});
  table.add_row({"b", "-"});
  EXPECT_EQ(table.pipes(),
            "| cell   |   share |\n"
            "|--------+---------|\n"
            "| a      |  12.5 % |\n"
            "| b      |       - |\n");
}

TEST(Table, RulesFrameCentredMetrics) {
  Table table({"Test metric", "DataLoader 0"});
  table.add_row({"test_acc_epoch", "0.5"});
  const std::string text = table.rules(40);
  EXPECT_NE(text.find("    Test metric         DataLoader 0\n"), std::string::npos) << text;
  EXPECT_NE(text.find("   test_acc_epoch           0.5\n"), std::string::npos) << text;
}

TEST(Table, CountsCodePointsNotBytes) { EXPECT_EQ(display_width("\u2500\u2500a"), 3u); }

TEST(Table, RejectsARowOfAnotherLength) {
  Table table({"a", "b"});
  EXPECT_THROW(table.add_row({"1"}), InternalError);
}

TEST(PythonRepr, PrintsWhatPythonPrints) {
  EXPECT_EQ(python_repr(1e-5), "1e-05");
  EXPECT_EQ(python_repr(0.01), "0.01");
  EXPECT_EQ(python_repr(1.0), "1.0");
  EXPECT_EQ(python_repr(-3.0), "-3.0");
  EXPECT_EQ(python_repr(0.1), "0.1");
}

TEST(PythonDict, RoundsAsThePrintedTableOfMase) {
  EXPECT_EQ(python_dict({{"loss", 0.66849}, {"accuracy", 0.6}, {"average_bitwidth", 2}}),
            "{'loss': 0.668, 'accuracy': 0.6, 'average_bitwidth': 2.0}");
  EXPECT_EQ(python_dict({}), "{}");
}

TEST(WrapWords, KeepsLongWordsWhole) {
  EXPECT_EQ(wrap_words("one two three", 7), (std::vector<std::string>{"one two", "three"}));
  EXPECT_EQ(wrap_words("extraordinary day", 5), (std::vector<std::string>{"extraordinary", "day"}));
  EXPECT_EQ(wrap_words("", 5), (std::vector<std::string>{""}));
}

}  // namespace
}  // namespace mase::report
