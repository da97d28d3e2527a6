// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "sw/search/problem_builder.h"
#include "sw/search/storage/storage.h"
#include "sw/search/study.h"

namespace mase::search {

/// How evaluations of a SearchProblem are kept in a study, and read back from it.

/// The study as its database describes it. `fixed`: what gives the figures their meaning beside the
/// space, the runners and the metrics, which are added here.
StudyHeader study_header(const SearchProblem& problem, const StrategyOptions& strategy,
                         std::string name, Attributes fixed);

/// software_metrics, hardware_metrics, scaled_metrics and sampled_config as MASE stores them, and
/// metric_sources where a figure is modelled or measured by a tool.
Attributes attributes_of(const Evaluation& evaluation, const nlohmann::ordered_json& configuration);

/// Runs every runner on a point. Errors: those of SearchProblem::evaluate.
Outcome evaluate_point(const SearchProblem& problem, const Point& point);

/// What a COMPLETE trial found. Trials of other workers may lack metrics; values and constraints
/// are the stored ones in any case.
Evaluation evaluation_of(const SearchProblem& problem, const TrialRecord& record);

/// True for figures that neither a model nor a tool stands behind: counted or evaluated exactly.
bool is_plain_source(const std::string& source);

}  // namespace mase::search
