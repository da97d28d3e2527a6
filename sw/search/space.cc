// SPDX-License-Identifier: Apache-2.0
#include "sw/search/space.h"

#include <fmt/format.h>

#include "gen/base/error.h"
#include "sw/search/axes.h"

namespace mase::search {

namespace {

constexpr const char* kQuantise = "graph/quantize/mixed_precision_ptq";
constexpr const char* kChannel = "graph/channel_multiply/channel_multiplier";

}  // namespace

const std::vector<std::string>& space_names() {
  static const std::vector<std::string> names = {kQuantise, kChannel};
  return names;
}

std::unique_ptr<Space> make_space(const graph::Graph& graph, const SpaceOptions& options,
                                  const arch::HardwareOptions& hardware) {
  graph::verify(graph);
  if (options.name != kQuantise && options.name != kChannel) {
    const bool language_model = options.name.starts_with("module/");
    throw UserError(
        "Q001", fmt::format("search.search_space.name: unknown search space '{}'", options.name),
        options.where,
        language_model ? "spaces of module/manual_hf are for language models, which "
                         "this program has not; " +
                             nearest_help(options.name, space_names())
                       : nearest_help(options.name, space_names()));
  }
  if (options.by != "name" && options.by != "type") {
    throw UserError("Q002", fmt::format("search.search_space.setup.by is '{}'", options.by),
                    options.where, nearest_help(options.by, {"name", "type"}));
  }
  return options.name == kQuantise ? make_quantise_space(graph, options, hardware)
                                   : make_channel_space(graph, options, hardware);
}

void Space::configure(Configured& configured, const Point& point) const {
  configured = {{}, graph(point), hardware_options(point)};
  configured.point = point;
}

}  // namespace mase::search
