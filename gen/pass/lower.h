// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "gen/fixed/affine.h"
#include "gen/fixed/format.h"
#include "gen/graph/graph.h"

namespace mase::pass {

/// One step of the integer network: cast the producer's value to `in`, compute exactly into `acc`,
/// cast to `out`.
struct IntegerNode {
  std::string name;  ///< graph node
  graph::Op op;
  int input = -1;  ///< index into IntegerNetwork::nodes; -1 only for the placeholder
  int64_t features_in = 0, features_out = 0;
  fixed::Format producer;  ///< format that arrives
  fixed::Format in;        ///< after the cast on the edge; == producer where there is none
  fixed::Format acc;       ///< exact result of the operator
  fixed::Format out;       ///< what leaves; == acc where there is no data_out cast
  fixed::Rounding rounding = fixed::Rounding::kHalfEven;  ///< of both casts of this node
  /// Where this node casts every channel to a format of its own (fixed/channels.h): `in` and `out`
  /// are their common formats. Empty: all channels have that. Of the placeholder: what the source
  /// gives.
  std::vector<fixed::Format> in_channels, out_channels;

  // linear and batch norm
  fixed::Format weight_format;
  std::optional<fixed::Format> bias_format;
  fixed::Alignment alignment;
  fixed::Constants weight;  ///< linear: [out * in] row-major; batch norm: scale [features]
  fixed::Constants bias;    ///< [out], or empty
  fixed::RowSums row_sums;  ///< of weight, with features_out rows

  const graph::Node* source = nullptr;  ///< valid while the graph lives
};

/// The quantised graph as integer arithmetic: the one meaning that software evaluation, the
/// reference and the hardware share.
struct IntegerNetwork {
  std::string name;
  std::vector<IntegerNode> nodes;  ///< topological; first is the placeholder, last the output
  fixed::Format input() const { return nodes.front().out; }
  const std::vector<fixed::Format>& input_channels() const { return nodes.front().out_channels; }
  fixed::Format output() const { return nodes.back().out; }
  int64_t features_in() const { return nodes.front().features_out; }
  int64_t features_out() const { return nodes.back().features_out; }
};

/// Lowers a verified graph in which every linear and batch norm is quantised.
/// Errors: UserError P001 naming each node that lacks a format and the keys to give it; P003 and
/// P004 where formats lie too far apart; F003 for NaN weights.
IntegerNetwork lower(const graph::Graph& graph);

/// Affine nodes that were lowered before, for a search that gives the same parameters many formats.
/// Good for one list of nodes with one set of parameters; nodes with formats for each channel are
/// lowered every time. Thread-safe.
class LowerCache {
 public:
  /// The node's place in the graph, then width and fraction of data_in, weight and bias.
  using Key = std::array<int16_t, 8>;
  /// The node with its constants, `in` and `acc`; nullptr: not seen yet.
  std::shared_ptr<const IntegerNode> find(const Key& key) const;
  void add(const Key& key, std::shared_ptr<const IntegerNode> node);

 private:
  struct Hash {
    size_t operator()(const Key& key) const;
  };
  mutable std::mutex mutex_;
  std::unordered_map<Key, std::shared_ptr<const IntegerNode>, Hash> known_;
};

/// The same network from a graph that the caller has verified. `memory` is used for its nodes.
/// Errors: as lower().
IntegerNetwork lower(const graph::Graph& graph, LowerCache& cache,
                     std::vector<IntegerNode> memory = {});

/// Natural units -> raw integers of network.input(), each channel rounded into its own format.
/// Shapes: x [samples * features_in]. Errors: UserError F003 naming `tensor` for NaN.
std::vector<int64_t> quantise_inputs(const IntegerNetwork& network, std::span<const double> x,
                                     const std::string& tensor);

/// Bit-exact integer reference. x: raw integers in network.input(), one sample. Returns raw
/// integers in network.output(). `taps`, when given, receives the result of every node (same order
/// as network.nodes).
std::vector<fixed::Wide> evaluate(const IntegerNetwork& network, const std::vector<fixed::Wide>& x,
                                  std::vector<std::vector<fixed::Wide>>* taps = nullptr);

}  // namespace mase::pass
