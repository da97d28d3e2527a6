// SPDX-License-Identifier: Apache-2.0
#include "sim/synth/target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gen/base/error.h"
#include "gen/base/file.h"
#include "sim/synth/slr_budgets.h"

namespace mase::synth {
namespace {

using testing::HasSubstr;

std::string file_text() {
  return read_file(std::filesystem::path(MASE_SOURCE_DIR) / "configs/targets/xcu250.toml");
}

/// The file with `from` replaced by `to`, which must then be refused.
UserError refused(const std::string& from, const std::string& to) {
  std::string text = file_text();
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  text.replace(at, from.size(), to);
  try {
    parse_target(text, "t.toml");
  } catch (const UserError& error) {
    return error;
  }
  ADD_FAILURE() << from << " -> " << to << " is not refused";
  return UserError("none", "");
}

TEST(Target, OfTheProgramIsTheFileOfTheRepository) {
  const Target t = load_target("xcu250");
  EXPECT_EQ(t.part, "xcu250-figd2104-2L-e");
  EXPECT_EQ(load_target(t.part).name, "xcu250");
  EXPECT_EQ(t.device.resources, (arch::Resources{1728000, 3456000, 12288, 2688}));
  EXPECT_EQ(t.slrs, 4);
  EXPECT_EQ(t.slr.resources.lut * t.slrs, t.device.resources.lut);
  EXPECT_EQ(t.slr.carry8 * t.slrs, t.device.carry8);
  EXPECT_EQ(t.delays.lut[5], 35);
  EXPECT_EQ(t.delays.carry_s[0][4], 186);
  const auto path = std::filesystem::path(MASE_SOURCE_DIR) / "configs/targets/xcu250.toml";
  EXPECT_EQ(load_target(path.string()).part, t.part);
}

TEST(Target, RefusesBadFiles) {
  UserError e = refused("lut = 1728000", "luts = 1728000");
  EXPECT_EQ(e.code(), "Y012");
  EXPECT_THAT(e.message(), HasSubstr("device.lut"));
  e = refused("[clocks]", "[clocks]\nspeed = 1");
  EXPECT_EQ(e.code(), "Y012");
  EXPECT_THAT(e.message(), HasSubstr("clocks.speed"));
  EXPECT_THAT(e.where(), HasSubstr("t.toml:"));
  EXPECT_EQ(refused("dsp = 3072", "dsp = -1").code(), "Y012");
  EXPECT_EQ(refused("dsp = 3072", "dsp = \"many\"").code(), "Y012");
  EXPECT_EQ(refused("35]", "35, 1]").code(), "Y012");
  EXPECT_EQ(refused("[1, 4, 16, 64]", "[4, 1, 16, 64]").code(), "Y012");
  EXPECT_EQ(refused("[240, 220, 300, 380, 460]", "[240]").code(), "Y012");
  EXPECT_EQ(refused("[0, 56, 117, 123, 184]", "[0, 56]").code(), "Y012");
  EXPECT_THAT(refused("\"xcup\"", "\"xc7\"").message(), HasSubstr("xcup"));
  EXPECT_EQ(refused("name =", "name").code(), "Y011");
}

std::vector<int> numbers(const std::vector<arch::SlrBudget>& slrs) {
  std::vector<int> list;
  for (const auto& s : slrs) list.push_back(s.slr);
  return list;
}

TEST(Target, GivesBudgetsOfNeighbouringSlrs) {
  const Target t = load_target("xcu250");
  EXPECT_EQ(t.super_long_lines, 23040);
  const auto all = slr_budgets(t, 0, 100);
  EXPECT_EQ(numbers(all), (std::vector<int>{0, 1, 2, 3}));
  EXPECT_EQ(all[3].most, (arch::Resources{302400, 604800, 2150, 470}));
  EXPECT_EQ(numbers(slr_budgets(t, 1, 100)), (std::vector<int>{1, 2, 3}));
  EXPECT_EQ(numbers(slr_budgets(t, 2, 4)), (std::vector<int>{2, 1, 0}));
  EXPECT_EQ(numbers(slr_budgets(t, 2, 2)), (std::vector<int>{2, 3}));
  EXPECT_EQ(numbers(slr_budgets(t, 3, 1)), std::vector<int>{3});
  const auto shared = slr_budgets(t, 3, 2, {0.5, 0.25, 0.1, 1});
  EXPECT_EQ(numbers(shared), (std::vector<int>{3, 2}));
  EXPECT_EQ(shared[0].most.lut, 432000);
  EXPECT_EQ(shared[1].most.lut, 43200);
  for (const auto& [first, shares] :
       {std::pair{4, std::vector<double>{}}, std::pair{-1, std::vector<double>{}},
        std::pair{0, std::vector<double>{0.5, 0.5}}}) {
    try {
      slr_budgets(t, first, 4, shares);
      ADD_FAILURE() << first;
    } catch (const UserError& error) {
      EXPECT_EQ(error.code(), "Y013");
      EXPECT_THAT(error.help(), HasSubstr(first == 0 ? "one number" : "0 to 3"));
    }
  }
  EXPECT_THAT(refused("super_long_lines = 23040", "").message(), HasSubstr("super_long_lines"));
}

TEST(Target, NamesWhatItKnows) {
  try {
    load_target("xcu25");
    FAIL();
  } catch (const UserError& error) {
    EXPECT_EQ(error.code(), "Y010");
    EXPECT_THAT(error.help(), HasSubstr("xcu250"));
  }
  EXPECT_THROW(load_target("absent.toml"), UserError);
}

}  // namespace
}  // namespace mase::synth
