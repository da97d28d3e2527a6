// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "gen/fixed/format.h"

namespace mase::graph {

enum class Op { kPlaceholder, kFlatten, kLinear, kBatchNorm1d, kRelu, kOutput };

/// "placeholder", "flatten", "linear", "batch_norm1d", "relu", "output": the names of the .mz file
/// and of `by = "type"`.
std::string to_string(Op op);
std::optional<Op> parse_op(const std::string& name);
/// PyTorch's module name: "Linear", "BatchNorm1d", ...; used in reports.
std::string torch_type(Op op);

enum class Dtype { kF32, kF64 };

/// A parameter. Values are held as double, which is exact for both stored types.
struct Tensor {
  std::vector<int64_t> shape;
  Dtype dtype = Dtype::kF32;
  std::vector<double> data;  ///< row-major

  int64_t elements() const;
  friend bool operator==(const Tensor&, const Tensor&) = default;
};

/// A number of bits: one for all channels, or one for each.
class Bits {
 public:
  Bits() = default;
  Bits(int all) : all_(all) {}                             // NOLINT: an integer is one
  Bits(std::vector<int> each) : each_(std::move(each)) {}  // NOLINT: so is a list; not empty

  bool per_channel() const { return !each_.empty(); }
  /// Of every channel. InternalError where they have their own.
  int all() const;
  int at(size_t channel) const { return each_.empty() ? all_ : each_[channel]; }
  const std::vector<int>& each() const { return each_; }  ///< empty: one for all
  Bits half() const;                                      ///< rounded down

  friend bool operator==(const Bits&, const Bits&) = default;

 private:
  int all_ = 0;
  std::vector<int> each_;
};

/// What the `quant` table of a node says. An absent optional means that the key is absent. Channels
/// are the features of data_in and of data_out, the rows of a linear's weight and bias, and the
/// features of a batch norm. A channel whose width is 0 is dropped: it is 0 for every input.
struct Quant {
  std::string name = "integer";  ///< "integer", or "NA": this node is not quantised
  std::optional<Bits> data_in_width, data_in_frac_width;
  std::optional<Bits> weight_width, weight_frac_width;
  std::optional<Bits> bias_width, bias_frac_width;
  std::optional<Bits> data_out_width, data_out_frac_width;
  fixed::Rounding rounding = fixed::Rounding::kHalfEven;
  bool bypass = false;  ///< true: not quantised, as name = "NA"

  bool enabled() const { return name != "NA" && !bypass; }
  bool per_channel() const;  ///< of any key
  friend bool operator==(const Quant&, const Quant&) = default;
};

/// Of adders_per_stage and extra_adder_depth: more levels than any layer has.
inline constexpr int kMostAdderLevels = 1000;
inline constexpr double kMostTargetMhz = 10000;

/// What the `hardware` table of a node says. An unrolled node reads and writes whole samples; what
/// the table says of parallelism, weight storage and multipliers is for its folded style.
struct Hardware {
  std::optional<std::string> style;           ///< "folded", "unrolled"
  std::optional<int> parallelism_in;          ///< elements read a beat, 1..inputs
  std::optional<int> parallelism_out;         ///< elements written a beat, 1..outputs
  std::optional<std::string> weight_storage;  ///< "auto", "lut", "bram"
  std::optional<std::string> multiplier;      ///< "auto", "dsp", "lut"
  std::optional<bool> fuse;              ///< false: an element-wise node keeps a cell of its own
  std::optional<int> adders_per_stage;   ///< unrolled: adder levels between registers, 1 and more
  std::optional<int> extra_adder_depth;  ///< unrolled: adder levels beyond the least possible
  std::optional<double> target_mhz;      ///< unrolled: in place of adders_per_stage

  friend bool operator==(const Hardware&, const Hardware&) = default;
};

/// `base` with every key that `top` sets.
Hardware overlay(Hardware base, const Hardware& top);

struct Node {
  std::string name;
  Op op = Op::kPlaceholder;
  std::vector<std::string> inputs;  ///< names of producer nodes

  std::vector<int64_t> shape;  ///< placeholder: features of one sample, without the batch
  int64_t in_features = 0;     ///< linear
  int64_t out_features = 0;    ///< linear
  bool bias = true;            ///< linear
  int64_t num_features = 0;    ///< batch_norm1d
  double eps = 1e-5;           ///< batch_norm1d
  double momentum = 0.1;       ///< batch_norm1d, training only

  std::optional<Quant> quant;
  std::optional<Hardware> hardware;
  std::map<std::string, Tensor> parameters;  ///< "weight", "bias", "running_mean", "running_var"

  bool quantised() const { return quant && quant->enabled(); }
  const Tensor& parameter(const std::string& name) const;  ///< InternalError when absent
};

/// Nodes in topological order, unique names, exactly one placeholder and one output.
struct Graph {
  std::string name;
  std::string task = "classification";
  std::vector<Node> nodes;

  const Node* find(const std::string& name) const;
  Node* find(const std::string& name);
  const Node& placeholder() const;
  const Node& output() const;
};

/// Features of one sample that leave `node` (all listed operators work on flat vectors).
/// The graph must be verified.
int64_t features_out(const Graph& graph, const Node& node);
int64_t parameter_count(const Graph& graph);  ///< trainable parameters, as PyTorch counts them

/// Appends a linear / batch norm / relu / flatten node with zero-sized parameters to be filled by
/// the caller. linear: weight [out, in], bias [out]; batch_norm1d: weight, bias, running_mean,
/// running_var [num_features] initialised to 1, 0, 0, 1.
Node make_linear(const std::string& name, const std::string& input, int64_t in, int64_t out,
                 bool bias = true);
Node make_batch_norm1d(const std::string& name, const std::string& input, int64_t features);
Node make_relu(const std::string& name, const std::string& input);

/// Checks everything formats.md demands of a graph: unique legal names, topological order, arities,
/// shapes of parameters, feature counts along edges, finite parameters, ranges of every quant and
/// hardware key (width 1..32, parallelism 1..features), lengths of arrays of widths. Errors:
/// UserError G0xx naming node, key, what was found and what is allowed. `where` = file for
/// messages.
void verify(const Graph& graph, const std::string& where = {});

/// The data_in / weight / bias / data_out formats of a quantised node. A missing frac width is
/// width / 2 ("NA"). Where channels have formats of their own: the common one
/// (fixed::common_format). Errors: UserError G030 naming the node and the missing key.
fixed::Format data_in_format(const Node& node);
fixed::Format weight_format(const Node& node);
fixed::Format bias_format(const Node& node);
std::optional<fixed::Format> data_out_format(const Node& node);

/// The same for each channel; empty where all have one format.
std::vector<fixed::Format> data_in_channels(const Node& node);
std::vector<fixed::Format> weight_channels(const Node& node);
std::vector<fixed::Format> bias_channels(const Node& node);
std::vector<fixed::Format> data_out_channels(const Node& node);

}  // namespace mase::graph
