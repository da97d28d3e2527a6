// SPDX-License-Identifier: Apache-2.0
#include "gen/arch/latency.h"

#include <algorithm>
#include <vector>

#include "gen/arch/cell_timing.h"
#include "gen/base/error.h"

namespace mase::arch {

namespace {

/// What follows a beat does not matter to it, so that every beat can be followed to the sink before
/// the next one is looked at. `offer` gives the cycle in which a cell takes the beat that is
/// offered from cycle `offered` on, and follows all that this beat causes.
class Chain {
 public:
  explicit Chain(const HardwareGraph& hardware) {
    nodes_.resize(std::max(nodes_.size(), hardware.stages.size()));
    size_ = hardware.stages.size();
    for (size_t i = 0; i < size_; ++i) {
      const Stage& stage = hardware.stages[i];
      Node& node = nodes_[i];
      node.clear();
      node.kind = stage.cell == Cell::kWidthAdapter ? Node::kGearbox
                  : stage.cell == Cell::kSkidBuffer || stage.cell == Cell::kSlrCrossing
                      ? Node::kQueue
                      : Node::kPipeline;
      if (node.kind == Node::kQueue) node.queue = queue(stage);
      if (node.kind == Node::kPipeline) node.depth = pipeline_depth(stage);
      if (node.kind == Node::kGearbox) {
        MASE_CHECK(stage.lanes_in != stage.lanes_out, "{} adapts nothing", stage.name);
        node.gearbox = gearbox(stage);
      }
      if (stage.cell == Cell::kLinear) {
        node.beats = stage.beats_in();
        node.passes = stage.beats_out();
        node.stores = stores_two_samples(stage);
      }
    }
  }

  int64_t latency(int64_t beats) {
    int64_t first = 0, taken = -1;
    for (int64_t beat = 0; beat < beats; ++beat) {
      taken = offer(0, taken + 1);
      if (beat == 0) first = taken;
    }
    return last_out_ - first;
  }

 private:
  /// A result that waited at the output of a pipeline: nothing in it moved in [begin, end).
  struct Stall {
    int64_t begin, end;
  };

  struct Node {
    enum Kind { kPipeline, kGearbox, kQueue } kind = kPipeline;
    // pipeline: `beats` operands make a result, in each of `passes` passes over a sample
    int64_t depth = 1, beats = 1, passes = 1;
    bool stores = false;
    int64_t beat = 0, fired = -1;  ///< operands of this pass so far, and when the last one moved
    std::vector<Stall> stalls;
    // gearbox
    Gearbox gearbox;
    int64_t held_in = 0;         ///< units taken
    std::vector<int64_t> given;  ///< when each beat out left; also of a queue
    Queue queue;
    int64_t taken = -1;

    /// As a new one, but for its memory.
    void clear() {
      stalls.clear();
      given.clear();
      Node fresh;
      fresh.stalls.swap(stalls);
      fresh.given.swap(given);
      *this = std::move(fresh);
    }
  };

  /// Used again: a search asks for thousands of designs a second.
  static std::vector<Node>& memory() {
    static thread_local std::vector<Node> nodes;
    return nodes;
  }

  int64_t offer(size_t at, int64_t offered) {
    if (at == size_) return last_out_ = offered;
    Node& node = nodes_[at];
    node.taken = std::max(offered, node.taken + 1);
    switch (node.kind) {
      case Node::kPipeline: return offer_pipeline(at, node);
      case Node::kGearbox: return offer_gearbox(at, node);
      case Node::kQueue: return offer_queue(at, node);
    }
    return node.taken;
  }

  /// The first cycle from `cycle` on in which the pipeline moves.
  static int64_t moves_at(const Node& node, int64_t cycle) {
    for (const Stall& stall : node.stalls) {
      if (stall.begin <= cycle && cycle < stall.end) cycle = stall.end;
    }
    return cycle;
  }

  /// `steps` moves after a cycle in which it moves.
  static int64_t after(const Node& node, int64_t cycle, int64_t steps) {
    int64_t result = cycle + steps;
    for (const Stall& stall : node.stalls) {
      if (stall.begin > cycle && stall.begin <= result) result += stall.end - stall.begin;
    }
    return result;
  }

  int64_t offer_pipeline(size_t at, Node& node) {
    if (node.stores) {
      node.fired = std::max(node.taken, node.fired) + 1;  // out of the store, one edge later
    } else {
      node.fired = node.taken = moves_at(node, node.taken);
    }
    if (++node.beat < node.beats) return node.taken;
    node.beat = 0;
    const int64_t taken = node.taken;
    give_result(at);
    for (int64_t pass = 1; pass < node.passes; ++pass) {
      node.fired = after(node, node.fired, node.beats);
      give_result(at);
    }
    return taken;
  }

  void give_result(size_t at) {
    Node& node = nodes_[at];
    const int64_t offered = after(node, node.fired, node.depth);
    const int64_t left = offer(at + 1, offered);
    // Older ones end before anything that is still to come.
    std::erase_if(node.stalls, [&](const Stall& s) { return s.end <= node.fired; });
    if (left > offered) node.stalls.push_back({offered, left});
  }

  int64_t offer_gearbox(size_t at, Node& node) {
    const Gearbox& g = node.gearbox;
    const bool last = ++node.beat == g.beats_in;
    // Beats out that have to leave before, or together with, this one's coming.
    const int64_t excess = node.held_in - g.most_held(last);
    const int64_t leave = excess > 0 ? (excess + g.out - 1) / g.out : 0;
    if (leave > 0) node.taken = std::max(node.taken, node.given[static_cast<size_t>(leave) - 1]);
    node.held_in += last ? g.last_in : g.in;
    const int64_t taken = node.taken;
    while ((static_cast<int64_t>(node.given.size()) + 1) * g.out <= node.held_in) {
      const int64_t offered =
          std::max(taken + 1, node.given.empty() ? int64_t{0} : node.given.back() + 1);
      node.given.push_back(offer(at + 1, offered));
    }
    return taken;
  }

  int64_t offer_queue(size_t at, Node& node) {
    const Queue& q = node.queue;
    const size_t beats = node.given.size(), depth = static_cast<size_t>(q.depth);
    if (beats >= depth) node.taken = std::max(node.taken, node.given[beats - depth] + q.back);
    const int64_t taken = node.taken;
    const int64_t free = beats == 0 ? 0 : node.given.back() + 1;
    node.given.push_back(offer(at + 1, std::max(taken + q.forward, free)));
    return taken;
  }

  std::vector<Node>& nodes_ = memory();
  size_t size_ = 0;
  int64_t last_out_ = 0;
};

}  // namespace

int64_t latency_cycles(const HardwareGraph& hardware) {
  return Chain(hardware).latency(hardware.beats_in());
}

}  // namespace mase::arch
