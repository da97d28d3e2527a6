// SPDX-License-Identifier: Apache-2.0
// The main program of every verilated model: MODEL REQUEST RESPONSE OUTPUT. It drives valid/ready
// streams into the top module and collects what comes back. Compiled in one unit with the model,
// after the generated model_config.h, which defines kChannels, kInBits, kOutBits, kProbes,
// count_probes and MASE_TRACE. mase-gen embeds this text and writes it beside the model's sources.
//
// One clock cycle: the inputs change while the clock is low and the model settles; what is then
// valid and ready is transferred by the rising edge. Edges are counted from the release of reset.
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "console.h"
#include "message.h"
#include "model_config.h"
#include "ports.h"
#include "stall.h"
#include "verilated.h"
#if MASE_TRACE
#include "verilated_fst_c.h"
#endif

namespace mase::sim {
namespace {

constexpr int kResetCycles = 8;

constexpr int sum_bits(const int* bits) {
  int sum = 0;
  for (int c = 0; c < kChannels; ++c) sum += bits[c];
  return sum;
}
constexpr int words_of(int bits) { return (bits + 31) / 32; }
constexpr int kInWords = words_of(sum_bits(kInBits));
constexpr int kOutWords = words_of(sum_bits(kOutBits));
constexpr int kFlagWords = words_of(kChannels);

bool get_flag(const uint32_t* flags, int c) { return flags[c / 32] >> (c % 32) & 1; }
void set_flag(uint32_t* flags, int c, bool on) {
  flags[c / 32] = (flags[c / 32] & ~(1u << (c % 32))) | static_cast<uint32_t>(on) << (c % 32);
}

struct Channel {
  Channel(Stall stall, uint64_t seed, int index)
      : source(stall, StallPattern::Side::kSource, seed, index),
        sink(stall, StallPattern::Side::kSink, seed, index),
        garbage(~seed + static_cast<uint64_t>(index)) {}

  const uint32_t* in_words = nullptr;  // in the memory of the request
  std::vector<uint32_t> out_words;
  int64_t in_beats = 0, out_beats = 0, sent = 0, received = 0, surplus = 0;
  std::vector<int64_t> in_cycles, out_cycles;
  StallPattern source, sink;
  Random garbage;
  bool valid = false, ready = false, out_waiting = false;
};

class Bench {
 public:
  Bench(MessageReader& request, Console& console) : console_(console) {
    const auto stall = static_cast<Stall>(request.number());
    const uint64_t seed = request.number();
    timeout_cycles_ = static_cast<int64_t>(request.number());
    const std::string trace_file = request.text();
    if (request.number() != kChannels) std::exit(kBadRequestExit);
    for (int c = 0; c < kChannels; ++c) {
      Channel& channel = channels_.emplace_back(stall, seed, c);
      channel.in_beats = static_cast<int64_t>(request.number());
      channel.out_beats = static_cast<int64_t>(request.number());
      const auto in_words = request.view<uint32_t>();
      channel.in_words = in_words.data;
      const auto stride = static_cast<size_t>(words_of(kInBits[c]));
      if (in_words.size != static_cast<size_t>(channel.in_beats) * stride) {
        std::exit(kBadRequestExit);
      }
      const auto out_beats = static_cast<size_t>(channel.out_beats);
      reserve(channel.out_words, out_beats * static_cast<size_t>(words_of(kOutBits[c])));
      reserve(channel.in_cycles, static_cast<size_t>(channel.in_beats));
      reserve(channel.out_cycles, out_beats);
      left_ += channel.in_beats + channel.out_beats;
    }
    if (!request.good()) std::exit(kBadRequestExit);
    context_.threads(1);  // no pool of idle threads
    context_.fatalOnError(false);
    context_.assertOn(true);
    context_.randReset(
        2);  // registers power up at random: a design that reads them unset is caught
    context_.randSeed(static_cast<int>(seed % 0x7fffffff) + 1);
    top_ = std::make_unique<Vmodel>(&context_, "");
#if MASE_TRACE
    if (!trace_file.empty()) {
      context_.traceEverOn(true);
      trace_ = std::make_unique<VerilatedFstC>();
      top_->trace(trace_.get(), 99);
      trace_->open(trace_file.c_str());
    }
#else
    if (!trace_file.empty()) std::exit(kBadRequestExit);
#endif
  }

  void run() {
    reset();
    const auto begin = std::chrono::steady_clock::now();
    int64_t quiet = 0;
    while (left_ > 0 && !console_.full()) {
      if (clock(false)) {
        quiet = 0;
      } else if (++quiet >= timeout_cycles_) {
        timed_out_ = true;
        break;
      }
    }
    cycles_ = cycle_;
    const auto end = std::chrono::steady_clock::now();
    loop_ns_ = std::chrono::duration_cast<std::chrono::nanoseconds>(end - begin).count();
    if (!timed_out_) {
      // As long again as a beat needs to cross the design: a beat too many would come out by then.
      int64_t extra = 16;
      for (const Channel& channel : channels_) {
        if (channel.in_cycles.empty() || channel.out_cycles.empty()) continue;
        const int64_t latency = channel.out_cycles.front() - channel.in_cycles.front();
        extra = std::max(extra, std::min<int64_t>(16 + latency, 10'000));
      }
      for (int64_t i = 0; i < extra && !console_.full(); ++i) clock(true);
    }
    for (int c = 0; c < kChannels; ++c) {
      const Channel& channel = channels_[static_cast<size_t>(c)];
      if (channel.surplus == 0) continue;
      console_.add(first_surplus_, "surplus output beat: channel " + std::to_string(c) + " gave " +
                                       std::to_string(channel.surplus) + " beyond the " +
                                       std::to_string(channel.out_beats) + " expected");
    }
    top_->final();
#if MASE_TRACE
    if (trace_) trace_->close();
#endif
  }

  void write_response(MessageWriter& out) const {
    out.number(kResponseMagic);
    out.number(static_cast<uint64_t>(cycles_));
    out.number(static_cast<uint64_t>(loop_ns_));
    out.number(timed_out_);
    for (const Channel& channel : channels_) {
      out.array(channel.out_words);
      out.array(channel.in_cycles);
      out.array(channel.out_cycles);
    }
    out.array(std::vector<int64_t>(probes_, probes_ + kProbes));
    out.number(console_.messages.size());
    for (const auto& message : console_.messages) out.text(message);
  }

 private:
  void eval() {
    top_->eval();
#if MASE_TRACE
    if (trace_) trace_->dump(context_.time());
#endif
    context_.timeInc(1);
  }

  void reset() {
    const uint32_t zero[std::max(kInWords, kFlagWords) + 1] = {};
    top_->clk_i = 0;
    top_->rst_ni = 0;
    write_port(top_->in_valid_i, zero);
    write_port(top_->in_data_i, zero);
    write_port(top_->out_ready_i, zero);
    eval();
    // The first evaluation ran the initial blocks; without its memory files a design computes
    // nonsense.
    if (console_.news().find("$readmem") != std::string::npos) std::exit(kMemoryFileExit);
    for (int i = 0; i < kResetCycles; ++i) {
      top_->clk_i = 0;
      eval();
      top_->clk_i = 1;
      eval();
    }
    if (context_.gotError()) console_.collect(context_, -1);
    top_->rst_ni = 1;
  }

  // One cycle; true when anything was transferred.
  bool clock(bool tail) {
    drive(tail);
    top_->clk_i = 0;
    eval();
    const bool moved = transfer(tail);
    if (kProbes > 0 && !tail) count_probes(*top_, probes_);
    top_->clk_i = 1;
    eval();
    if (context_.gotError()) console_.collect(context_, cycle_);
    ++cycle_;
    return moved;
  }

  void drive(bool tail) {
    bool flags_changed = cycle_ == 0, data_changed = false;
    int offset = 0;
    for (int c = 0; c < kChannels; ++c) {
      Channel& channel = channels_[static_cast<size_t>(c)];
      const bool may_offer = channel.source.step(false);
      if (!channel.valid) {
        const bool offer = may_offer && channel.sent < channel.in_beats;
        const int words = words_of(kInBits[c]);
        uint32_t garbage[kInWords];
        const uint32_t* data = garbage;
        if (offer) {
          data = channel.in_words + channel.sent * words;
          channel.valid = true;
          set_flag(in_valid_, c, true);
          flags_changed = true;
        } else {  // whatever lies on the lanes of a stream that is not valid means nothing
          for (int i = 0; i < words; ++i) {
            garbage[i] = static_cast<uint32_t>(channel.garbage.next()) & word_mask(kInBits[c], i);
          }
        }
        if (kChannels == 1) {
          write_port(top_->in_data_i, data);
        } else {
          insert_bits(in_data_, offset, data, kInBits[c]);
          data_changed = true;
        }
      }
      const bool ready = channel.sink.step(channel.out_waiting) || tail;
      if (ready != channel.ready) {
        channel.ready = ready;
        set_flag(out_ready_, c, ready);
        flags_changed = true;
      }
      offset += kInBits[c];
    }
    if (data_changed) write_port(top_->in_data_i, in_data_);
    if (flags_changed || flags_stale_) {
      write_port(top_->in_valid_i, in_valid_);
      write_port(top_->out_ready_i, out_ready_);
      flags_stale_ = false;
    }
  }

  bool transfer(bool tail) {
    uint32_t in_ready[kFlagWords + 1], out_valid[kFlagWords + 1], out_data[kOutWords + 1];
    read_port(top_->in_ready_o, in_ready);
    read_port(top_->out_valid_o, out_valid);
    bool read = false, moved = false;
    int offset = 0;
    for (int c = 0; c < kChannels; ++c) {
      Channel& channel = channels_[static_cast<size_t>(c)];
      if (channel.valid && get_flag(in_ready, c)) {
        channel.in_cycles.push_back(cycle_);
        ++channel.sent;
        channel.valid = false;
        set_flag(in_valid_, c, false);
        flags_stale_ = true;
        --left_;
        moved = true;
      }
      const bool valid = get_flag(out_valid, c);
      channel.out_waiting = valid && !channel.ready;
      if (valid && channel.ready) {
        if (channel.received == channel.out_beats) {
          if (channel.surplus++ == 0 && first_surplus_ < 0) first_surplus_ = cycle_;
        } else {
          if (!read) read_port(top_->out_data_o, out_data);
          read = true;
          const size_t at = channel.out_words.size();
          channel.out_words.resize(at + static_cast<size_t>(words_of(kOutBits[c])));
          extract_bits(out_data, offset, channel.out_words.data() + at, kOutBits[c]);
          channel.out_cycles.push_back(cycle_);
          ++channel.received;
          --left_;
          moved = true;
        }
      }
      offset += kOutBits[c];
    }
    return moved && !tail;
  }

  Console& console_;
  VerilatedContext context_;
  std::unique_ptr<Vmodel> top_;
#if MASE_TRACE
  std::unique_ptr<VerilatedFstC> trace_;
#endif
  std::vector<Channel> channels_;
  uint32_t in_valid_[kFlagWords + 1] = {}, out_ready_[kFlagWords + 1] = {},
                                  in_data_[kInWords + 1] = {};
  bool flags_stale_ = false;
  int64_t cycle_ = 0, cycles_ = 0, left_ = 0, timeout_cycles_ = 0, loop_ns_ = 0,
          first_surplus_ = -1;
  int64_t probes_[kProbes + 1] = {};
  bool timed_out_ = false;
};

}  // namespace
}  // namespace mase::sim

double sc_time_stamp() { return 0; }

int main(int argc, char** argv) {
  using namespace mase::sim;
  if (argc != 4) return kBadRequestExit;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // never outlive the mase-gen that waits for us
  MessageReader request(argv[1]);
  if (request.number() != kRequestMagic) return kBadRequestExit;
  Console console(argv[3]);
  const auto bench = std::make_unique<Bench>(request, console);
  bench->run();
  MessageWriter response(argv[2]);
  bench->write_response(response);
  if (!response.finish()) return kBadRequestExit;
  std::fflush(stdout);
  std::_Exit(0);  // the response is complete; tearing the model down would only cost time
}
