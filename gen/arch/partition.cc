// SPDX-License-Identifier: Apache-2.0
#include "gen/arch/partition.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>

#include "gen/arch/cell_cost.h"
#include "gen/arch/cost.h"
#include "gen/base/error.h"

namespace mase::arch {

namespace {

/// The stages [first, end) with the halves of the crossings at both ends.
class PartSums {
 public:
  explicit PartSums(const Chain& chain) : chain_(chain) {
    sums_.emplace_back();
    for (const Resources& stage : chain.stages) sums_.push_back(sums_.back() + stage);
  }
  Resources of(size_t first, size_t end) const {
    Resources part = sums_[end];
    part.lut -= sums_[first].lut;
    part.ff -= sums_[first].ff;
    part.dsp -= sums_[first].dsp;
    part.bram36 -= sums_[first].bram36;  // halves: exact
    if (first > 0) part += slr_receive_cost(chain_.widths[first - 1]);
    if (end < chain_.stages.size()) part += slr_send_cost(chain_.widths[end - 1]);
    return part;
  }

 private:
  const Chain& chain_;
  std::vector<Resources> sums_;
};

/// What is known of the best way to put the first stages into the first SLRs.
struct Best {
  int64_t bits = std::numeric_limits<int64_t>::max();  ///< across seams so far
  double fullest = 0;
  size_t first = 0;  ///< stage of the last part
  bool possible() const { return bits < std::numeric_limits<int64_t>::max(); }
};

Chain chain_of(const HardwareGraph& hardware) {
  Chain chain{estimate_stages(hardware), {}};
  for (size_t i = 0; i + 1 < hardware.stages.size(); ++i)
    chain.widths.push_back(int64_t{hardware.stages[i].lanes_out} * hardware.stages[i].out.width);
  return chain;
}

/// "12,000 of 9,000 LUTs" for what is more than there is.
std::string excess(const Resources& used, const Resources& most) {
  std::vector<std::string> parts;
  const auto add = [&](double value, double limit, const char* unit) {
    if (value > limit) parts.push_back(fmt::format("{} {} of {:g}", value, unit, limit));
  };
  add(static_cast<double>(used.lut), static_cast<double>(most.lut), "LUTs");
  add(static_cast<double>(used.ff), static_cast<double>(most.ff), "registers");
  add(static_cast<double>(used.dsp), static_cast<double>(most.dsp), "DSPs");
  add(used.bram36, most.bram36, "block RAMs (36 Kb)");
  return fmt::format("{}", fmt::join(parts, ", "));
}

std::string names(const std::vector<SlrBudget>& slrs) {
  std::vector<std::string> list;
  for (const auto& s : slrs) list.push_back(fmt::format("SLR{}", s.slr));
  return fmt::format("{}", fmt::join(list, ", "));
}

constexpr char kUncut[] = "--num-targets 1 emits the design uncut";

/// The SLR that a stage is nearest to fitting into.
const SlrBudget& roomiest(const Resources& stage, const std::vector<SlrBudget>& slrs) {
  return *std::min_element(slrs.begin(), slrs.end(), [&](const auto& a, const auto& b) {
    return fill(stage, a.most) < fill(stage, b.most);
  });
}

void check_stages(const HardwareGraph& hardware, const Chain& chain,
                  const std::vector<SlrBudget>& slrs) {
  for (size_t i = 0; i < hardware.stages.size(); ++i) {
    const SlrBudget& slr = roomiest(chain.stages[i], slrs);
    if (fits(chain.stages[i], slr.most)) continue;
    const Stage& stage = hardware.stages[i];
    const std::string node = stage.graph_nodes.empty() ? stage.name : stage.graph_nodes.front();
    const char* smaller =
        stage.cell == Cell::kUnrolled
            ? "style = \"folded\" for this node, or fewer and narrower weights"
            : "a lower parallelism_in and parallelism_out of this node, or narrower formats";
    throw UserError("A018",
                    fmt::format("{}: its cell u_{} takes {} that may be used of SLR{}, the "
                                "roomiest; a cell is not cut",
                                node, stage.name, excess(chain.stages[i], slr.most), slr.slr),
                    {},
                    fmt::format("{}; [hardware] slr_budget is the share of an SLR that may be "
                                "used; {}",
                                smaller, kUncut));
  }
}

[[noreturn]] void fail_too_large(const HardwareGraph& hardware, const Chain& chain,
                                 const std::vector<SlrBudget>& slrs, int64_t lines) {
  // With more SLRs like the last one it might fit.
  std::vector<SlrBudget> more = slrs;
  more.resize(std::max(slrs.size(), hardware.stages.size()), slrs.back());
  const auto cuts = choose_cuts(chain, more, lines);
  const std::string needs = cuts ? fmt::format("it needs {}", cuts->size())
                                 : fmt::format(
                                       "no cut has room for its crossings, or every cut is "
                                       "wider than a seam's {} lines",
                                       lines);
  throw UserError(
      "A019",
      fmt::format("{} takes {} LUTs, {} registers, {} DSPs and {} block RAMs, more than {} SLR{} "
                  "({}) may hold: {}",
                  hardware.name, estimate(hardware).lut, estimate(hardware).ff,
                  estimate(hardware).dsp, estimate(hardware).bram36, slrs.size(),
                  slrs.size() == 1 ? "" : "s", names(slrs), needs),
      {},
      fmt::format("raise --num-targets, choose another --slr, lower the parallelism, or raise "
                  "[hardware] slr_budget; {}",
                  kUncut));
}

Stage crossing(const Stage& before, size_t number) {
  Stage stage{.name = fmt::format("crossing_{}", number), .cell = Cell::kSlrCrossing};
  stage.elements_in = stage.elements_out = before.elements_out;
  stage.lanes_in = stage.lanes_out = before.lanes_out;
  stage.in = stage.out = stage.cast_from = before.out;
  return stage;
}

}  // namespace

bool fits(const Resources& used, const Resources& most) {
  return used.lut <= most.lut && used.ff <= most.ff && used.dsp <= most.dsp &&
         used.bram36 <= most.bram36;
}

double fill(const Resources& used, const Resources& most) {
  double fullest = 0;
  const auto add = [&](double value, double limit) {
    if (value > 0) fullest = std::max(fullest, value / limit);  // of 0: infinite
  };
  add(static_cast<double>(used.lut), static_cast<double>(most.lut));
  add(static_cast<double>(used.ff), static_cast<double>(most.ff));
  add(static_cast<double>(used.dsp), static_cast<double>(most.dsp));
  add(used.bram36, most.bram36);
  return fullest;
}

int64_t seam_bits(int64_t width) { return width + 2; }

std::optional<std::vector<size_t>> choose_cuts(const Chain& chain,
                                               const std::vector<SlrBudget>& slrs, int64_t lines) {
  const size_t stages = chain.stages.size();
  const PartSums parts(chain);
  // best[k][end]: the stages before `end` in the first k + 1 SLRs. Bits add up and the fullest part
  // only grows, so the best way there is the best beginning of every way on.
  std::vector<std::vector<Best>> best;
  for (size_t k = 0; k < slrs.size() && k < stages; ++k) {
    auto& row = best.emplace_back(stages + 1);
    for (size_t end = k + 1; end <= stages; ++end) {
      for (size_t first = k; first < end; ++first) {
        if (k == 0 && first > 0) break;
        const Best before = k == 0 ? Best{.bits = 0} : best[k - 1][first];
        if (!before.possible()) continue;
        const int64_t bits = first == 0 ? 0 : seam_bits(chain.widths[first - 1]);
        const Resources part = parts.of(first, end);
        if (bits > lines || !fits(part, slrs[k].most)) continue;
        const Best way{before.bits + bits, std::max(before.fullest, fill(part, slrs[k].most)),
                       first};
        if (!row[end].possible() ||
            std::pair(way.bits, way.fullest) < std::pair(row[end].bits, row[end].fullest))
          row[end] = way;
      }
    }
    if (!row[stages].possible()) continue;
    std::vector<size_t> ends(k + 1);
    size_t end = stages;
    for (size_t part = k + 1; part-- > 0;) {
      ends[part] = end;
      end = best[part][end].first;
    }
    return ends;
  }
  return std::nullopt;
}

void partition(HardwareGraph& hardware, const std::vector<SlrBudget>& slrs, int64_t lines) {
  MASE_CHECK(!slrs.empty() && hardware.parts.empty(), "{} is cut already", hardware.name);
  const Chain chain = chain_of(hardware);
  const auto ends = choose_cuts(chain, slrs, lines);
  if (!ends) {
    check_stages(hardware, chain, slrs);
    fail_too_large(hardware, chain, slrs, lines);
  }
  if (ends->size() == 1) return;
  const PartSums sums(chain);
  std::vector<Stage> stages;
  size_t first = 0;
  for (size_t k = 0; k < ends->size(); ++k) {
    const size_t end = (*ends)[k];
    SlrPart part{.slr = slrs[k].slr, .first = stages.size(), .most = slrs[k].most};
    part.used = sums.of(first, end);
    for (size_t i = first; i < end; ++i) stages.push_back(std::move(hardware.stages[i]));
    part.end = stages.size();
    if (k + 1 < ends->size()) stages.push_back(crossing(stages.back(), k + 1));
    hardware.parts.push_back(part);
    first = end;
  }
  hardware.stages = std::move(stages);
}

}  // namespace mase::arch
