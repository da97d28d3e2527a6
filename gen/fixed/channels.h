// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "gen/fixed/format.h"

namespace mase::fixed {

// Channels of one tensor may have formats of their own. The tensor then travels in the common
// format, which holds all of them exactly: the bits below a channel's last place are 0. A channel
// of width 0 is dropped: it is 0 for every input.

/// Common formats are at most this wide, so that raw integers fit in 64 bits.
inline constexpr int kMaxCommonWidth = 62;

inline bool dropped(const Format& channel) { return channel.width == 0; }

/// The narrowest format that holds all values of all channels: the most fraction bits, the most
/// integer bits, signed where one is. One bit of fraction 0 where all are dropped.
Format common_format(std::span<const Format> channels);

/// Zeros below the channel's last place in the common format; 0 of a dropped one.
int zeros_below(const Format& channel, const Format& common);

/// The ends of a channel's range. Units: raw integers of `common`.
Wide channel_min(const Format& channel, const Format& common);
Wide channel_max(const Format& channel, const Format& common);

/// requantise() into the channel's format. Units: raw integers of `from` -> of `common`.
Wide requantise_channel(Wide q, const Format& from, const Format& channel, const Format& common,
                        Rounding rounding);

/// quantise_all() of a matrix whose columns (by_row: rows) have formats of their own. Shapes:
/// values [rows * channels] (by_row: [channels * columns]), channels. Units: natural -> raw
/// integers of the common format. Errors: as quantise_all.
std::vector<int64_t> quantise_channels(std::span<const double> values,
                                       std::span<const Format> channels, bool by_row,
                                       const std::string& tensor);

}  // namespace mase::fixed
