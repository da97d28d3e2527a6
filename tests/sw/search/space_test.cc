// SPDX-License-Identifier: Apache-2.0
#include "sw/search/space.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "sw/model/zoo.h"
#include "tests/support/expect_error.h"
#include "tests/sw/search/search_fixture.h"

namespace mase::search {
namespace {

using mase::test::expect_user_error;
using nlohmann::ordered_json;
using test::integer_seed;
using test::numbers;
using test::point_with;
using test::texts;
using ::testing::HasSubstr;

int64_t legal_points(const Space& space) {
  const int64_t size = Problem{.parameters = space.parameters()}.size().value();
  int64_t legal = 0;
  for (int64_t i = 0; i < size; ++i) {
    Point point;
    int64_t rest = i;
    for (const Parameter& p : space.parameters()) {
      point.push_back(static_cast<double>(rest % p.choices));
      rest /= p.choices;
    }
    legal += !space.illegal(point);
  }
  return legal;
}

TEST(Space, ByNameTakesTheNodesSeedAndElseTheDefault) {
  // The user's own file: 2 x 3 x 3 configurations of seq_blocks_2, everything else stays float.
  const auto graph = model::build_model("jsc-tiny", 1);
  const auto space = make_space(graph, test::space_of_example("jsc_toy_by_type.toml"));
  EXPECT_EQ(legal_points(*space), 18);
  std::vector<std::string> searched;
  for (const Parameter& p : space->parameters()) {
    if (p.choices > 1) searched.push_back(p.name);
    EXPECT_EQ(p.name.find("linear"), std::string::npos);
  }
  EXPECT_EQ(searched, (std::vector<std::string>{"seq_blocks_2/config/data_in_width",
                                                "seq_blocks_2/config/weight_width",
                                                "seq_blocks_2/config/bias_width"}));
  ASSERT_EQ(space->notes().size(), 1u);
  EXPECT_THAT(space->notes()[0], HasSubstr("seed.linear never applies"));
  const Point point = point_with(
      *space, {{"seq_blocks_2/config/data_in_width", 1}, {"seq_blocks_2/config/weight_width", 2}});
  EXPECT_EQ(space->sampled_config(point), ordered_json::parse(R"({
      "seq_blocks_0": {"config": {"name": null}},
      "seq_blocks_1": {"config": {"name": null}},
      "seq_blocks_2": {"config": {"name": "integer", "data_in_width": 8, "data_in_frac_width": null,
          "weight_width": 8, "weight_frac_width": null, "bias_width": 2, "bias_frac_width": null}},
      "seq_blocks_3": {"config": {"name": null}}})"));
  const graph::Graph quantised = space->graph(point);
  EXPECT_EQ(quantised.find("seq_blocks_2")->quant, (graph::Quant{.data_in_width = 8,
                                                                 .data_in_frac_width = 4,
                                                                 .weight_width = 8,
                                                                 .weight_frac_width = 4,
                                                                 .bias_width = 2,
                                                                 .bias_frac_width = 1}));
  EXPECT_FALSE(quantised.find("seq_blocks_0")->quant);
  for (const auto& node : space->base().nodes) EXPECT_FALSE(node.quant);
}

TEST(Space, ByTypeTakesTheTypesSeed) {
  const auto graph = model::build_model("jsc-three-linear-layers", 1);
  auto options = test::space_of_example("jsc_toy_by_type.toml");
  options.by = "type";
  const auto space = make_space(graph, options);
  int linears = 0;
  for (const auto& node : graph.nodes) linears += node.op == graph::Op::kLinear;
  EXPECT_EQ(Problem{.parameters = space->parameters()}.size(),
            static_cast<int64_t>(std::pow(18, linears)));
  ASSERT_EQ(space->notes().size(), 1u);
  EXPECT_THAT(space->notes()[0], HasSubstr("seed.seq_blocks_2 never applies"));
}

TEST(Space, EveryExampleOfTheUserIsASpace) {
  const auto brute = make_space(model::build_model("jsc-new", 1),
                                test::space_of_example("jsc_new_by_type_brute.toml"));
  EXPECT_EQ(legal_points(*brute), 18);
  const auto toy =
      make_space(model::build_model("toy", 1), test::space_of_example("search_toy_tpe.toml"));
  // Three linears of 2*7 * 3*7 * 3*7 and two ReLUs of 2*7: 6174^3 * 14^2.
  EXPECT_EQ(Problem{.parameters = toy->parameters()}.size(), 6174ll * 6174 * 6174 * 196);
  for (const Parameter& p : toy->parameters()) {
    EXPECT_TRUE(p.choices == 1 || p.kind == Parameter::Kind::kOrdinal) << p.name;
  }
}

TEST(Space, OperatorsHaveOnlyTheirOwnKeys) {
  SpaceOptions options{.seeds = {integer_seed("default", {4, 8})}};
  const auto space = make_space(model::build_model("toy", 1), options);
  for (const Parameter& p : space->parameters()) {
    if (p.name.starts_with("seq_blocks_2/")) {
      EXPECT_TRUE(p.name == "seq_blocks_2/config/name" ||
                  p.name.find("/config/data_in_") != std::string::npos)
          << p.name;
    }
    EXPECT_FALSE(p.name.starts_with("seq_blocks_0/")) << "a flatten has nothing to search";
  }
}

TEST(Space, NumbersAreOrdinalAndMonotone) {
  SeedOptions seed = integer_seed("default", {8, 2, 4, 8});
  seed.config[2] = {"data_in_frac_width", {int64_t{3}, std::string("NA")}, ""};
  seed.config[3] = numbers("weight_width", {8, 4, 2});
  const auto space = make_space(model::build_model("toy", 1), {.seeds = {seed}});
  const auto find = [&](const std::string& name) {
    for (size_t i = 0; i < space->parameters().size(); ++i) {
      if (space->parameters()[i].name == name) return i;
    }
    return space->parameters().size();
  };
  const size_t data = find("seq_blocks_1/config/data_in_width");
  EXPECT_EQ(space->parameters()[data].kind, Parameter::Kind::kOrdinal);
  EXPECT_EQ(space->choices()[data], (std::vector<Choice>{int64_t{2}, int64_t{4}, int64_t{8}}));
  const size_t weight = find("seq_blocks_1/config/weight_width");
  EXPECT_EQ(space->choices()[weight], (std::vector<Choice>{int64_t{8}, int64_t{4}, int64_t{2}}));
  EXPECT_EQ(space->parameters()[find("seq_blocks_1/config/data_in_frac_width")].kind,
            Parameter::Kind::kNominal);
  ASSERT_FALSE(space->notes().empty());
  EXPECT_THAT(space->notes()[0], HasSubstr("8 is given twice"));
}

TEST(Space, OneConfigurationHasOnePoint) {
  // "NA" beside 2 and 4: with width 4 the number 2 is what "NA" says, with width 8 the number 4.
  SpaceOptions options;
  options.seeds = {
      {.name = "default", .config = {texts("name", {"NA"})}},
      {.name = "seq_blocks_2",
       .config = {texts("name", {"integer"}),
                  numbers("data_in_width", {4, 8}),
                  {"data_in_frac_width", {std::string("NA"), int64_t{2}, int64_t{4}}, ""}}}};
  const auto graph = model::build_model("toy", 1);
  const auto fractions = make_space(graph, options);
  EXPECT_TRUE(fractions->may_be_illegal());
  EXPECT_EQ(legal_points(*fractions), 4);
  // Quantised or not: 2 * 2 quantised ones and a single float one, with and without bypass.
  options.seeds[1].config = {texts("name", {"integer", "NA"}), numbers("data_in_width", {4, 8}),
                             numbers("data_in_frac_width", {1, 2})};
  EXPECT_EQ(legal_points(*make_space(graph, options)), 5);
  options.seeds[1].config.push_back({"bypass", {true, false}, ""});
  EXPECT_EQ(legal_points(*make_space(graph, options)), 5);
  options.seeds[1].config[0] = texts("name", {"integer"});
  const auto bypass = make_space(graph, options);
  EXPECT_EQ(legal_points(*bypass), 5);
  EXPECT_FALSE(bypass->graph(point_with(*bypass)).find("seq_blocks_2")->quant);
}

TEST(Space, HardwareKeysStandInEitherTable) {
  SpaceOptions options{.seeds = {integer_seed("default", {8})}};
  options.seeds.push_back(integer_seed("seq_blocks_1", {8}));
  options.seeds[1].config.push_back(numbers("parallelism_in", {1, 4}));
  options.seeds[1].hardware = {numbers("parallelism_out", {2, 8}),
                               texts("weight_storage", {"lut", "bram"})};
  options.seeds.push_back(integer_seed("seq_blocks_2", {8}));
  options.seeds[2].hardware = {numbers("parallelism_in", {2, 4}), numbers("parallelism_out", {8}),
                               texts("multiplier", {"dsp", "lut"})};
  options.hardware = {numbers("target_ii", {4, 16})};
  arch::HardwareOptions base;
  base.nodes["seq_blocks_1"].multiplier = "lut";
  base.nodes["seq_blocks_2"].parallelism_out = 8;
  const auto space = make_space(model::build_model("toy", 1), options, base);
  const Point point = point_with(*space, {{"seq_blocks_1/hardware/parallelism_in", 1},
                                          {"seq_blocks_1/hardware/parallelism_out", 0},
                                          {"seq_blocks_1/hardware/weight_storage", 1},
                                          {"seq_blocks_2/hardware/parallelism_in", 1},
                                          {"hardware/target_ii", 1}});
  const auto hardware = space->hardware_options(point);
  EXPECT_EQ(hardware.target_ii, 16);
  const graph::Hardware wanted{
      .parallelism_in = 4, .parallelism_out = 2, .weight_storage = "bram", .multiplier = "lut"};
  EXPECT_EQ(hardware.nodes.at("seq_blocks_1"), wanted);
  EXPECT_EQ(space->graph(point).find("seq_blocks_1")->hardware, wanted);
  // A ReLU has one parallelism and no multipliers.
  EXPECT_EQ(hardware.nodes.at("seq_blocks_2"), (graph::Hardware{.parallelism_in = 4}));
  const auto built = arch::build_hardware(space->graph(point), hardware);
  EXPECT_EQ(built.stages[0].lanes_in, 4);
  EXPECT_EQ(built.stages[0].lanes_out, 2);
  const auto json = space->sampled_config(point);
  EXPECT_EQ(json["seq_blocks_1"]["hardware"],
            ordered_json::parse(R"({"parallelism_out": 2, "weight_storage": "bram",
                                    "parallelism_in": 4})"));
  EXPECT_EQ(json["hardware"], ordered_json::parse(R"({"target_ii": 16})"));
  for (const Parameter& p : space->parameters())
    EXPECT_NE(p.name, "seq_blocks_2/hardware/multiplier");
}

TEST(Space, HardwareAloneKeepsTheGraphsFormats) {
  const auto graph = model::build_model("toy", 1);
  const auto quantised = make_space(graph, {.seeds = {integer_seed("default", {8})}});
  const auto base = quantised->graph(point_with(*quantised));
  SpaceOptions options{
      .seeds = {{.name = "default", .hardware = {numbers("parallelism_in", {1, 2})}}}};
  const auto space = make_space(base, options);
  EXPECT_EQ(space->parameters().size(), 5u);
  EXPECT_EQ(space->graph(point_with(*space)).find("seq_blocks_1")->quant,
            base.find("seq_blocks_1")->quant);
  // "NA" in a search of formats takes them away: every trial says all of its formats itself.
  const auto plain =
      make_space(base, {.seeds = {{.name = "default", .config = {texts("name", {"NA"})}}}});
  EXPECT_FALSE(plain->graph(point_with(*plain)).find("seq_blocks_1")->quant);
}

TEST(Space, BadSpacesAreErrors) {
  const auto graph = model::build_model("toy", 1);
  const auto run = [&](SpaceOptions options) { return [=] { make_space(graph, options); }; };
  const auto seeded = [&](ChoiceList list) {
    SpaceOptions options{.seeds = {integer_seed("default", {8})}};
    auto& config = options.seeds[0].config;
    for (auto& known : config) {
      if (known.key == list.key) known = list;
    }
    if (std::none_of(config.begin(), config.end(),
                     [&](const auto& known) { return known.key == list.key; }))
      config.push_back(list);
    return run(options);
  };
  expect_user_error(run({.name = "graph/quantise/mixed_precision_ptq"}), "Q001",
                    {"graph/quantize/mixed_precision_ptq"});
  expect_user_error(run({.name = "module/manual_hf/quantize/llm_mixed_precision_ptq"}), "Q001",
                    {"language models"});
  expect_user_error(run({.by = "typ"}), "Q002", {"'typ'", "type"});
  expect_user_error(run({.seeds = {integer_seed("seq_blocks_1", {8})}}), "Q003",
                    {"seq_blocks_2 (relu)", "seed.default.config"});
  expect_user_error(seeded(numbers("weight_widht", {8})), "Q004",
                    {"weight_widht", "weight_width", "search.toml:7"});
  expect_user_error(seeded(numbers("channel_multiplier", {8})), "Q004", {"channel_multiplier"});
  expect_user_error(seeded(numbers("weight_width", {})), "Q005", {"empty", "1 to 32"});
  expect_user_error(seeded(numbers("weight_width", {8, 0})), "Q005",
                    {"default.config.weight_width", "0", "1 to 32", "search.toml:7"});
  expect_user_error(seeded(numbers("weight_width", {33})), "Q005", {"33"});
  expect_user_error(seeded({"weight_width", {8.5}, ""}), "Q005", {"8.5"});
  expect_user_error(seeded(texts("weight_width", {"NA"})), "Q005", {"'NA'"});
  expect_user_error(seeded(numbers("data_in_frac_width", {300})), "Q005", {"-256 to 256", "NA"});
  expect_user_error(seeded(texts("name", {"binary"})), "Q005", {"'binary'", "integer"});
  expect_user_error(seeded(texts("rounding", {"half_up"})), "Q005", {"half_even"});
  expect_user_error(seeded(texts("style", {"rolled"})), "Q005", {"'rolled'", "folded"});
  expect_user_error(seeded(numbers("parallelism_in", {4, 8})), "Q005",
                    {"seq_blocks_1 (linear, 4 -> 8 features)", "8", "1 to 4"});
  SpaceOptions missing{.seeds = {integer_seed("default", {8})}};
  missing.seeds[0].config.erase(missing.seeds[0].config.begin() + 3);
  expect_user_error(run(missing), "Q006", {"weight_width", "seq_blocks_1 (linear)"});
  SpaceOptions twice{.seeds = {integer_seed("default", {8}), integer_seed("default", {4})}};
  expect_user_error(run(twice), "Q004", {"given twice"});
  SpaceOptions global{.seeds = {integer_seed("default", {8})},
                      .hardware = {numbers("target_i", {4})}};
  expect_user_error(run(global), "Q004", {"target_i", "target_ii"});
  const auto space = make_space(graph, {.seeds = {integer_seed("default", {4, 8})}});
  EXPECT_TRUE(space->illegal(Point(3, 0.0)));
  Point outside = point_with(*space);
  outside[0] = 1;
  EXPECT_THAT(space->illegal(outside).value(), HasSubstr("allowed 0 to 0"));
  expect_user_error([&] { space->graph(outside); }, "Q010", {"seq_blocks_1/config/name"});
}

TEST(Space, ANameThatIsNearlyANodeIsTold) {
  SpaceOptions options{.seeds = {integer_seed("default", {8}), integer_seed("seq_block_1", {4})}};
  const auto space = make_space(model::build_model("toy", 1), options);
  ASSERT_EQ(space->notes().size(), 1u);
  EXPECT_THAT(space->notes()[0], HasSubstr("did you mean 'seq_blocks_1'"));
}

TEST(ChannelSpace, TheUsersFileIsOneLegalPoint) {
  const auto graph = model::build_model("jsc-three-linear-layers", 1);
  const auto space =
      make_space(graph, test::space_of_example("jsc_three_linear_layers_by_type.toml"));
  EXPECT_EQ(Problem{.parameters = space->parameters()}.size(), 1);
  const Point point = point_with(*space);
  EXPECT_FALSE(space->illegal(point));
  const auto wide = space->graph(point);
  EXPECT_EQ(wide.find("seq_blocks_2")->out_features, 32);
  EXPECT_EQ(wide.find("seq_blocks_4")->in_features, 32);
  EXPECT_EQ(wide.find("seq_blocks_4")->out_features, 64);
  EXPECT_EQ(wide.find("seq_blocks_6")->in_features, 64);
  EXPECT_EQ(space->sampled_config(point)["seq_blocks_4"],
            ordered_json::parse(R"({"config": {"name": "both", "channel_multiplier_input": 2,
                                               "channel_multiplier_output": 4}})"));
  EXPECT_EQ(space->sampled_config(point)["seq_blocks_7"],
            ordered_json::parse(R"({"config": {"name": null}})"));
  ASSERT_EQ(space->notes().size(), 1u);  // the ReLU that is multiplied by 2 where 4 arrives
  EXPECT_THAT(space->notes()[0], HasSubstr("seq_blocks_5"));
}

TEST(ChannelSpace, PointsWhoseWidthsDoNotMeetAreIllegal) {
  auto options = test::space_of_example("jsc_three_linear_layers_by_type.toml");
  for (auto& seed : options.seeds) {
    if (seed.name == "seq_blocks_2") seed.config[1] = numbers("channel_multiplier", {1, 2, 4});
    if (seed.name == "seq_blocks_4")
      seed.config[1] = numbers("channel_multiplier_input", {2, 4, 8});
  }
  const auto graph = model::build_model("jsc-three-linear-layers", 1);
  const auto space = make_space(graph, options);
  EXPECT_TRUE(space->may_be_illegal());
  EXPECT_EQ(legal_points(*space), 2);
  const auto reason = space->illegal(point_with(*space));  // 16 against 32
  ASSERT_TRUE(reason);
  EXPECT_THAT(*reason, HasSubstr("gives 16 values, seq_blocks_4 (linear) expects 32"));
}

TEST(ChannelSpace, ASpaceWithoutALegalPointIsAnErrorWithBothWidths) {
  auto options = test::space_of_example("jsc_three_linear_layers_by_type.toml");
  for (auto& seed : options.seeds) {
    if (seed.name == "seq_blocks_4") seed.config[1] = numbers("channel_multiplier_input", {3, 4});
  }
  const auto graph = model::build_model("jsc-three-linear-layers", 1);
  expect_user_error([&] { make_space(graph, options); }, "Q007",
                    {"gives 32 values", "seq_blocks_4 (linear) expects 48 or 64"});
  options = {.name = "graph/channel_multiply/channel_multiplier",
             .seeds = {{.name = "default", .config = {texts("name", {"NA"})}},
                       {.name = "seq_blocks_2", .config = {texts("name", {"output_only"})}}}};
  expect_user_error([&] { make_space(graph, options); }, "Q006", {"channel_multiplier"});
  options.seeds[1].config = {texts("name", {"inplace"}), numbers("channel_multiplier", {2})};
  expect_user_error([&] { make_space(graph, options); }, "Q005",
                    {"seq_blocks_2 (linear)", "output_only"});
  options.seeds[1].config = {texts("name", {"output_only"}), numbers("channel_multiplier", {0})};
  expect_user_error([&] { make_space(graph, options); }, "Q005", {"0", "1 to 4096"});
}

}  // namespace
}  // namespace mase::search
