// SPDX-License-Identifier: Apache-2.0
#include "sw/report/progress.h"

#include <gtest/gtest.h>

#include <cstdio>

namespace mase::report {
namespace {

std::string contents(std::FILE* file) {
  std::string text;
  std::rewind(file);
  for (int c; (c = std::fgetc(file)) != EOF;) text += static_cast<char>(c);
  return text;
}

TEST(Progress, RendersStepsRateAndFigures) {
  const std::string line = Progress::render(
      "Epoch 9", 50, 100, 2.0, {{"train_acc_step", 0.73}, {"val_loss_epoch", 0.9331}}, 0);
  EXPECT_EQ(
      line,
      "Epoch 9:  50%|##########          | 50/100 [00:02<00:02, 25.00it/s, train_acc_step=0.730, "
      "val_loss_epoch=0.933]");
}

TEST(Progress, NeverExceedsTheTerminal) {
  for (const int columns : {20, 60, 80, 200}) {
    const auto line =
        Progress::render("Epoch 0", 1, 3084, 3661.0, {{"train_acc_step", 0.5}}, columns);
    EXPECT_LT(static_cast<int>(line.size()), columns);
  }
}

TEST(Progress, PrintsOnlyTheFinishedLineOffTerminals) {
  std::FILE* file = std::tmpfile();
  ASSERT_NE(file, nullptr);
  EXPECT_EQ(Progress::detect(file), Progress::Mode::kLines);
  {
    Progress progress("Epoch 0", 3, Progress::Mode::kLines, file);
    progress.update(1);
    progress.update(2);
    EXPECT_EQ(contents(file), "");
    progress.finish({{"val_acc_epoch", 1.0}});
  }
  const std::string text = contents(file);
  EXPECT_EQ(text.substr(0, 46), "Epoch 0: 100%|####################| 3/3 [00:00");
  EXPECT_TRUE(text.ends_with(", val_acc_epoch=1.000]\n")) << text;
  std::fclose(file);
}

TEST(Progress, SilentPrintsNothing) {
  std::FILE* file = std::tmpfile();
  ASSERT_NE(file, nullptr);
  {
    Progress progress("Epoch 0", 3, Progress::Mode::kSilent, file);
    progress.update(3);
    progress.finish();
  }
  EXPECT_EQ(contents(file), "");
  std::fclose(file);
}

}  // namespace
}  // namespace mase::report
