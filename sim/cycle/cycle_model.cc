// SPDX-License-Identifier: Apache-2.0
#include "sim/cycle/cycle_model.h"

#include <unistd.h>

#include <cstdlib>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <unordered_map>

#include "gen/base/error.h"
#include "sim/cycle/chain.h"
#include "sim/cycle/chain_job.h"
#include "sim/cycle/worker_pool.h"

namespace mase::sim {

namespace fs = std::filesystem;

namespace {

/// Cycles of the chains that were simulated already.
class Memory {
 public:
  static Memory& shared() {
    static Memory memory;
    return memory;
  }
  std::optional<CycleResult> find(const std::string& key) const {
    const std::shared_lock lock(mutex_);
    const auto found = known_.find(key);
    return found == known_.end() ? std::nullopt : std::optional(found->second);
  }
  void add(const std::string& key, const CycleResult& result) {
    constexpr size_t kMost = 100'000;  // about a kilobyte each
    const std::unique_lock lock(mutex_);
    if (known_.size() >= kMost) known_.clear();
    known_.emplace(key, result);
  }

 private:
  mutable std::shared_mutex mutex_;
  std::unordered_map<std::string, CycleResult> known_;
};

/// Counts of `samples` samples; the result is of one in `per`.
std::vector<StageCycles> stages_of(const arch::HardwareGraph& hardware, const JobResult& result,
                                   int64_t samples, int64_t per) {
  std::vector<StageCycles> stages;
  for (size_t i = 0; i < result.counts.size(); ++i) {
    // Every beat out was taken in one of the cycles in which it was offered; in the others it
    // waited.
    const int64_t moved = samples * hardware.stages[i].beats_out();
    const int64_t stalled = std::max<int64_t>(0, result.counts[i].offered - moved);
    stages.push_back({result.counts[i].busy / per, stalled / per});
  }
  return stages;
}

}  // namespace

JobResult do_job(const ChainSpec& chain, const JobSpec& job, const CycleOptions& options) {
  Words request;
  put_chain(request, chain);
  put_words(request, &job, 1);
  const Words answer =
      WorkerPool::shared().ask(request, most_of_a_kind(chain), worker_program(options.worker));
  WordReader reader(answer, 1);
  JobResult result;
  result.latency_cycles = reader.number();
  result.cycles = reader.number();
  result.samples = reader.number();
  result.timed_out = reader.number();
  for (auto* cycles : {&result.in_cycles, &result.out_cycles}) {
    cycles->resize(reader.count(1));
    reader.take(cycles->data(), cycles->size());
  }
  result.counts.resize(reader.count(sizeof(CellCount) / sizeof(int64_t)));
  reader.take(result.counts.data(), result.counts.size());
  MASE_CHECK(reader.at_end(), "the cycle model's answer cannot be read: is it of this version?");
  return result;
}

CycleResult measure_cycles(const arch::HardwareGraph& hardware, const CycleOptions& options) {
  const ChainSpec chain = chain_of(hardware);
  Words words;
  put_chain(words, chain);
  const std::string key(reinterpret_cast<const char*>(words.data()),
                        words.size() * sizeof(int64_t));
  if (options.memoise) {
    if (auto known = Memory::shared().find(key)) return *std::move(known);
  }
  const JobResult r = do_job(chain, {.job = Job::kMeasure}, options);
  MASE_CHECK(!r.timed_out, "{} stands still without a stall", hardware.name);
  MASE_CHECK(r.cycles % r.samples == 0, "{}: {} samples take {} cycles", hardware.name, r.samples,
             r.cycles);
  CycleResult result{r.latency_cycles, r.cycles / r.samples, {}};
  result.stages = stages_of(hardware, r, r.samples, r.samples);
  if (options.memoise) Memory::shared().add(key, result);
  return result;
}

CycleTrace run_cycles(const arch::HardwareGraph& hardware, const CycleRun& run,
                      const CycleOptions& options) {
  const ChainSpec chain = chain_of(hardware);
  JobSpec job{.job = Job::kRun};
  job.stall = static_cast<int64_t>(run.stall);
  job.seed = static_cast<int64_t>(run.seed);
  job.channel = run.channel;
  job.samples = run.samples;
  JobResult r = do_job(chain, job, options);
  CycleTrace trace;
  trace.in_cycles = std::move(r.in_cycles);
  trace.out_cycles = std::move(r.out_cycles);
  trace.cycles = r.cycles;
  trace.timed_out = r.timed_out != 0;
  trace.stages = stages_of(hardware, r, run.samples, 1);
  return trace;
}

fs::path worker_program(const fs::path& option) {
  const auto usable = [](const fs::path& path) { return ::access(path.c_str(), X_OK) == 0; };
  const char* named = std::getenv("MASE_CYCLE_WORKER");
  const fs::path given = !option.empty() ? option : fs::path(named ? named : "");
  if (!given.empty()) {
    if (usable(given)) return given;
    throw UserError(
        "S040", fmt::format("the cycle model's program {} is no executable file", given.string()),
        option.empty() ? "MASE_CYCLE_WORKER" : "",
        "name mase-cycle-worker of this release, or nothing", ExitCode::kToolMissing);
  }
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  fs::path folder = program.parent_path();
  for (int level = 0; level <= 3; ++level, folder = folder.parent_path()) {
    if (usable(folder / "mase-cycle-worker")) return folder / "mase-cycle-worker";
  }
  throw UserError("S040",
                  fmt::format("mase-cycle-worker, the SystemC cycle model, is not in {}",
                              program.parent_path().string()),
                  {},
                  "build and install it with mase-gen (it needs SystemC; Debian: libsystemc-dev), "
                  "or name it with MASE_CYCLE_WORKER",
                  ExitCode::kToolMissing);
}

}  // namespace mase::sim
