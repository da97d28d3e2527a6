// SPDX-License-Identifier: Apache-2.0
#include "gen/pass/evaluate_batch.h"

#include <algorithm>

#include "gen/base/error.h"
#include "gen/fixed/channels.h"
#include "gen/fixed/requantise.h"

namespace mase::pass {

namespace {

using fixed::Format;
using fixed::Wide;
using graph::Op;

/// Bits that the largest intermediate of a node needs: products before and after alignment, bias,
/// sums, casts.
int widest(const IntegerNode& node) {
  int bits = std::max({node.producer.width, node.in.width, node.acc.width, node.out.width});
  if (!node.weight.empty()) {
    int sum = node.in.width + 1 + node.weight_format.width;
    for (int64_t n = node.features_in; n > 1; n = (n + 1) / 2) ++sum;
    const int bias = node.bias_format ? node.bias_format->width + node.alignment.bias_shift : 0;
    bits = std::max({bits, sum + node.alignment.product_shift + 1, bias + 1});
  }
  return bits;
}

/// requantise in T with everything that depends on the formats worked out once.
template <typename T>
class Cast {
 public:
  Cast(const Format& from, const Format& to, fixed::Rounding rounding)
      : identity_(from == to),
        shift_(std::clamp(from.frac - to.frac, -127, 127)),
        floor_(rounding == fixed::Rounding::kFloor),
        low_(bound(to.min())),
        high_(bound(to.max())) {}

  /// Into the format of one channel, in units of the common one.
  Cast(const Format& from, const Format& channel, const Format& common, fixed::Rounding rounding)
      : Cast(from, fixed::dropped(channel) ? from : channel, rounding) {
    identity_ = false;
    up_ = fixed::zeros_below(channel, common);
    if (fixed::dropped(channel)) low_ = high_ = 0;
  }

  bool identity() const { return identity_; }

  T operator()(T q) const { return rounded(q) * (T{1} << up_); }

 private:
  T rounded(T q) const {
    if (shift_ >=
        static_cast<int>(sizeof(T) * 8) - 1) {  // the quotient's magnitude is below one half
      return std::clamp<T>(floor_ && q < 0 ? -1 : 0, low_, high_);
    }
    if (shift_ > 0) {
      T result = q >> shift_;
      if (!floor_) {
        const T rest = q - (result << shift_);
        const T half = T{1} << (shift_ - 1);
        result += rest > half || (rest == half && (result & 1) != 0);
      }
      return std::clamp(result, low_, high_);
    }
    if (shift_ == 0) return std::clamp(q, low_, high_);
    const int up = -shift_;
    if (q == 0) return 0;
    if (up >= 63 || q > (high_ >> up)) {
      if (q > 0) return high_;
      if (up >= 63) return low_;
    }
    return q < -(-low_ >> up) ? low_ : static_cast<T>(q << up);
  }

  /// A bound that T cannot hold can never be reached by a value that T does hold.
  static T bound(Wide value) {
    if constexpr (sizeof(T) == 8) {
      return static_cast<T>(std::clamp<Wide>(value, INT64_MIN, INT64_MAX));
    } else {
      return value;
    }
  }

  bool identity_;
  int shift_;
  bool floor_;
  T low_, high_;
  int up_ = 0;
};

/// The cast of all channels, or one for each.
template <typename T>
std::vector<Cast<T>> casts(const Format& from, const Format& to,
                           const std::vector<Format>& channels, fixed::Rounding rounding) {
  if (channels.empty()) return {Cast<T>(from, to, rounding)};
  std::vector<Cast<T>> result;
  for (const Format& channel : channels) result.emplace_back(from, channel, to, rounding);
  return result;
}

template <typename T>
struct Step {
  const IntegerNode* node;
  std::vector<Cast<T>> in, out;  ///< one, or one a channel
  std::vector<T> weight, bias;   ///< aligned to the accumulator's fraction
};

template <typename T>
class Engine {
 public:
  explicit Engine(const IntegerNetwork& network) {
    for (const auto& node : network.nodes) {
      if (node.op == Op::kPlaceholder || node.op == Op::kFlatten || node.op == Op::kOutput)
        continue;
      Step<T> step{&node,
                   casts<T>(node.producer, node.in, node.in_channels, node.rounding),
                   casts<T>(node.acc, node.out, node.out_channels, node.rounding),
                   {},
                   {}};
      for (const int64_t w : node.weight)
        step.weight.push_back(static_cast<T>(T{w} << node.alignment.product_shift));
      for (const int64_t b : node.bias)
        step.bias.push_back(static_cast<T>(T{b} << node.alignment.bias_shift));
      steps_.push_back(std::move(step));
    }
  }

  void run(std::span<const int64_t> x, Wide* y) {
    now_.assign(x.begin(), x.end());
    for (const auto& step : steps_) {
      cast(step.in);
      apply(step);
      cast(step.out);
    }
    std::copy(now_.begin(), now_.end(), y);
  }

 private:
  void cast(const std::vector<Cast<T>>& casts) {
    if (casts.front().identity()) return;
    if (casts.size() == 1) {
      std::transform(now_.begin(), now_.end(), now_.begin(), casts.front());
      return;
    }
    for (size_t c = 0; c < now_.size(); ++c) now_[c] = casts[c](now_[c]);
  }

  void apply(const Step<T>& step) {
    if (step.node->op == Op::kRelu) {
      for (T& v : now_) v = std::max<T>(v, 0);
    } else if (step.node->op == Op::kBatchNorm1d) {
      for (size_t c = 0; c < now_.size(); ++c) now_[c] = step.weight[c] * now_[c] + step.bias[c];
    } else {
      const size_t columns = now_.size(), rows = static_cast<size_t>(step.node->features_out);
      next_.resize(rows);
      for (size_t o = 0; o < rows; ++o) {
        const T* row = step.weight.data() + o * columns;
        T sum = step.bias.empty() ? T{0} : step.bias[o];
        for (size_t i = 0; i < columns; ++i) sum += row[i] * now_[i];
        next_[o] = sum;
      }
      now_.swap(next_);
    }
  }

  std::vector<Step<T>> steps_;
  std::vector<T> now_, next_;
};

template <typename T>
std::vector<Wide> run_all(const IntegerNetwork& network, std::span<const int64_t> x) {
  const auto in = static_cast<size_t>(network.features_in()),
             out = static_cast<size_t>(network.features_out());
  const size_t samples = x.size() / in;
  std::vector<Wide> y(samples * out);
  Engine<T> engine(network);
  for (size_t s = 0; s < samples; ++s) engine.run(x.subspan(s * in, in), y.data() + s * out);
  return y;
}

}  // namespace

std::vector<Wide> evaluate_batch(const IntegerNetwork& network, std::span<const int64_t> x) {
  MASE_CHECK(x.size() % static_cast<size_t>(network.features_in()) == 0,
             "{} values for samples of {}", x.size(), network.features_in());
  int bits = 0;
  for (const auto& node : network.nodes) bits = std::max(bits, widest(node));
  return bits <= 62 ? run_all<int64_t>(network, x) : run_all<Wide>(network, x);
}

}  // namespace mase::pass
