// SPDX-License-Identifier: Apache-2.0
// The main program of a design verilated for SystemC: MODEL REQUEST RESPONSE OUTPUT, with the
// messages of harness.cc and a host after them. The design stands between a source and a sink on
// its own clock; with a host those are fed and drained by DMA engines on another (host.h).
//
// One clock cycle is as in harness.cc: inputs change at the falling edge, the rising edge
// transfers.
#include <signal.h>
#include <sys/prctl.h>
#include <systemc.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "console.h"
#include "host.h"
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

static_assert(kChannels == 1, "the SystemC bench drives one pair of streams");

constexpr int kResetCycles = 8;
constexpr int kInWords = (kInBits[0] + 31) / 32, kOutWords = (kOutBits[0] + 31) / 32;

/// The value type of a port of the model: bool, uint32_t, uint64_t or sc_bv<N> by its width.
template <class Port>
using Value = typename std::remove_reference_t<Port>::data_type;
using InData = Value<decltype(Vmodel::in_data_i)>;
using OutData = Value<decltype(Vmodel::out_data_o)>;

template <class T>
T to_value(const uint32_t* words, int count) {
  if constexpr (std::is_same_v<T, bool>) {
    return words[0] != 0;
  } else if constexpr (std::is_integral_v<T>) {
    T value = 0;
    for (int i = 0; i < count; ++i) value |= static_cast<T>(words[i]) << (32 * i);
    return value;
  } else {
    T value;
    for (int i = 0; i < count; ++i) value.set_word(i, words[i]);
    return value;
  }
}

template <class T>
void to_words(const T& value, uint32_t* words, int count) {
  for (int i = 0; i < count; ++i) {
    if constexpr (std::is_integral_v<T>) {
      words[i] = static_cast<uint32_t>(static_cast<uint64_t>(value) >> (32 * i));
    } else {
      words[i] = static_cast<uint32_t>(value.get_word(i));
    }
  }
}

struct Request {
  Stall stall = Stall::kNone;
  uint64_t seed = 0;
  int64_t timeout_cycles = 0;
  std::string trace_file;
  int64_t in_beats = 0, out_beats = 0;
  const uint32_t* in_words = nullptr;
  std::optional<HostOptions> host;

  explicit Request(MessageReader& in) {
    if (in.number() != kRequestMagic) std::exit(kBadRequestExit);
    stall = static_cast<Stall>(in.number());
    seed = in.number();
    timeout_cycles = static_cast<int64_t>(in.number());
    trace_file = in.text();
    if (in.number() != 1) std::exit(kBadRequestExit);
    in_beats = static_cast<int64_t>(in.number());
    out_beats = static_cast<int64_t>(in.number());
    const auto words = in.view<uint32_t>();
    in_words = words.data;
    if (words.size != static_cast<size_t>(in_beats) * kInWords) std::exit(kBadRequestExit);
    const auto host_words = in.array<uint64_t>();
    if (host_words.size() == 8) {
      host = HostOptions{host_words[0], host_words[1], host_words[2], host_words[3],
                         host_words[4], host_words[5], host_words[6], host_words[7]};
    } else if (!host_words.empty()) {
      std::exit(kBadRequestExit);
    }
    if (!in.good() || (!MASE_TRACE && !trace_file.empty())) std::exit(kBadRequestExit);
  }
};

SC_MODULE(Bench) {
 public:
  SC_HAS_PROCESS(Bench);
  Bench(sc_module_name name, const Request& request, Console& console)
      : sc_module(name),
        request_(request),
        console_(console),
        clock_("clock", period(request), 0.5, period(request) / 2, false),
        top_("top"),
        source_(request.stall, StallPattern::Side::kSource, request.seed, 0),
        sink_(request.stall, StallPattern::Side::kSink, request.seed, 0),
        garbage_(~request.seed) {
    top_.clk_i(clock_);
    top_.rst_ni(rst_n_);
    top_.in_valid_i(in_valid_);
    top_.in_ready_o(in_ready_);
    top_.in_data_i(in_data_);
    top_.out_valid_o(out_valid_);
    top_.out_ready_i(out_ready_);
    top_.out_data_o(out_data_);
    SC_METHOD(falling);
    sensitive << clock_.negedge_event();
    dont_initialize();
    SC_METHOD(rising);
    sensitive << clock_.posedge_event();
    dont_initialize();
    if (request_.host) {
      const HostOptions& host = *request_.host;
      const uint64_t in_bytes = (kInBits[0] + 7) / 8, out_bytes = (kOutBits[0] + 7) / 8;
      reader_.emplace(host, static_cast<uint64_t>(request.in_beats) * in_bytes, in_bytes,
                      request.seed ^ 0xd3a1);
      writer_.emplace(host, static_cast<uint64_t>(request.out_beats), out_bytes,
                      request.seed ^ 0xd3a2);
      host_clock_ = std::make_unique<sc_clock>(
          "host_clock", sc_time(static_cast<double>(host.host_period_ps), SC_PS));
      SC_METHOD(host_rising);
      sensitive << host_clock_->posedge_event();
      dont_initialize();
    }
#if MASE_TRACE
    if (!request.trace_file.empty()) {
      SC_METHOD(trace);
    }
#endif
  }

  void start_trace() {
#if MASE_TRACE
    if (request_.trace_file.empty()) return;
    trace_ = std::make_unique<VerilatedFstC>();
    top_.trace(trace_.get(), 99);
    trace_->open(request_.trace_file.c_str());
#endif
  }

  void finish() {
    if (surplus_ > 0) {
      console_.add(first_surplus_, "surplus output beat: channel 0 gave " +
                                       std::to_string(surplus_) + " beyond the " +
                                       std::to_string(request_.out_beats) + " expected");
    }
    top_.final();
#if MASE_TRACE
    if (trace_) trace_->close();
#endif
  }

  void write_response(MessageWriter & out, int64_t loop_ns) const {
    out.number(kResponseMagic);
    out.number(static_cast<uint64_t>(cycles_));
    out.number(static_cast<uint64_t>(loop_ns));
    out.number(timed_out_);
    out.array(out_words_);
    out.array(in_cycles_);
    out.array(out_cycles_);
    out.array(std::vector<int64_t>(probes_, probes_ + kProbes));
    out.number(console_.messages.size());
    for (const auto& message : console_.messages) out.text(message);
    out.array(
        std::vector<uint64_t>{writer_ ? writer_->done_ps() - start_ps_ : 0, starved_, blocked_});
  }

 private:
  static sc_time period(const Request& request) {
    const uint64_t ps = request.host ? request.host->design_period_ps : 10'000;
    return sc_time(static_cast<double>(ps), SC_PS);
  }
  static uint64_t now_ps() { return static_cast<uint64_t>(sc_time_stamp().to_seconds() * 1e12); }

  bool all_moved() const {
    return sent_ == request_.in_beats &&
           static_cast<int64_t>(out_cycles_.size()) == request_.out_beats;
  }
  bool complete() const { return all_moved() && (!writer_ || writer_->done_ps() != 0); }

  void falling() {
    if (Verilated::threadContextp()->gotError()) {
      console_.collect(*Verilated::threadContextp(), cycle_ - 1);
    }
    if (console_.full()) return sc_stop();
    if (++falls_ <= kResetCycles) {
      // The initial blocks ran at time 0; without its memory files a design computes nonsense.
      if (falls_ == 1 && console_.news().find("$readmem") != std::string::npos) {
        std::exit(kMemoryFileExit);
      }
      rst_n_.write(false);
      in_valid_.write(false);
      out_ready_.write(false);
      return;
    }
    rst_n_.write(true);
    if (cycle_ < 0) {
      cycle_ = 0;
      start_ps_ = now_ps();
    }
    if (tail_ < 0 && complete()) {
      cycles_ = cycle_;
      // As long again as a beat needs to cross the design: a beat too many would come out by then.
      tail_ = 16;
      if (!in_cycles_.empty() && !out_cycles_.empty()) {
        tail_ += std::min<int64_t>(out_cycles_.front() - in_cycles_.front(), 10'000);
      }
    }
    if (tail_ == 0) return sc_stop();
    if (tail_ > 0) --tail_;
    if (tail_ < 0 && quiet_ >= request_.timeout_cycles) {
      timed_out_ = true;
      cycles_ = cycle_;
      return sc_stop();
    }
    drive();
  }

  void drive() {
    const bool tail = tail_ >= 0;
    if (reader_) reader_->design_clock(now_ps());
    if (writer_) writer_->design_clock(now_ps());
    const bool may_offer = source_.step(false);
    if (!offering_) {
      offering_ = may_offer && sent_ < request_.in_beats && (!reader_ || reader_->has_beat());
      uint32_t lanes[kInWords];
      for (int i = 0; i < kInWords; ++i) {
        lanes[i] = offering_ ? request_.in_words[sent_ * kInWords + i]
                             : static_cast<uint32_t>(garbage_.next()) & word_mask(kInBits[0], i);
      }
      in_data_.write(to_value<InData>(lanes, kInWords));
    }
    in_valid_.write(offering_);
    ready_ = tail || (sink_.step(out_waiting_) && (!writer_ || writer_->can_take()));
    out_ready_.write(ready_);
  }

  void rising() {
    if (cycle_ < 0) return;
    ++quiet_;
    if (offering_ && in_ready_.read()) {
      in_cycles_.push_back(cycle_);
      ++sent_;
      if (reader_) reader_->take_beat();
      offering_ = false;
      quiet_ = 0;
    } else if (!offering_ && in_ready_.read() && sent_ < request_.in_beats) {
      ++starved_;
    }
    const bool valid = out_valid_.read();
    out_waiting_ = valid && !ready_;
    blocked_ += out_waiting_;
    if (valid && ready_) {
      if (static_cast<int64_t>(out_cycles_.size()) == request_.out_beats) {
        if (surplus_++ == 0) first_surplus_ = cycle_;
      } else {
        uint32_t words[kOutWords];
        to_words(out_data_.read(), words, kOutWords);
        out_words_.insert(out_words_.end(), words, words + kOutWords);
        out_cycles_.push_back(cycle_);
        if (writer_) writer_->take_beat();
        quiet_ = 0;
      }
    }
    if (kProbes > 0 && tail_ < 0) count_probes(top_, probes_);
    ++cycle_;
  }

  void host_rising() {
    if (cycle_ < 0) return;
    reader_->host_clock(now_ps());
    writer_->host_clock(now_ps());
  }

#if MASE_TRACE
  // A quarter of a period after each edge everything has settled.
  void trace() {
    if (trace_) trace_->dump(now_ps());
    const uint64_t quarter = static_cast<uint64_t>(period(request_).to_seconds() * 1e12) / 4;
    next_trigger(sc_time(
        static_cast<double>(sc_time_stamp() == SC_ZERO_TIME ? quarter : 2 * quarter), SC_PS));
  }
  std::unique_ptr<VerilatedFstC> trace_;
#endif

  const Request& request_;
  Console& console_;
  sc_clock clock_;
  std::unique_ptr<sc_clock> host_clock_;
  sc_signal<bool> rst_n_{"rst_n"}, in_valid_{"in_valid"}, in_ready_{"in_ready"},
      out_valid_{"out_valid"}, out_ready_{"out_ready"};
  sc_signal<InData> in_data_{"in_data"};
  sc_signal<OutData> out_data_{"out_data"};
  Vmodel top_;
  StallPattern source_, sink_;
  Random garbage_;
  std::optional<DmaReader> reader_;
  std::optional<DmaWriter> writer_;
  std::vector<uint32_t> out_words_;
  std::vector<int64_t> in_cycles_, out_cycles_;
  int64_t cycle_ = -1, cycles_ = 0, falls_ = 0, sent_ = 0, quiet_ = 0, tail_ = -1, surplus_ = 0,
          first_surplus_ = -1;
  uint64_t start_ps_ = 0, starved_ = 0, blocked_ = 0;
  bool offering_ = false, ready_ = false, out_waiting_ = false, timed_out_ = false;
  int64_t probes_[kProbes + 1] = {};
};

}  // namespace
}  // namespace mase::sim

int sc_main(int argc, char** argv) {
  using namespace mase::sim;
  if (argc != 4) return kBadRequestExit;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // never outlive the mase-gen that waits for us
  MessageReader message(argv[1]);
  const Request request(message);
  Console console(argv[3]);
  sc_report_handler::set_actions(SC_ID_INCONSISTENT_API_CONFIG_, SC_DO_NOTHING);
  sc_report_handler::set_actions(SC_INFO, SC_DO_NOTHING);
  sc_set_time_resolution(1, SC_PS);
  VerilatedContext& context = *Verilated::threadContextp();
  context.fatalOnError(false);
  context.assertOn(true);
  context.randReset(2);  // registers power up at random: a design that reads them unset is caught
  context.randSeed(static_cast<int>(request.seed % 0x7fffffff) + 1);
#if MASE_TRACE
  context.traceEverOn(!request.trace_file.empty());
#endif
  Bench bench("bench", request, console);
  const auto begin = std::chrono::steady_clock::now();
  sc_start(SC_ZERO_TIME);
  bench.start_trace();
  sc_start();
  const auto end = std::chrono::steady_clock::now();
  bench.finish();
  MessageWriter response(argv[2]);
  bench.write_response(response,
                       std::chrono::duration_cast<std::chrono::nanoseconds>(end - begin).count());
  if (!response.finish()) return kBadRequestExit;
  std::fflush(stdout);
  std::_Exit(0);  // the response is complete; tearing the model down would only cost time
}
