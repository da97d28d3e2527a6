// SPDX-License-Identifier: Apache-2.0
#include "tests/rtl/affine_cases.h"

#include <algorithm>
#include <string>

#include "gen/fixed/affine.h"
#include "gen/fixed/requantise.h"

namespace mase::rtl_test {

namespace {

int beats_of(int elements, int lanes) { return (elements + lanes - 1) / lanes; }

int log2_ceil(int n) {
  int bits = 0;
  while ((1 << bits) < n) ++bits;
  return bits;
}

fixed::Format draw_format(Random& random, int max_width, bool may_be_unsigned) {
  fixed::Format f;
  f.width = draw(random, 1, max_width);
  f.frac = draw(random, -3, f.width + 3);
  f.is_signed = !may_be_unsigned || draw(random, 0, 2) != 0;
  return f;
}

/// Groups of `lanes` numbers, the last one filled up with 0.
std::vector<Beat> words_of(const std::vector<int64_t>& numbers, int lanes) {
  std::vector<Beat> words(beats_of(static_cast<int>(numbers.size()), lanes), Beat(lanes, 0));
  for (size_t i = 0; i < numbers.size(); ++i) words[i / lanes][i % lanes] = numbers[i];
  return words;
}

/// Word o_group * in_beats + in_beat: lanes q * P + p.
std::vector<Beat> weight_words(const Affine& a) {
  const int in_beats = beats_of(a.inputs, a.parallelism_in);
  const int out_beats = beats_of(a.outputs, a.parallelism_out);
  std::vector<Beat> words(in_beats * out_beats, Beat(a.parallelism_in * a.parallelism_out, 0));
  for (int o = 0; o < a.outputs; ++o) {
    for (int i = 0; i < a.inputs; ++i) {
      words[o / a.parallelism_out * in_beats + i / a.parallelism_in]
           [o % a.parallelism_out * a.parallelism_in + i % a.parallelism_in] =
               a.w[o * a.inputs + i];
    }
  }
  return words;
}

void fill_streams(const Affine& a, const fixed::Alignment& alignment, const fixed::Format& acc,
                  const fixed::Format& out, int out_lanes, Random& random, CellCase& c) {
  for (const std::vector<Wide>& x : a.x) {
    for (int beat = 0; beat < c.in_beats; ++beat) {
      Beat lanes(c.in_lanes);
      for (int lane = 0; lane < c.in_lanes; ++lane) {
        const size_t i = beat * c.in_lanes + lane;
        lanes[lane] = i < x.size() ? x[i] : static_cast<Wide>(random());  // surplus lanes: anything
      }
      c.inputs.push_back(lanes);
    }
    const std::vector<Wide> y = a.is_linear ? fixed::linear(a.w, a.b, x, alignment)
                                            : fixed::batch_norm1d(a.w, a.b, x, alignment);
    for (int beat = 0; beat < c.out_beats; ++beat) {
      std::vector<std::optional<Wide>> lanes(out_lanes, Wide{0});
      for (int lane = 0; lane < out_lanes; ++lane) {
        const size_t o = beat * out_lanes + lane;
        if (o < y.size()) lanes[lane] = fixed::requantise(y[o], acc, out, a.rounding);
      }
      c.expected.push_back(lanes);
    }
  }
}

}  // namespace

Wide draw_number(Random& random, const fixed::Format& format) {
  const Wide edges[] = {format.min(), format.max(), 0,
                        format.is_signed ? Wide{-1} : format.max() / 2};
  if (draw(random, 0, 3) == 0) return edges[draw(random, 0, 3)];
  const auto span = static_cast<uint64_t>(format.max() - format.min());
  return format.min() + static_cast<Wide>(span == UINT64_MAX ? random() : random() % (span + 1));
}

void draw_data(Random& random, Affine& a, int samples) {
  a.w.resize(a.is_linear ? a.inputs * a.outputs : a.inputs);
  for (int64_t& w : a.w) w = static_cast<int64_t>(draw_number(random, a.weight));
  a.b.clear();
  if (a.bias_format) {
    for (int o = 0; o < a.outputs; ++o)
      a.b.push_back(static_cast<int64_t>(draw_number(random, *a.bias_format)));
  }
  a.x.assign(samples, std::vector<Wide>(a.inputs));
  for (auto& x : a.x) {
    for (Wide& v : x) v = draw_number(random, a.data);
  }
}

Affine draw_affine(Random& random, bool is_linear, int max_features, int max_width) {
  Affine a;
  a.is_linear = is_linear;
  a.inputs = draw(random, 1, max_features);
  a.outputs = is_linear ? draw(random, 1, max_features) : a.inputs;
  a.parallelism_in = draw(random, 1, a.inputs);
  a.parallelism_out = is_linear ? draw(random, 1, a.outputs) : a.parallelism_in;
  a.data = draw_format(random, max_width, true);
  a.weight = draw_format(random, max_width, false);
  if (!is_linear || draw(random, 0, 2) != 0) a.bias_format = draw_format(random, max_width, false);
  if (draw(random, 0, 4) != 0) a.out = draw_format(random, max_width, true);
  a.rounding = draw(random, 0, 3) == 0 ? fixed::Rounding::kFloor : fixed::Rounding::kHalfEven;
  a.replay_samples = draw(random, 1, 2);
  a.block_ram = draw(random, 0, 2) == 0;
  a.multiplier = draw(random, 0, 2);
  return a;
}

CellCase cell_case(const Affine& a, Random& random) {
  const fixed::Alignment alignment = fixed::align(a.data, a.weight, a.bias_format);
  const int rows = a.is_linear ? a.outputs : a.inputs;
  const fixed::Format acc{fixed::running_sum_width(a.w, a.b, rows, a.data, alignment),
                          alignment.acc_frac, true};
  const fixed::Format out = a.out.value_or(acc);
  const auto number = [](int64_t value) { return std::to_string(value); };
  const auto flag = [](bool value) { return std::string(value ? "1'b1" : "1'b0"); };
  CellCase c;
  c.in_lanes = a.parallelism_in;
  c.in_width = a.data.width;
  c.out_lanes = a.is_linear ? a.parallelism_out : a.parallelism_in;
  c.out_width = out.width;
  c.out_signed = out.is_signed;
  c.in_beats = beats_of(a.inputs, a.parallelism_in);
  c.out_beats = beats_of(a.outputs, c.out_lanes);
  if (a.is_linear) {
    c.cell = "mase_linear";
    c.parameters = {{"InFeatures", number(a.inputs)},
                    {"OutFeatures", number(a.outputs)},
                    {"ParallelismIn", number(a.parallelism_in)},
                    {"ParallelismOut", number(a.parallelism_out)},
                    {"HasBias", flag(a.bias_format.has_value())},
                    {"ReplaySamples", number(a.replay_samples)}};
    c.memory_files = {{"WeightFile", memory_text(weight_words(a), a.weight.width)}};
    const int steps = c.in_beats * c.out_beats;
    const int stored = c.out_beats > 1 && a.replay_samples == 2 ? 1 : 0;
    c.ii_cycles = steps;
    c.latency_cycles =
        steps - 1 + (a.block_ram ? 1 : 0) + 1 + (log2_ceil(a.parallelism_in) + 1) / 2 + 2 + stored;
  } else {
    c.cell = "mase_batch_norm1d";
    c.parameters = {{"Features", number(a.inputs)}, {"Parallelism", number(a.parallelism_in)}};
    c.memory_files = {{"ScaleFile", memory_text(words_of(a.w, a.parallelism_in), a.weight.width)}};
    c.ii_cycles = c.in_beats;
    c.latency_cycles = c.in_beats - 1 + (a.block_ram ? 1 : 0) + 3;
  }
  const int bias_width = a.bias_format ? a.bias_format->width : 1;
  if (a.bias_format) {
    c.memory_files.push_back({"BiasFile", memory_text(words_of(a.b, c.out_lanes), bias_width)});
  }
  c.parameters.insert(c.parameters.end(),
                      {{"InWidth", number(a.data.width)},
                       {"InSigned", flag(a.data.is_signed)},
                       {"WeightWidth", number(a.weight.width)},
                       {"BiasWidth", number(bias_width)},
                       {"ProductShift", number(alignment.product_shift)},
                       {"BiasShift", number(alignment.bias_shift)},
                       {"AccWidth", number(acc.width)},
                       {"OutWidth", number(out.width)},
                       {"OutSigned", flag(out.is_signed)},
                       {"OutShift", number(acc.frac - out.frac)},
                       {"OutFloor", flag(a.rounding == fixed::Rounding::kFloor)},
                       {"BlockRam", flag(a.block_ram)},
                       {"Multiplier", number(a.multiplier)}});
  fill_streams(a, alignment, acc, out, c.out_lanes, random, c);
  return c;
}

std::vector<CellCase> random_affines(uint64_t seed, bool is_linear, int count, int max_features,
                                     int max_width) {
  Random random(seed);
  std::vector<CellCase> cases;
  for (int i = 0; i < count; ++i) {
    Affine affine = draw_affine(random, is_linear, max_features, max_width);
    draw_data(random, affine, 8);
    cases.push_back(cell_case(affine, random));
  }
  return cases;
}

}  // namespace mase::rtl_test
