// SPDX-License-Identifier: Apache-2.0
// A host as a design behind DMA engines meets it: memory that answers late and in bursts, a clock
// of its own, refresh pauses. Compiled into mase-gen (the options) and, as embedded text, into
// every SystemC bench; it therefore uses nothing but the standard library and the harness's own
// headers.
//
// Way in:  memory -> read bursts -> FIFO of DMA words over the clock boundary -> beats
// Way out: beats -> DMA words -> FIFO over the clock boundary -> write bursts -> memory
// A beat takes a whole number of bytes, as AXI4-Stream packs it; beats follow each other without
// gaps.
#pragma once
#include <algorithm>
#include <cstdint>
#include <deque>

#include "stall.h"

namespace mase::sim {

struct HostOptions {
  uint64_t design_period_ps = 3333;  ///< clock of the design
  uint64_t host_period_ps = 4000;    ///< clock of the DMA engines
  uint64_t dma_bits = 512;           ///< of one word, a multiple of 8
  uint64_t burst_words = 16;         ///< of one read or write burst
  uint64_t outstanding = 2;          ///< read bursts asked for before the first has come
  uint64_t latency_min = 60;         ///< host cycles from asking for a burst to its first word, and
  uint64_t latency_max = 120;        ///< from the last word of a write to its acknowledgement
  uint64_t fifo_words = 64;          ///< of each clock crossing
};

/// DDR4 refreshes every 7.8 us for 350 ns (JEDEC JESD79-4, tREFI and tRFC of an 8 Gb device).
inline constexpr uint64_t kRefreshEveryPs = 7'800'000, kRefreshPs = 350'000;

/// A FIFO between two clocks: what one side writes the other sees after `delay_ps` (two flip-flops
/// of the reader), and a slot that is read is free after the same time of the writer.
class CrossingFifo {
 public:
  CrossingFifo(uint64_t words, uint64_t read_delay_ps, uint64_t write_delay_ps)
      : words_(words), read_delay_ps_(read_delay_ps), write_delay_ps_(write_delay_ps) {}

  bool can_write(uint64_t now_ps) {
    while (!freed_.empty() && freed_.front() + write_delay_ps_ <= now_ps) freed_.pop_front();
    return visible_.size() + freed_.size() < words_;
  }
  void write(uint64_t now_ps) { visible_.push_back(now_ps); }
  /// Words that the reader can take now.
  uint64_t readable(uint64_t now_ps) const {
    uint64_t count = 0;
    while (count < visible_.size() && visible_[count] + read_delay_ps_ <= now_ps) ++count;
    return count;
  }
  void read(uint64_t now_ps) {
    visible_.pop_front();
    freed_.push_back(now_ps);
  }

 private:
  uint64_t words_, read_delay_ps_, write_delay_ps_;
  std::deque<uint64_t> visible_;  // when each word was written
  std::deque<uint64_t> freed_;    // when each slot was emptied that the writer does not know of yet
};

inline bool refreshing(uint64_t now_ps) { return now_ps % kRefreshEveryPs < kRefreshPs; }

/// Reads `bytes` from memory into beats of `beat_bytes`.
class DmaReader {
 public:
  DmaReader(const HostOptions& options, uint64_t bytes, uint64_t beat_bytes, uint64_t seed)
      : options_(options),
        word_bytes_(options.dma_bits / 8),
        beat_bytes_(beat_bytes),
        words_left_((bytes + word_bytes_ - 1) / word_bytes_),
        fifo_(options.fifo_words, 2 * options.design_period_ps, 2 * options.host_period_ps),
        random_(seed) {}

  void host_clock(uint64_t now_ps) {
    if (refreshing(now_ps)) return;
    ++cycle_;
    if (asked_.size() < options_.outstanding && words_left_ > 0) {
      const uint64_t words = std::min(options_.burst_words, words_left_);
      words_left_ -= words;
      asked_.push_back({cycle_ + latency(), words});
    }
    if (!asked_.empty() && cycle_ >= asked_.front().due && fifo_.can_write(now_ps)) {
      fifo_.write(now_ps);
      if (--asked_.front().words == 0) asked_.pop_front();
    }
  }
  /// Once a cycle of the design: at most one word is unpacked.
  void design_clock(uint64_t now_ps) {
    if (bytes_ < beat_bytes_ && fifo_.readable(now_ps) > 0) {
      fifo_.read(now_ps);
      bytes_ += word_bytes_;
    }
  }
  bool has_beat() const { return bytes_ >= beat_bytes_; }
  void take_beat() { bytes_ -= beat_bytes_; }

 private:
  struct Burst {
    uint64_t due, words;
  };
  uint64_t latency() {
    const uint64_t spread = options_.latency_max - options_.latency_min + 1;
    return options_.latency_min + random_.below(static_cast<uint32_t>(spread));
  }
  HostOptions options_;
  uint64_t word_bytes_, beat_bytes_, words_left_;
  CrossingFifo fifo_;
  Random random_;
  std::deque<Burst> asked_;
  uint64_t cycle_ = 0, bytes_ = 0;
};

/// Writes `beats` beats of `beat_bytes` to memory.
class DmaWriter {
 public:
  DmaWriter(const HostOptions& options, uint64_t beats, uint64_t beat_bytes, uint64_t seed)
      : options_(options),
        word_bytes_(options.dma_bits / 8),
        beat_bytes_(beat_bytes),
        beats_left_(beats),
        words_left_((beats * beat_bytes + word_bytes_ - 1) / word_bytes_),
        fifo_(options.fifo_words, 2 * options.host_period_ps, 2 * options.design_period_ps),
        random_(seed) {}

  bool can_take() const { return beats_left_ > 0 && bytes_ < word_bytes_; }
  void take_beat() {
    bytes_ += beat_bytes_;
    --beats_left_;
  }
  /// Once a cycle of the design: at most one word is packed; the last may be a part of one.
  void design_clock(uint64_t now_ps) {
    const bool rest = beats_left_ == 0 && bytes_ > 0;
    if ((bytes_ >= word_bytes_ || rest) && fifo_.can_write(now_ps)) {
      fifo_.write(now_ps);
      bytes_ -= std::min(bytes_, word_bytes_);
    }
  }
  void host_clock(uint64_t now_ps) {
    if (refreshing(now_ps)) return;
    ++cycle_;
    if (burst_ == 0 && words_left_ > 0) {
      const uint64_t wanted =
          std::min({options_.burst_words, words_left_, options_.fifo_words / 2});
      if (fifo_.readable(now_ps) >= wanted) {
        burst_ = wanted;
        start_ = cycle_ + 4 + random_.below(13);  // arbitration for the memory
      }
    } else if (burst_ > 0 && cycle_ >= start_) {
      fifo_.read(now_ps);
      --words_left_;
      if (--burst_ == 0 && words_left_ == 0) {
        const uint64_t spread = options_.latency_max - options_.latency_min + 1;
        done_ = cycle_ + options_.latency_min + random_.below(static_cast<uint32_t>(spread));
      }
    } else if (words_left_ == 0 && done_ != 0 && cycle_ >= done_ && done_ps_ == 0) {
      done_ps_ = now_ps;
    }
  }
  /// When the last write was acknowledged; 0: not yet.
  uint64_t done_ps() const { return done_ps_; }

 private:
  HostOptions options_;
  uint64_t word_bytes_, beat_bytes_, beats_left_, words_left_;
  CrossingFifo fifo_;
  Random random_;
  uint64_t cycle_ = 0, bytes_ = 0, burst_ = 0, start_ = 0, done_ = 0, done_ps_ = 0;
};

}  // namespace mase::sim
