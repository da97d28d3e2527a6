// SPDX-License-Identifier: Apache-2.0
#include "sw/cli/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/sw/cli/error_of.h"

namespace mase::cli {
namespace {

using Words = std::vector<std::string>;
using testing::HasSubstr;

/// A legal value that is not the default, and how it reads back.
std::pair<std::string, Value> sample(const Option& option) {
  switch (option.type) {
    case Type::kFlag: return {"", true};
    case Type::kInteger: return {"8", int64_t{8}};
    case Type::kReal: return {"0.25", 0.25};
    case Type::kText: return {"some-name", std::string("some-name")};
    case Type::kPath: return {"a folder/file.x", std::string("a folder/file.x")};
    case Type::kChoice:
      return {std::string(option.choices.back()), std::string(option.choices.back())};
  }
  return {};
}

TEST(CommandLine, EveryOptionParsesUnderEveryOfItsFlagsInBothForms) {
  for (const auto& option : options()) {
    if (option.key.empty()) continue;
    const auto [text, value] = sample(option);
    for (const auto flag : option.flags) {
      std::vector<Words> forms;
      if (option.type == Type::kFlag)
        forms = {{std::string(flag)}, {std::string(flag) + "=true"}};
      else
        forms = {{std::string(flag), text}, {std::string(flag) + "=" + text}};
      for (auto form : forms) {
        form.insert(form.begin(), "train");
        const auto line = parse_command_line(form);
        ASSERT_EQ(line.overrides.size(), 1u) << flag;
        EXPECT_EQ(line.overrides.at(std::string(option.key)), value) << flag;
      }
    }
  }
}

TEST(CommandLine, TableHasTheNamesAndDefaultsOfTheInterface) {
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"--task", "classification"},
      {"--load", "None"},
      {"--load-type", "mz"},
      {"--batch-size", "128"},
      {"--debug", "False"},
      {"--log-level", "info"},
      {"--report-to", "tensorboard"},
      {"--seed", "0"},
      {"--quant-config", "None"},
      {"--training-optimizer", "adam"},
      {"--trainer-precision", "32"},
      {"--learning-rate", "1e-05"},
      {"--weight-decay", "0"},
      {"--max-epochs", "20"},
      {"--max-steps", "-1"},
      {"--accumulate-grad-batches", "1"},
      {"--log-every-n-steps", "50"},
      {"--num-devices", "1"},
      {"--nodes", "1"},
      {"--accelerator", "auto"},
      {"--strategy", "auto"},
      {"--auto-requeue", "False"},
      {"--github-ci", "False"},
      {"--disable-dataset-cache", "False"},
      {"--target", "xcu250-figd2104-2L-e"},
      {"--num-targets", "100"},
      {"--run-emit", "False"},
      {"--skip-build", "False"},
      {"--skip-test", "False"},
      {"--pretrained", "False"},
      {"--max-token-len", "512"},
      {"--project", "None"},
      {"--profile", "False"},
      {"--no-warnings", "False"},
      {"--top-name", "top"}};
  std::map<std::string, std::string> got;
  for (const auto& option : options()) got[std::string(option.flag())] = to_text(option.standard);
  for (const auto& [flag, standard] : expected) {
    ASSERT_TRUE(got.contains(flag)) << flag;
    EXPECT_EQ(got[flag], standard) << flag;
  }
}

TEST(CommandLine, NoFlagAndNoKeyIsGivenTwice) {
  std::set<std::string> seen;
  for (const auto& option : options()) {
    for (const auto flag : option.flags) EXPECT_TRUE(seen.insert(std::string(flag)).second) << flag;
    for (const auto& key : option.keys()) EXPECT_TRUE(seen.insert(key).second) << key;
  }
}

TEST(CommandLine, HelpNamesEveryOptionInItsGroupWithDefaultAndChoices) {
  const std::string help = help_text(100);
  size_t at = 0;
  for (const auto& option : options()) {
    const std::string title = "\n" + std::string(group_title(option.group)) + ":\n";
    ASSERT_NE(help.find(title), std::string::npos) << title;
    const std::string lead(option.group == Group::kMain ? option.key : option.flags.front());
    const size_t found = help.find("\n  " + lead, help.find(title));
    ASSERT_NE(found, std::string::npos) << option.flag();
    EXPECT_GE(found, at) << option.flag() << " is out of order";
    at = found;
    for (const auto choice : option.choices) {
      EXPECT_NE(help.find(std::string(choice), found), std::string::npos)
          << option.flag() << " " << choice;
    }
  }
  EXPECT_THAT(help, HasSubstr("--cpu NUM, --num-workers NUM"));
  EXPECT_THAT(help, HasSubstr("(default: 1e-05)"));
  EXPECT_THAT(help, HasSubstr("-h, --help"));
  size_t start = 0;
  for (size_t end; (end = help.find('\n', start)) != std::string::npos; start = end + 1) {
    EXPECT_LE(end - start, 100u) << help.substr(start, end - start);
  }
}

TEST(CommandLine, PositionalsAndFlagsMixInAnyOrder) {
  const auto line =
      parse_command_line({"--seed", "3", "train", "--cpu=0", "jsc-tiny", "jsc", "--debug"});
  EXPECT_EQ(line.action, "train");
  EXPECT_EQ(line.overrides.at("model"), Value(std::string("jsc-tiny")));
  EXPECT_EQ(line.overrides.at("dataset"), Value(std::string("jsc")));
  EXPECT_EQ(line.overrides.at("num_workers"), Value(int64_t{0}));
  EXPECT_EQ(line.overrides.at("to_debug"), Value(true));
}

TEST(CommandLine, NegativeNumbersAreValues) {
  EXPECT_EQ(parse_command_line({"train", "--max-steps", "-1"}).overrides.at("max_steps"),
            Value(int64_t{-1}));
  EXPECT_EQ(parse_command_line({"train", "--max-steps=-5"}).overrides.at("max_steps"),
            Value(int64_t{-5}));
}

TEST(CommandLine, LastOfARepeatedFlagCounts) {
  const auto line =
      parse_command_line({"train", "--seed", "1", "--seed", "2", "--cpu", "3", "--num-workers=4"});
  EXPECT_EQ(line.overrides.at("seed"), Value(int64_t{2}));
  EXPECT_EQ(line.overrides.at("num_workers"), Value(int64_t{4}));
}

TEST(CommandLine, FlagsCanBeSwitchedOff) {
  EXPECT_EQ(parse_command_line({"train", "--debug=false"}).overrides.at("to_debug"), Value(false));
}

TEST(CommandLine, CudaIsGpu) {
  EXPECT_EQ(parse_command_line({"train", "--accelerator", "cuda"}).overrides.at("accelerator"),
            Value(std::string("gpu")));
}

TEST(CommandLine, HelpVersionAndInfoNeedNoAction) {
  EXPECT_TRUE(parse_command_line({"--help"}).help);
  EXPECT_TRUE(parse_command_line({"train", "-h"}).help);
  EXPECT_TRUE(parse_command_line({"-V"}).version);
  EXPECT_EQ(parse_command_line({"--info"}).info, "all");
  EXPECT_EQ(parse_command_line({"--info", "model"}).info, "model");
  EXPECT_EQ(parse_command_line({"--info=dataset"}).info, "dataset");
  EXPECT_THAT(error_of([] {
                parse_command_line({"--info", "modle"});
              }),
              HasSubstr("did you mean 'model'?"));
}

TEST(CommandLine, UnknownOptionNamesTheNearest) {
  const auto text = error_of([] { parse_command_line({"train", "toy", "--learning-rat", "1"}); });
  EXPECT_THAT(text, HasSubstr("unknown option '--learning-rat'"));
  EXPECT_THAT(text, HasSubstr("did you mean '--learning-rate'?"));
}

TEST(CommandLine, AbbreviationsAreUnknown) {
  EXPECT_THAT(error_of([] {
                parse_command_line({"train", "--batch", "4"});
              }),
              HasSubstr("unknown option '--batch'"));
}

TEST(CommandLine, UnknownActionNamesTheNearest) {
  const auto text = error_of([] { parse_command_line({"trian", "toy"}); });
  EXPECT_THAT(text, HasSubstr("unknown action 'trian'"));
  EXPECT_THAT(text, HasSubstr("did you mean 'train'?"));
  EXPECT_THAT(error_of([] { parse_command_line({}); }), HasSubstr("no action is given"));
}

TEST(CommandLine, SurplusArgumentIsAnError) {
  EXPECT_THAT(error_of([] {
                parse_command_line({"train", "toy", "toy_tiny", "more"});
              }),
              HasSubstr("surplus argument 'more'"));
}

TEST(CommandLine, ModelGivenTwiceMustAgree) {
  EXPECT_EQ(parse_command_line({"train", "toy", "--model", "toy"}).overrides.at("model"),
            Value(std::string("toy")));
  EXPECT_THAT(error_of([] {
                parse_command_line({"train", "toy", "--model", "jsc-tiny"});
              }),
              HasSubstr("model is given twice: 'toy' and --model jsc-tiny"));
}

TEST(CommandLine, MissingValueNamesTheOption) {
  EXPECT_THAT(error_of([] { parse_command_line({"train", "--seed"}); }), HasSubstr("--seed"));
}

TEST(CommandLine, BadValuesNameOptionValueAndLimit) {
  const auto text = [](const char* flag, const char* value) {
    return error_of([&] { parse_command_line({"train", flag, value}); });
  };
  EXPECT_THAT(text("--seed", "abc"), HasSubstr("--seed: 'abc' is not an integer"));
  EXPECT_THAT(text("--seed", "1.5"), HasSubstr("--seed: '1.5' is not an integer"));
  EXPECT_THAT(text("--batch-size", "0"),
              HasSubstr("--batch-size: 0 is below the least allowed value 1"));
  EXPECT_THAT(text("--seed", "99999999999"), HasSubstr("above the greatest allowed value"));
  EXPECT_THAT(text("--learning-rate", "fast"),
              HasSubstr("--learning-rate: 'fast' is not a number"));
  EXPECT_THAT(text("--learning-rate", "nan"), HasSubstr("is not a number"));
  EXPECT_THAT(text("--learning-rate", "-1"), HasSubstr("-1.0 is below the least allowed value 0"));
  EXPECT_THAT(text("--training-optimizer", "adamm"), HasSubstr("did you mean 'adam'?"));
  EXPECT_THAT(text("--load", ""), HasSubstr("--load: the value is empty"));
}

}  // namespace
}  // namespace mase::cli
