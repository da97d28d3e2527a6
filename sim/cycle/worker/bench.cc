// SPDX-License-Identifier: Apache-2.0
#include "sim/cycle/worker/bench.h"

#include <array>
#include <stdexcept>

namespace mase::sim {

namespace {

std::unique_ptr<CatalogueCell> make_cell(CellKind kind, Clock& clock) {
  const auto name = [](const char* stem) {
    return sc_core::sc_module_name(sc_core::sc_gen_unique_name(stem));
  };
  switch (kind) {
    case CellKind::kLinear: return std::make_unique<Linear>(name("linear"), clock);
    case CellKind::kBatchNorm1d: return std::make_unique<BatchNorm1d>(name("batch_norm1d"), clock);
    case CellKind::kCast: return std::make_unique<Cast>(name("cast"), clock);
    case CellKind::kRelu: return std::make_unique<Relu>(name("relu"), clock);
    case CellKind::kWidthAdapter:
      return std::make_unique<WidthAdapter>(name("width_adapter"), clock);
    case CellKind::kSkidBuffer: return std::make_unique<SkidBuffer>(name("skid_buffer"), clock);
    case CellKind::kFifo: return std::make_unique<Fifo>(name("fifo"), clock);
    case CellKind::kUnrolled: return std::make_unique<Unrolled>(name("unrolled"), clock);
    case CellKind::kSlrCrossing: return std::make_unique<SlrCrossing>(name("slr_crossing"), clock);
  }
  throw std::invalid_argument("no such kind of cell");
}

CellCount operator-(const CellCount& a, const CellCount& b) {
  return {a.busy - b.busy, a.offered - b.offered};
}

}  // namespace

Bench::Bench(size_t stock) : source_("source", clock_), sink_("sink", clock_) {
  for (int kind = 0; kind < kCellKinds; ++kind) {
    auto& cells = stock_.emplace_back();
    for (size_t i = 0; i < stock; ++i)
      cells.push_back(make_cell(static_cast<CellKind>(kind), clock_));
  }
  sc_core::sc_start(sc_core::SC_ZERO_TIME);  // elaborates
}

JobResult Bench::run(const ChainSpec& chain, const JobSpec& job) {
  build(chain);
  JobResult result = job.job == Job::kMeasure ? measure(chain, job) : run_samples(chain, job);
  source_.disconnect();
  sink_.disconnect();
  for (CatalogueCell* cell : chain_) cell->disconnect();
  return result;
}

void Bench::build(const ChainSpec& chain) {
  chain_.clear();
  streams_.assign(chain.cells.size() + 1, Stream());
  source_.connect(nullptr, &streams_.front());
  std::array<size_t, kCellKinds> used{};
  for (size_t i = 0; i < chain.cells.size(); ++i) {
    const CellSpec& spec = chain.cells[i];
    const auto kind = static_cast<size_t>(spec.kind);
    if (kind >= stock_.size()) throw std::invalid_argument("no such kind of cell");
    if (used[kind] == stock_[kind].size()) throw std::invalid_argument("the stock is too small");
    CatalogueCell& cell = *stock_[kind][used[kind]++];
    cell.configure(spec);
    cell.connect(&streams_[i], &streams_[i + 1]);
    chain_.push_back(&cell);
  }
  sink_.connect(&streams_.back(), nullptr);
}

void Bench::start() {
  clock_.restart();
  source_.start();
  for (CatalogueCell* cell : chain_) cell->start();
  sink_.start();
  source_.wake(1);
  sink_.wake(1);
}

void Bench::settle(int64_t cycle) {
  source_.settle(cycle);
  for (CatalogueCell* cell : chain_) cell->settle(cycle);
}

Words Bench::snapshot() const {
  Words state;
  source_.snapshot(state);
  for (const CatalogueCell* cell : chain_) cell->snapshot(state);
  for (const Stream& stream : streams_) {
    state.push_back(stream.valid.now());
    state.push_back(stream.ready.now());
  }
  return state;
}

std::vector<CellCount> Bench::counts() const {
  std::vector<CellCount> counts;
  for (const CatalogueCell* cell : chain_) counts.push_back(cell->count());
  return counts;
}

JobResult Bench::measure(const ChainSpec& chain, const JobSpec& job) {
  const StallPattern none(Stall::kNone, StallPattern::Side::kSource, 0, 0);
  source_.configure(none, false, -1, chain.beats_in);
  sink_.configure(none, false, job.timeout_cycles);
  start();
  struct Point {
    Words state;
    int64_t cycle;
    std::vector<CellCount> counts;
  };
  // With a source that never ends, a state that was there before will come again and again: what
  // lies between the two is the steady state. (The first sample's latency is that of an idle
  // pipeline: what comes behind it cannot hold it up.)
  std::vector<Point> points;
  JobResult result;
  for (int64_t sample = 1;; ++sample) {
    sink_.wait_for(sample * chain.beats_out);
    sc_core::sc_start();
    if (!sink_.complete()) {
      result.timed_out = 1;
      return result;
    }
    const int64_t cycle = sink_.cycle();
    if (sample == 1) result.latency_cycles = sink_.cycles().back() - source_.cycles().front();
    settle(cycle);
    Point point{snapshot(), cycle, counts()};
    for (size_t i = points.size(); i-- > 0;) {
      if (points[i].state != point.state) continue;
      result.cycles = cycle - points[i].cycle;
      result.samples = static_cast<int64_t>(points.size() - i);
      for (size_t c = 0; c < point.counts.size(); ++c)
        result.counts.push_back(point.counts[c] - points[i].counts[c]);
      return result;
    }
    points.push_back(std::move(point));
  }
}

JobResult Bench::run_samples(const ChainSpec& chain, const JobSpec& job) {
  const auto stall = static_cast<Stall>(job.stall);
  const auto seed = static_cast<uint64_t>(job.seed);
  const auto channel = static_cast<int>(job.channel);
  const bool stalls = stall != Stall::kNone;
  using Side = StallPattern::Side;
  source_.configure(StallPattern(stall, Side::kSource, seed, channel), stalls,
                    job.samples * chain.beats_in, chain.beats_in);
  sink_.configure(StallPattern(stall, Side::kSink, seed, channel), stalls, job.timeout_cycles);
  start();
  sink_.wait_for(job.samples * chain.beats_out);
  sc_core::sc_start();
  JobResult result;
  result.samples = job.samples;
  result.timed_out = !sink_.complete();
  result.cycles = sink_.cycle();
  settle(result.cycles);
  result.in_cycles = source_.cycles();
  result.out_cycles = sink_.cycles();
  if (!result.out_cycles.empty())
    result.latency_cycles =
        result.out_cycles[static_cast<size_t>(chain.beats_out) - 1] - result.in_cycles.front();
  result.counts = counts();
  return result;
}

}  // namespace mase::sim
