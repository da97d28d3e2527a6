// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "sw/report/search_report.h"
#include "sw/search/best.h"
#include "sw/search/problem_builder.h"
#include "sw/search/storage/storage.h"

namespace mase::search {

/// log.json: every trial under its number, as MASE's pandas table of them. Beside MASE's keys a
/// trial may have user_attrs_fail_reason, user_attrs_metric_sources and what other workers stored.
std::string log_json(const std::vector<TrialRecord>& trials, size_t objectives);

/// best.json: the reported trials under "0", "1", .. Beside MASE's keys a trial has metric_sources
/// where a model or a tool stands behind a figure, modelled_metrics where it was measured, and
/// violated_constraints where some do not hold.
std::string best_json(const SearchProblem& problem, const std::vector<BestTrial>& trials);

/// number | software_metrics | hardware_metrics | scaled_metrics as MASE prints them, and below, if
/// a model or a tool stands behind a figure, which: "Sources: verilator: latency_cycles; yosys:
/// lut", a line for each set of trials that share them.
std::string best_table(const std::vector<BestTrial>& trials);

/// The study as the page that report::search_report_html draws.
report::SearchReport search_report(const SearchProblem& problem, const StrategyOptions& strategy,
                                   const std::vector<TrialRecord>& trials, const BestResult& best);

}  // namespace mase::search
