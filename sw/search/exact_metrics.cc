// SPDX-License-Identifier: Apache-2.0
#include "sw/search/exact_metrics.h"

#include <tuple>

#include "gen/base/error.h"

namespace mase::search {

namespace {

/// Points are looked up by their indices as bytes: two each, since no list is that long.
std::string key_of(const Point& point) {
  std::string key;
  key.reserve(point.size() * 2);
  for (const double value : point) {
    const auto index = static_cast<unsigned>(value);
    key.push_back(static_cast<char>(index & 0xFF));
    key.push_back(static_cast<char>(index >> 8));
  }
  return key;
}

/// A shard that has grown this large starts over: memory stays bounded in the longest studies.
constexpr size_t kMostKnown = 1 << 12;

}  // namespace

ExactMetrics::ExactMetrics(std::shared_ptr<const Space> space,
                           const std::vector<std::shared_ptr<const Runner>>& runners,
                           std::vector<AnalyticMetric> wanted)
    : space_(std::move(space)),
      wanted_(std::move(wanted)),
      runners_(runners.size()),
      fixed_parameters_(space_->fixed_parameters()) {
  for (const AnalyticMetric& metric : wanted_) runners_[metric.runner] = runners[metric.runner];
}

std::optional<std::vector<double>> ExactMetrics::at(const Point& point) const {
  if (space_->illegal(point)) return std::nullopt;
  if (wanted_.empty()) return std::vector<double>{};
  std::string key = key_of(point);
  Shard& shard = shards_[std::hash<std::string>{}(key) % shards_.size()];
  {
    const std::lock_guard lock(shard.mutex);
    if (const auto found = shard.known.find(key); found != shard.known.end()) return found->second;
  }
  auto values = compute(point);
  const std::lock_guard lock(shard.mutex);
  if (shard.known.size() >= kMostKnown) shard.known.clear();
  shard.known.emplace(std::move(key), values);
  return values;
}

ExactMetrics::Desk ExactMetrics::free_desk() const {
  const std::lock_guard lock(desks_mutex_);
  if (free_desks_.empty()) return {};
  Desk desk = std::move(free_desks_.back());
  free_desks_.pop_back();
  return desk;
}

std::optional<std::vector<double>> ExactMetrics::compute(const Point& point) const {
  try {
    Desk desk = free_desk();
    Space::Configured& configured = desk.configured;
    space_->configure(configured, point);
    Candidate candidate(std::move(configured.graph), std::move(configured.hardware),
                        fixed_parameters_ ? &lowered_ : nullptr, &desk.memory);
    std::vector<std::vector<double>> results(runners_.size());
    for (size_t r = 0; r < runners_.size(); ++r) {
      if (runners_[r]) results[r] = runners_[r]->formula(candidate);
    }
    std::vector<double> values;
    for (const AnalyticMetric& metric : wanted_)
      values.push_back(results[metric.runner][metric.index]);
    std::tie(configured.graph, configured.hardware) = candidate.release();
    const std::lock_guard lock(desks_mutex_);
    free_desks_.push_back(std::move(desk));
    return values;
  } catch (const UserError& error) {
    // No hardware can be made of it (an accumulator that is too wide, a node without formats); a
    // missing tool is the user's business.
    if (error.exit_code() == ExitCode::kToolMissing) throw;
    const std::lock_guard lock(refusal_mutex_);
    if (first_refusal_.empty()) first_refusal_ = error.code() + ": " + error.message();
    return std::nullopt;
  }
}

std::string ExactMetrics::first_refusal() const {
  const std::lock_guard lock(refusal_mutex_);
  return first_refusal_;
}

}  // namespace mase::search
