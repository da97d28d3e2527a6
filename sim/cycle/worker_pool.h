// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "sim/cycle/cell_spec.h"

namespace mase::sim {

/// The SystemC processes of this program. Each answers one request at a time; those at rest are
/// kept. They end with this process, however it ends.
class WorkerPool {
 public:
  static WorkerPool& shared();
  WorkerPool();
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// The answer of a worker with at least `stock` cells of each kind. A worker that dies over it is
  /// replaced once. Errors: UserError S040, S041 (see cycle_model.h).
  Words ask(const Words& request, int64_t stock, const std::filesystem::path& program);

  /// Process numbers of the workers at rest.
  std::vector<int> resting() const;

 private:
  class Worker;
  std::unique_ptr<Worker> acquire(int64_t stock, const std::filesystem::path& program);
  static std::unique_ptr<Worker> start(int64_t stock, const std::filesystem::path& program);
  void release(std::unique_ptr<Worker> worker);

  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Worker>> resting_;
};

}  // namespace mase::sim
