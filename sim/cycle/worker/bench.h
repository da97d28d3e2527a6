// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "sim/cycle/worker/cells.h"
#include "sim/cycle/worker/ends.h"

namespace mase::sim {

/// The one elaboration of a process: a stock of cells of every kind, of which each run connects
/// some to a chain.
class Bench {
 public:
  /// `stock` cells of each kind.
  explicit Bench(size_t stock);

  /// Errors: std::exception that says what is wrong with the request.
  JobResult run(const ChainSpec& chain, const JobSpec& job);

 private:
  void build(const ChainSpec& chain);
  CatalogueCell& next_cell(CellKind kind, size_t index);
  void start();
  void settle(int64_t cycle);
  Words snapshot() const;
  std::vector<CellCount> counts() const;
  JobResult measure(const ChainSpec& chain, const JobSpec& job);
  JobResult run_samples(const ChainSpec& chain, const JobSpec& job);

  Clock clock_;
  Source source_;
  Sink sink_;
  std::vector<std::vector<std::unique_ptr<CatalogueCell>>> stock_;
  std::vector<CatalogueCell*> chain_;
  std::vector<Stream> streams_;
};

}  // namespace mase::sim
