// SPDX-License-Identifier: Apache-2.0
// What mase-gen and its cycle model's worker process tell each other. Compiled into both, the
// worker as C++17; both run on one machine, so numbers are in its byte order.
#pragma once
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

namespace mase::sim {

enum class CellKind : int64_t {
  kLinear,
  kBatchNorm1d,
  kCast,
  kRelu,
  kWidthAdapter,
  kSkidBuffer,
  kFifo,
  kUnrolled,
  kSlrCrossing,
};
inline constexpr int kCellKinds = 9;

/// All that the cycles of one cell depend on.
struct CellSpec {
  CellKind kind = CellKind::kCast;
  int64_t depth = 1;  ///< pipelines: edges from the last operand to the result's offer; FIFO and
                      ///< crossing: beats it holds
  int64_t beats = 1;   ///< linear: operands of a result (beats in of a sample)
  int64_t passes = 1;  ///< linear: results of a sample (beats out)
  int64_t stores = 0;  ///< linear: 1 if a store of two samples is in front of the array
  // width adapter, in units as in arch::Gearbox
  int64_t in = 1, out = 1, beats_in = 1, last_in = 1, most_held = 0, most_held_last = 0;
  int64_t forward = 1, back = 1;  ///< crossing: edges that a beat, and its room, are under way
};
inline constexpr size_t kCellWords = sizeof(CellSpec) / sizeof(int64_t);
static_assert(sizeof(CellSpec) == 13 * sizeof(int64_t), "a CellSpec travels as words");

/// A chain of cells between a source and a sink.
struct ChainSpec {
  int64_t beats_in = 1, beats_out = 1;  ///< a sample
  std::vector<CellSpec> cells;
};

enum class Job : int64_t { kMeasure, kRun };

struct JobSpec {
  Job job = Job::kMeasure;
  int64_t stall = 0, seed = 0, channel = 0;  ///< of kRun, as in sim/harness/stall.h
  int64_t samples = 1;                       ///< of kRun
  int64_t timeout_cycles = 1'000'000;        ///< without a transfer
};
inline constexpr size_t kJobWords = sizeof(JobSpec) / sizeof(int64_t);

/// What a cell did: cycles in which an operand entered it, and in which it offered a result.
struct CellCount {
  int64_t busy = 0, offered = 0;
};

/// kMeasure: after `samples` samples everything is as it was, `cycles` later; `counts` is what the
/// cells did meanwhile. kRun: of the whole run.
struct JobResult {
  int64_t latency_cycles = 0;
  int64_t cycles = 0, samples = 0;
  int64_t timed_out = 0;
  std::vector<int64_t> in_cycles, out_cycles;  ///< kRun: edge of every transfer
  std::vector<CellCount> counts;
};

using Words = std::vector<int64_t>;

template <class T>
void put_words(Words& words, const T* items, size_t count) {
  const size_t at = words.size();
  words.resize(at + count * sizeof(T) / sizeof(int64_t));
  if (count > 0) std::memcpy(words.data() + at, items, count * sizeof(T));
}

/// Reads what put_words wrote; after anything that does not fit, good() is false.
class WordReader {
 public:
  WordReader(const Words& words, size_t at) : words_(words), at_(at) {}
  template <class T>
  void take(T* items, size_t count) {
    const size_t size = count * sizeof(T) / sizeof(int64_t);
    good_ = good_ && size <= words_.size() - at_;
    if (!good_ || count == 0) return;
    std::memcpy(static_cast<void*>(items), words_.data() + at_, count * sizeof(T));
    at_ += size;
  }
  int64_t number() {
    int64_t value = 0;
    take(&value, 1);
    return value;
  }
  /// A count of things of `size` words that really follow.
  size_t count(size_t size) {
    const int64_t n = number();
    good_ = good_ && n >= 0 && static_cast<uint64_t>(n) <= (words_.size() - at_) / size;
    return good_ ? static_cast<size_t>(n) : 0;
  }
  bool good() const { return good_; }
  bool at_end() const { return good_ && at_ == words_.size(); }

 private:
  const Words& words_;
  size_t at_;
  bool good_ = true;
};

/// Chain first: its words alone are the structural key of a design.
inline void put_chain(Words& words, const ChainSpec& chain) {
  words.push_back(chain.beats_in);
  words.push_back(chain.beats_out);
  words.push_back(static_cast<int64_t>(chain.cells.size()));
  put_words(words, chain.cells.data(), chain.cells.size());
}

inline bool get_request(const Words& words, ChainSpec& chain, JobSpec& job) {
  WordReader reader(words, 0);
  chain.beats_in = reader.number();
  chain.beats_out = reader.number();
  chain.cells.resize(reader.count(kCellWords));
  reader.take(chain.cells.data(), chain.cells.size());
  reader.take(&job, 1);
  return reader.at_end();
}

inline Words result_words(const JobResult& r) {
  Words words{0, r.latency_cycles, r.cycles, r.samples, r.timed_out};
  for (const auto* cycles : {&r.in_cycles, &r.out_cycles}) {
    words.push_back(static_cast<int64_t>(cycles->size()));
    put_words(words, cycles->data(), cycles->size());
  }
  words.push_back(static_cast<int64_t>(r.counts.size()));
  put_words(words, r.counts.data(), r.counts.size());
  return words;
}

/// The answer of a worker that could not: its reason, one character a word.
inline Words error_words(const std::string& reason) {
  Words words{1};
  for (const char c : reason) words.push_back(c);
  return words;
}

}  // namespace mase::sim
