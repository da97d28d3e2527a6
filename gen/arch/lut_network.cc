// SPDX-License-Identifier: Apache-2.0
#include "gen/arch/lut_network.h"

#include <algorithm>
#include <utility>

namespace mase::arch {

LutNetwork::LutNetwork() : nodes_(1) {}

Signal LutNetwork::leaf() {
  nodes_.emplace_back();
  return static_cast<Signal>(2 * (nodes_.size() - 1));
}

Signal LutNetwork::gate(Kind kind, Signal a, Signal b, Signal c) {
  uint64_t key = static_cast<uint64_t>(kind);
  for (const Signal s : {a, b, c}) {
    key = (key ^ static_cast<uint64_t>(s)) * 0x9E3779B97F4A7C15u;
    key ^= key >> 29;
  }
  const Node wanted{kind, {a, b, c}};
  std::vector<int>& same = known_[key];
  for (const int n : same) {
    const Node& node = nodes_[static_cast<size_t>(n)];
    if (node.kind == wanted.kind && node.in == wanted.in) return 2 * n;
  }
  same.push_back(static_cast<int>(nodes_.size()));
  nodes_.push_back(wanted);
  return 2 * same.back();
}

Signal LutNetwork::both(Signal a, Signal b) {
  if (a > b) std::swap(a, b);
  if (a == kFalse || a == inverse(b)) return kFalse;
  if (a == kTrue || a == b) return b;
  return gate(Kind::kBoth, a, b, 0);
}

Signal LutNetwork::differ(Signal a, Signal b) {
  const Signal inverted = (a ^ b) & 1;
  a &= ~1;
  b &= ~1;
  if (a > b) std::swap(a, b);
  if (a == kFalse || a == b) return (a == b ? kFalse : b) ^ inverted;
  return gate(Kind::kDiffer, a, b, 0) ^ inverted;
}

Signal LutNetwork::choose(Signal which, Signal high, Signal low) {
  if ((which & 1) != 0) {
    which = inverse(which);
    std::swap(high, low);
  }
  if (which == kFalse || high == low) return low;
  if (high == inverse(low)) return differ(which, low);
  if (is_constant(high) || high == which)
    return high == kFalse ? both(inverse(which), low) : either(which, low);
  if (is_constant(low) || low == which)
    return low == kTrue ? either(inverse(which), high) : both(which, high);
  const Signal inverted = low & 1;
  return gate(Kind::kChoose, which, high ^ inverted, low ^ inverted) ^ inverted;
}

Signal LutNetwork::any(const std::vector<Signal>& signals) {
  Signal result = kFalse;
  for (const Signal s : signals) result = either(result, s);
  return result;
}

void LutNetwork::need(Signal s) {
  if (is_gate(s)) needed_.push_back(s);
}

bool LutNetwork::merge(const Cut& a, const Cut& b, Cut& both) {
  both.size = 0;
  both.leaves = {};
  int i = 0, j = 0;
  while (i < a.size || j < b.size) {
    if (both.size == kInputs) return false;
    const int x = i < a.size ? a.leaves[static_cast<size_t>(i)] : INT32_MAX;
    const int y = j < b.size ? b.leaves[static_cast<size_t>(j)] : INT32_MAX;
    both.leaves[static_cast<size_t>(both.size++)] = std::min(x, y);
    i += x <= y;
    j += y <= x;
  }
  return true;
}

void LutNetwork::find_cuts(size_t n) {
  const Node& node = nodes_[n];
  std::vector<Cut> partial{Cut{}};
  for (int k = 0; k < inputs_of(node); ++k) {
    const size_t input = node_of(node.in[static_cast<size_t>(k)]);
    Cut alone{.size = 1};
    alone.leaves[0] = static_cast<int>(input);
    std::vector<Cut> next;
    const auto add = [&](const Cut& a, const Cut& b) {
      Cut merged;
      if (!merge(a, b, merged)) return;
      if (std::find(next.begin(), next.end(), merged) == next.end()) next.push_back(merged);
    };
    for (const Cut& a : partial) {
      for (const Cut& b : cuts_[input]) add(a, b);
      add(a, alone);
    }
    partial = std::move(next);
  }
  for (Cut& cut : partial) {
    cut.flow = 1;
    for (int k = 0; k < cut.size; ++k) {
      const auto leaf = static_cast<size_t>(cut.leaves[static_cast<size_t>(k)]);
      cut.flow += flow_[leaf] / std::max(fanout_[leaf], 1.0);
    }
  }
  std::stable_sort(partial.begin(), partial.end(), [](const Cut& a, const Cut& b) {
    return a.flow != b.flow ? a.flow < b.flow : a.size < b.size;
  });
  if (partial.size() > kCuts) partial.resize(kCuts);
  flow_[n] = partial.front().flow;
  cuts_[n] = std::move(partial);
}

int64_t LutNetwork::take(size_t n) {
  int64_t luts = 1;
  const Cut& cut = cuts_[n].front();
  for (int k = 0; k < cut.size; ++k) {
    const auto leaf = static_cast<size_t>(cut.leaves[static_cast<size_t>(k)]);
    if (readers_[leaf]++ == 0 && nodes_[leaf].kind != Kind::kLeaf) luts += take(leaf);
  }
  return luts;
}

int64_t LutNetwork::release(size_t n) {
  int64_t luts = 1;
  const Cut& cut = cuts_[n].front();
  for (int k = 0; k < cut.size; ++k) {
    const auto leaf = static_cast<size_t>(cut.leaves[static_cast<size_t>(k)]);
    if (--readers_[leaf] == 0 && nodes_[leaf].kind != Kind::kLeaf) luts += release(leaf);
  }
  return luts;
}

void LutNetwork::improve() {
  for (size_t n = 0; n < nodes_.size(); ++n) {
    if (readers_[n] == 0 || cuts_[n].size() < 2) continue;
    int64_t least = release(n);
    take(n);
    size_t best = 0;
    for (size_t c = 1; c < cuts_[n].size(); ++c) {
      release(n);
      std::swap(cuts_[n][0], cuts_[n][c]);
      if (const int64_t luts = take(n); luts < least) {
        least = luts;
        best = c;
      }
      release(n);
      std::swap(cuts_[n][0], cuts_[n][c]);
      take(n);
    }
    if (best == 0) continue;
    release(n);
    std::swap(cuts_[n][0], cuts_[n][best]);
    take(n);
  }
}

int64_t LutNetwork::luts() {
  std::sort(needed_.begin(), needed_.end());
  needed_.erase(std::unique(needed_.begin(), needed_.end()), needed_.end());
  const size_t count = nodes_.size();
  cuts_.assign(count, {});
  flow_.assign(count, 0);
  fanout_.assign(count, 0);
  readers_.assign(count, 0);
  for (const Node& node : nodes_) {
    for (int k = 0; node.kind != Kind::kLeaf && k < inputs_of(node); ++k)
      ++fanout_[node_of(node.in[static_cast<size_t>(k)])];
  }
  for (const Signal s : needed_) ++fanout_[node_of(s)];
  for (size_t n = 0; n < count; ++n) {
    if (nodes_[n].kind != Kind::kLeaf) find_cuts(n);
  }
  int64_t inverted_twins = 0;
  for (size_t i = 0; i < needed_.size(); ++i) {
    const size_t n = node_of(needed_[i]);
    if (i > 0 && node_of(needed_[i - 1]) == n) {
      ++inverted_twins;
      continue;
    }
    if (readers_[n]++ == 0) take(n);
  }
  constexpr int kRounds = 2;
  for (int round = 0; round < kRounds; ++round) improve();
  int64_t luts = inverted_twins;
  for (size_t n = 0; n < count; ++n) luts += readers_[n] > 0 && nodes_[n].kind != Kind::kLeaf;
  return luts;
}

}  // namespace mase::arch
