// SPDX-License-Identifier: Apache-2.0
#include "gen/fixed/channels.h"

#include <algorithm>
#include <cmath>

#include "gen/base/error.h"
#include "gen/fixed/quantise.h"
#include "gen/fixed/requantise.h"

namespace mase::fixed {

Format common_format(std::span<const Format> channels) {
  Format common{1, 0, std::any_of(channels.begin(), channels.end(), [](const Format& c) {
                  return c.is_signed;
                })};
  bool any = false;
  int integer = 0;
  for (const Format& c : channels) {
    if (dropped(c)) continue;
    const int own = c.width - c.frac + (common.is_signed && !c.is_signed);
    integer = any ? std::max(integer, own) : own;
    common.frac = any ? std::max(common.frac, c.frac) : c.frac;
    any = true;
  }
  if (any) common.width = integer + common.frac;
  return common;
}

int zeros_below(const Format& channel, const Format& common) {
  return dropped(channel) ? 0 : common.frac - channel.frac;
}

Wide channel_min(const Format& channel, const Format& common) {
  return dropped(channel) ? 0 : channel.min() * (Wide{1} << zeros_below(channel, common));
}

Wide channel_max(const Format& channel, const Format& common) {
  return dropped(channel) ? 0 : channel.max() << zeros_below(channel, common);
}

Wide requantise_channel(Wide q, const Format& from, const Format& channel, const Format& common,
                        Rounding rounding) {
  if (dropped(channel)) return 0;
  return requantise(q, from, channel, rounding) * (Wide{1} << zeros_below(channel, common));
}

std::vector<int64_t> quantise_channels(std::span<const double> values,
                                       std::span<const Format> channels, bool by_row,
                                       const std::string& tensor) {
  const size_t count = channels.size();
  MASE_CHECK(count > 0 && values.size() % count == 0, "{} values for {} channels", values.size(),
             count);
  const Format common = common_format(channels);
  if (std::any_of(values.begin(), values.end(), [](double x) { return std::isnan(x); }))
    quantise_all(values, common, tensor);  // says which
  const size_t columns = values.size() / count;
  std::vector<int64_t> result(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    const Format& channel = channels[by_row ? i / columns : i % count];
    if (!dropped(channel))
      result[i] = quantise(values[i], channel) * (int64_t{1} << zeros_below(channel, common));
  }
  return result;
}

}  // namespace mase::fixed
