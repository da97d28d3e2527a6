// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>
#include <set>

#include "gen/base/error.h"
#include "gen/fixed/channels.h"
#include "gen/graph/graph.h"

namespace mase::graph {

namespace {

/// Checks one graph; every failure names the node first.
class Verifier {
 public:
  Verifier(const Graph& graph, std::string where) : graph_(graph), where_(std::move(where)) {}

  void run() {
    check_names();
    for (const auto& node : graph_.nodes) {
      check_inputs(node);
      check_attributes(node);
      check_parameters(node);
      if (node.quant) check_quant(node);
      if (node.hardware) check_hardware(node);
      features_[node.name] = features(node);
    }
    check_ends();
  }

 private:
  [[noreturn]] void fail(const char* code, const std::string& what,
                         const std::string& help = {}) const {
    throw UserError(code, what, where_, help);
  }

  void check_names() const {
    std::set<std::string> seen;
    for (const auto& node : graph_.nodes) {
      const bool legal =
          !node.name.empty() && !std::isdigit(static_cast<unsigned char>(node.name.front())) &&
          std::all_of(node.name.begin(), node.name.end(),
                      [](unsigned char c) { return c < 128 && (std::isalnum(c) || c == '_'); });
      if (!legal) {
        fail("G001", fmt::format("node name '{}' is not an identifier", node.name),
             "names are letters, digits and '_', not starting with a digit");
      }
      if (!seen.insert(node.name).second)
        fail("G002", fmt::format("{}: two nodes have this name", node.name));
    }
  }

  void check_inputs(const Node& node) const {
    const size_t wanted = node.op == Op::kPlaceholder ? 0 : 1;
    if (node.inputs.size() != wanted) {
      fail("G003", fmt::format("{} ({}): {} inputs, allowed {}", node.name, to_string(node.op),
                               node.inputs.size(), wanted));
    }
    for (const auto& input : node.inputs) {
      if (features_.count(input) != 0) continue;
      if (graph_.find(input) == nullptr) {
        std::vector<std::string> names;
        for (const auto& other : graph_.nodes) names.push_back(other.name);
        fail("G004", fmt::format("{}: input '{}' is no node of the graph", node.name, input),
             nearest_help(input, names));
      }
      fail("G005",
           fmt::format("{}: input '{}' comes after it or is in a cycle with it", node.name, input),
           "list the nodes in topological order");
    }
  }

  void check_attributes(const Node& node) const {
    const auto positive = [&](int64_t value, const char* key) {
      if (value < 1 || value > (int64_t{1} << 24)) {
        fail("G006", fmt::format("{} ({}): {} is {}, allowed 1 to {}", node.name,
                                 to_string(node.op), key, value, int64_t{1} << 24));
      }
    };
    switch (node.op) {
      case Op::kPlaceholder: {
        if (node.shape.empty())
          fail("G006", fmt::format("{}: the placeholder needs a shape", node.name));
        int64_t product = 1;
        for (const int64_t d : node.shape) {
          positive(d, "shape");
          product *= d;
          positive(product, "product of shape");
        }
        break;
      }
      case Op::kLinear:
        positive(node.in_features, "in_features");
        positive(node.out_features, "out_features");
        check_width(node, node.in_features, "in_features");
        break;
      case Op::kBatchNorm1d:
        positive(node.num_features, "num_features");
        check_width(node, node.num_features, "num_features");
        if (!(node.eps >= 0) || !std::isfinite(node.eps)) {
          fail("G006",
               fmt::format("{}: eps is {}, allowed a finite number >= 0", node.name, node.eps));
        }
        break;
      default: break;
    }
  }

  void check_width(const Node& node, int64_t wanted, const char* key) const {
    const int64_t got = features_.at(node.inputs.front());
    if (got != wanted) {
      fail("G007", fmt::format("{} ({}): {} is {}, but its input {} gives {} features", node.name,
                               to_string(node.op), key, wanted, node.inputs.front(), got));
    }
  }

  int64_t features(const Node& node) const {
    if (node.inputs.empty() || node.op == Op::kLinear || node.op == Op::kBatchNorm1d)
      return features_out(graph_, node);
    return features_.at(node.inputs.front());
  }

  void check_parameters(const Node& node) const {
    std::map<std::string, std::vector<int64_t>> wanted;
    if (node.op == Op::kLinear) {
      wanted["weight"] = {node.out_features, node.in_features};
      if (node.bias) wanted["bias"] = {node.out_features};
    } else if (node.op == Op::kBatchNorm1d) {
      for (const char* key : {"weight", "bias", "running_mean", "running_var"})
        wanted[key] = {node.num_features};
    }
    for (const auto& [key, shape] : wanted) {
      const auto it = node.parameters.find(key);
      if (it == node.parameters.end()) {
        fail("G010", fmt::format("{}.{} is missing; wanted a tensor of shape [{}]", node.name, key,
                                 fmt::join(shape, ", ")));
      }
      if (it->second.shape != shape ||
          it->second.elements() != static_cast<int64_t>(it->second.data.size())) {
        fail("G011", fmt::format("{}.{} has shape [{}], wanted [{}]", node.name, key,
                                 fmt::join(it->second.shape, ", "), fmt::join(shape, ", ")));
      }
      check_finite(node, key, it->second);
    }
    for (const auto& [key, tensor] : node.parameters) {
      if (wanted.count(key) == 0) {
        fail("G012",
             fmt::format("{}.{} is no parameter of {}", node.name, key, to_string(node.op)));
      }
    }
  }

  void check_finite(const Node& node, const std::string& key, const Tensor& tensor) const {
    for (size_t i = 0; i < tensor.data.size(); ++i) {
      if (!std::isfinite(tensor.data[i])) {
        fail("G013", fmt::format("{}.{}: element {} is {}", node.name, key, i, tensor.data[i]),
             "find out why training gave a value that is no number (learning rate, data) and train "
             "again");
      }
      if (key == "running_var" && tensor.data[i] < 0) {
        fail("G013", fmt::format("{}.{}: element {} is {}, a variance is >= 0", node.name, key, i,
                                 tensor.data[i]));
      }
    }
  }

  void check_quant(const Node& node) const {
    const Quant& q = *node.quant;
    if (q.name != "integer" && q.name != "NA") {
      fail("G020", fmt::format("{}: quant.name is '{}'", node.name, q.name),
           "allowed: integer, NA");
    }
    const int64_t in = node.inputs.empty() ? features(node) : features_.at(node.inputs.front());
    const int64_t out = features(node);
    check_bits(node, q.data_in_width, q.data_in_frac_width, "data_in", in);
    check_bits(node, q.weight_width, q.weight_frac_width, "weight", out);
    check_bits(node, q.bias_width, q.bias_frac_width, "bias", out);
    check_bits(node, q.data_out_width, q.data_out_frac_width, "data_out", out);
  }

  void check_bits(const Node& node, const std::optional<Bits>& width,
                  const std::optional<Bits>& frac, const char* what, int64_t channels) const {
    const std::string key = fmt::format("{}: quant.{}", node.name, what);
    if (!width && frac) fail("G021", fmt::format("{}_frac_width without {}_width", key, what));
    if (!width) return;
    const auto check_length = [&](const Bits& bits, const char* end) {
      const auto length = static_cast<int64_t>(bits.each().size());
      if (length == 0 || length == channels) return;
      fail("G025",
           fmt::format("{}{} ({}) has {} numbers, wanted {}", key, end, to_string(node.op), length,
                       channels),
           fmt::format("give one number for all channels, or one for each of its {} {}", channels,
                       std::string(what).starts_with("data") ? "features" : "rows"));
    };
    check_length(*width, "_width");
    if (frac) check_length(*frac, "_frac_width");
    const bool per_channel = width->per_channel() || (frac && frac->per_channel());
    std::vector<fixed::Format> formats;
    for (size_t c = 0; c < (per_channel ? static_cast<size_t>(channels) : 1); ++c) {
      const int bits = width->at(c);
      if (width->per_channel() && bits == 0) continue;  // dropped
      formats.push_back({bits, frac ? frac->at(c) : bits / 2, true});
      try {
        fixed::check_operand(formats.back(), per_channel ? fmt::format("{}[{}]", key, c) : key);
      } catch (const UserError& error) {
        throw error.at(where_);
      }
    }
    if (const int wide = fixed::common_format(formats).width; wide > fixed::kMaxCommonWidth) {
      fail("G026",
           fmt::format("{}: the formats of its channels span {} bits, allowed {}", key, wide,
                       fixed::kMaxCommonWidth),
           "bring the fraction widths of the channels closer together");
    }
  }

  void check_hardware(const Node& node) const {
    const Hardware& h = *node.hardware;
    const auto choice = [&](const std::optional<std::string>& value, const char* key,
                            const std::vector<std::string>& allowed) {
      if (value && std::find(allowed.begin(), allowed.end(), *value) == allowed.end()) {
        fail("G022", fmt::format("{}: hardware.{} is '{}'", node.name, key, *value),
             nearest_help(*value, allowed));
      }
    };
    choice(h.style, "style", {"folded", "unrolled"});
    choice(h.weight_storage, "weight_storage", {"auto", "lut", "bram"});
    choice(h.multiplier, "multiplier", {"auto", "dsp", "lut"});
    const int64_t in = node.inputs.empty() ? features(node) : features_.at(node.inputs.front());
    const auto range = [&](const std::optional<int>& value, const char* key, int64_t features) {
      if (value && (*value < 1 || *value > features)) {
        fail("G023", fmt::format("{} ({}): hardware.{} is {}, allowed 1 to {} (its features)",
                                 node.name, to_string(node.op), key, *value, features));
      }
    };
    range(h.parallelism_in, "parallelism_in", in);
    range(h.parallelism_out, "parallelism_out", features(node));
    const auto levels = [&](const std::optional<int>& value, const char* key, int least) {
      if (value && (*value < least || *value > kMostAdderLevels)) {
        fail("G023", fmt::format("{} ({}): hardware.{} is {}, allowed {} to {}", node.name,
                                 to_string(node.op), key, *value, least, kMostAdderLevels));
      }
    };
    levels(h.adders_per_stage, "adders_per_stage", 1);
    levels(h.extra_adder_depth, "extra_adder_depth", 0);
    if (h.target_mhz && !(*h.target_mhz > 0 && *h.target_mhz <= kMostTargetMhz)) {
      fail("G023", fmt::format("{} ({}): hardware.target_mhz is {}, allowed above 0 to {}",
                               node.name, to_string(node.op), *h.target_mhz, kMostTargetMhz));
    }
    if (h.target_mhz && h.adders_per_stage) {
      fail("G025",
           fmt::format("{} ({}): hardware has adders_per_stage {} and target_mhz {}", node.name,
                       to_string(node.op), *h.adders_per_stage, *h.target_mhz),
           "keep one: both say where registers go");
    }
    if (node.op != Op::kLinear && h.parallelism_in && h.parallelism_out &&
        *h.parallelism_in != *h.parallelism_out) {
      fail("G024",
           fmt::format("{} ({}): parallelism_in {} and parallelism_out {} differ", node.name,
                       to_string(node.op), *h.parallelism_in, *h.parallelism_out),
           "an element-wise node reads and writes the same number of elements a beat");
    }
  }

  void check_ends() const {
    int placeholders = 0, outputs = 0;
    std::map<std::string, int> readers;
    for (const auto& node : graph_.nodes) {
      placeholders += node.op == Op::kPlaceholder;
      outputs += node.op == Op::kOutput;
      for (const auto& input : node.inputs) ++readers[input];
    }
    if (placeholders != 1 || outputs != 1) {
      fail("G008", fmt::format("graph {} has {} placeholders and {} outputs, allowed one of each",
                               graph_.name, placeholders, outputs));
    }
    for (const auto& node : graph_.nodes) {
      const int n = readers[node.name];
      if (node.op == Op::kOutput ? n != 0 : n != 1) {
        fail("G009",
             fmt::format("{} ({}): read by {} nodes, allowed {}", node.name, to_string(node.op), n,
                         node.op == Op::kOutput ? "none" : "exactly one"),
             "this release handles chains; remove dead nodes and branches");
      }
    }
  }

  const Graph& graph_;
  std::string where_;
  std::map<std::string, int64_t> features_;
};

}  // namespace

void verify(const Graph& graph, const std::string& where) { Verifier(graph, where).run(); }

}  // namespace mase::graph
