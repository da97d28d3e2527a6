// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <thread>

#include "gen/base/file.h"
#include "gen/graph/mz.h"
#include "sw/cli/action_design.h"
#include "sw/cli/actions.h"
#include "sw/cli/search_progress.h"
#include "sw/report/search_report.h"
#include "sw/search/search_results.h"
#include "sw/search/study.h"
#include "sw/search/trial_evaluation.h"
#include "sw/train/trainer.h"

namespace mase::cli {

namespace {

using search::BestResult;
using search::SearchProblem;

/// [search.*] with the options of the program put in.
search::SearchOptions search_options_of(const Configuration& config) {
  const ConfigFile& file = config.file();
  if (!file.search || file.search->strategy.metrics.empty() || file.search->space.seeds.empty()) {
    throw UserError(
        "K016", "search has nothing to search", file.path,
        "give a --config with [search.search_space.seed.*], [search.strategy.sw_runner.*] "
        "or hw_runner, and [search.strategy.metrics]; configs/examples has several");
  }
  search::SearchOptions options = *file.search;
  search::StrategyOptions& strategy = options.strategy;
  strategy.n_jobs = config.integer("n_jobs");
  if (strategy.n_jobs == 0) {
    throw UserError("K003", "--n-jobs: 0 threads cannot evaluate anything",
                    config.setting("n_jobs").where, "give 1 or more, or -1 for one a CPU");
  }
  if (strategy.n_jobs < 0) strategy.n_jobs = std::max(1u, std::thread::hardware_concurrency());
  strategy.n_trials = config.integer("n_trials");
  if (config.given("timeout")) strategy.timeout = config.real("timeout");
  strategy.sampler = config.text("sampler");
  std::transform(strategy.sampler.begin(), strategy.sampler.end(), strategy.sampler.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  strategy.deterministic = config.flag("deterministic");
  strategy.seed = static_cast<uint64_t>(config.integer("seed"));
  return options;
}

/// What can be refused before anything is loaded.
void check_names(const Configuration& config, const search::SearchOptions& options) {
  if (options.space.name.starts_with("module/")) {
    throw UserError(
        "K018",
        fmt::format("search.search_space.name = '{}' searches language models such as OPT, and "
                    "mase-gen has none",
                    options.space.name),
        options.space.where,
        "models are listed by mase-gen --info model; their spaces are "
        "graph/quantize/mixed_precision_ptq and graph/channel_multiply/channel_multiplier");
  }
  try {
    const search::Problem any{.parameters = {{.name = "x", .choices = 2}},
                              .directions = {search::Direction::kMinimise}};
    search::make_sampler(options.strategy.sampler, any, {});
  } catch (const UserError& error) {
    throw error.at(config.setting("sampler").where);
  }
}

std::unique_ptr<search::Sampler> make_the_sampler(const SearchProblem& problem,
                                                  const search::StrategyOptions& strategy) {
  const search::SamplerOptions options{.seed = *strategy.seed,
                                       .n_trials = strategy.n_trials,
                                       .uniform_weights = strategy.uniform_weights};
  std::string name = strategy.sampler;
  if (name == "auto") name = search::choose_sampler(problem.problem(), options);
  const auto size = problem.problem().size();
  spdlog::info("Sampler {}, {} parameters, {} configurations, objectives {}", name,
               problem.problem().parameters.size(),
               size ? fmt::format("{}", *size) : std::string("more than 4.6e18"),
               fmt::join(problem.objective_names(), ", "));
  return search::make_sampler(name, problem.problem(), options);
}

/// What must be the same when a study goes on: figures of another network or of other data are no
/// figures of this one.
search::Attributes identity(const Session& session, const search::StrategyOptions& strategy) {
  const nlohmann::json network = {{"model", session.model_name()},
                                  {"hash", content_hash(graph::serialise_mz(session.graph()))}};
  const data::Dataset& dataset = session.dataset();
  const auto& rows = dataset.validation;
  const std::string_view bytes(reinterpret_cast<const char*>(rows.features),
                               rows.matrix().size_bytes());
  const nlohmann::json data = {{"name", dataset.name}, {"hash", content_hash(bytes)}};
  return {{"network", network.dump()},
          {"dataset", data.dump()},
          {"sum_scaled_metrics", strategy.sum_scaled_metrics ? "true" : "false"}};
}

/// A search of hours does not end with a tool that was never there.
void find_tools(const SearchProblem& problem) {
  try {
    problem.find_measuring_tools();
  } catch (const UserError& error) {
    throw UserError(
        error.code(), error.message() + " (the best trials are measured before they are reported)",
        error.where(), error.help() + "; --remeasure=false reports modelled figures without it",
        error.exit_code());
  }
}

struct Place {
  std::string location, name;
};

Place place_of_study(const Configuration& config, const Session& session) {
  const auto given = config.optional_text("storage");
  return {given.value_or((session.project() / "software/search_ckpts/study.db").string()),
          config.optional_text("study_name").value_or(session.project().filename().string())};
}

void say_how_it_ended(const search::StudyResult& result, const search::StrategyOptions& strategy) {
  if (result.evaluated > 0) {
    const auto n = static_cast<double>(result.evaluated);
    spdlog::info(
        "{} trials in {:.2f} s, {:.1f} a second; sampler {:.2f} ms, storage {:.2f} ms a trial",
        result.evaluated, result.seconds, n / result.seconds, 1e3 * result.sampler_seconds / n,
        1e3 * result.storage_seconds / n);
  }
  if (result.evaluated == 0 && result.end == search::StudyEnd::kTrials)
    spdlog::info("The study has its {} trials already; raise --n-trials to go on",
                 strategy.n_trials);
  if (result.end == search::StudyEnd::kExhausted)
    spdlog::info(
        "Every configuration of the space has been tried: the search ends after {} of {} "
        "trials",
        result.trials.size(), strategy.n_trials);
  if (result.end == search::StudyEnd::kTimeout)
    spdlog::warn("--timeout: no trial begins after {} s; the same command goes on",
                 *strategy.timeout);
  if (result.end == search::StudyEnd::kStopped)
    spdlog::warn(
        "Search was interrupted; the study keeps every trial, and the same command goes "
        "on from there");
  const auto waiting = std::count_if(
      result.trials.begin(), result.trials.end(),
      [](const auto& record) { return record.trial.state == search::TrialState::kWaiting; });
  if (waiting > 0 && result.end == search::StudyEnd::kTrials)
    spdlog::warn("{} trials wait in the study beyond its {}; raise --n-trials to run them", waiting,
                 strategy.n_trials);
  if (result.failed > 0)
    spdlog::warn("{} of {} trials failed; log.json and the study hold their reasons", result.failed,
                 result.evaluated);
}

/// The graph of a trial as it was evaluated: trained again where a runner trained it.
graph::Graph graph_of(const SearchProblem& problem, const search::Point& point) {
  search::Candidate candidate(problem.space().graph(point),
                              problem.space().hardware_options(point));
  for (const auto& runner : problem.runners()) {
    if (runner->changes_parameters()) runner->run(candidate);
  }
  return candidate.graph();
}

void emit_trial(Run& run, const Session& session, const SearchProblem& problem, int number,
                const search::Point& point) {
  const graph::Graph graph = graph_of(problem, point);
  const auto file = session.project() / "software/search_ckpts/best.mz";
  graph::write_mz(graph, file);
  spdlog::info("Saved the graph of trial {} to {}", number, file.string());
  emit_design(run, graph, session.project(), problem.space().hardware_options(point));
}

/// --emit-best and --emit-trial.
void emit_winner(Run& run, const Session& session, const SearchProblem& problem,
                 const search::StudyResult& result, const BestResult& best) {
  const Configuration& config = run.config;
  if (config.given("emit_trial")) {
    const int64_t number = config.integer("emit_trial");
    for (const auto& record : result.trials) {
      if (record.trial.number != number || !record.fits()) continue;
      emit_trial(run, session, problem, record.trial.number, record.trial.point);
      return;
    }
    throw UserError("K019", fmt::format("--emit-trial {}: the study has no such trial", number),
                    config.setting("emit_trial").where,
                    "log.json lists the trials by their numbers");
  }
  if (!config.flag("emit_best")) return;
  if (!best.feasible) {
    spdlog::error(
        "--emit-best: no trial keeps the constraints, so none is emitted; --emit-trial "
        "NUM emits one all the same");
    return;
  }
  const auto& winner = search::winner_of(problem, best.trials);
  spdlog::info("Trial {} is the winner{}", winner.record.trial.number,
               best.trials.size() > 1 ? " of the front: the best sum of scaled metrics" : "");
  emit_trial(run, session, problem, winner.record.trial.number, winner.record.trial.point);
}

void write_results(const Session& session, const Place& place, const SearchProblem& problem,
                   const search::StrategyOptions& strategy, const search::StudyResult& result,
                   const BestResult& best) {
  const auto folder = session.project() / "software/search_ckpts";
  write_file(folder / "log.json",
             search::log_json(result.trials, problem.problem().directions.size()));
  write_file(folder / "best.json", search::best_json(problem, best.trials));
  auto page = search::search_report(problem, strategy, result.trials, best);
  page.title = session.project().filename().string();
  page.facts = {{"network", session.model_name()},
                {"dataset", session.dataset().name},
                {"sampler", strategy.sampler},
                {"seed", std::to_string(*strategy.seed)},
                {"study", fmt::format("{} in {}", place.name, place.location)}};
  write_file(folder / "report.html", report::search_report_html(page));
  spdlog::info("Saved log.json, best.json and report.html to {}", folder.string());
}

class Search final : public Action {
 public:
  ExitCode run(Run& run) const override {
    const Configuration& config = run.config;
    const search::SearchOptions options = search_options_of(config);
    const search::StrategyOptions& strategy = options.strategy;
    check_names(config, options);
    const Session session(run, kDataset | kTrained);
    session.write_config();
    if (!strategy.eval_mode)
      spdlog::warn(
          "eval_mode = false: networks are evaluated with the running statistics of "
          "their batch norms all the same");
    const train::InterruptGuard guard;
    const std::atomic<bool>& stop = train::InterruptGuard::requested();

    search::RunnerContext context;
    context.dataset = &session.dataset();
    context.network = {.precision = model::parse_precision(config.text("trainer_precision")),
                       .device = model::parse_accelerator(config.text("accelerator"))};
    context.seed = *strategy.seed;
    context.batch_size = config.integer("batch_size");
    context.regularizer = regularizer_options(config);
    context.clock_mhz = config.file().hardware.clock_mhz;
    context.target = config.text("target");
    context.work = session.project() / "software/search_ckpts/work";
    context.jobs = static_cast<int>(
        std::max<int64_t>(1, std::thread::hardware_concurrency() / strategy.n_jobs));
    context.stop = &stop;
    const SearchProblem problem(
        search::make_space(session.graph(), options.space, hardware_options(config)), strategy,
        context);
    for (const auto& text : problem.notes()) spdlog::warn("{}", text);
    const bool trains =
        std::any_of(problem.runners().begin(), problem.runners().end(),
                    [](const auto& runner) { return runner->changes_parameters(); });
    if (context.regularizer.acts() && !trains)
      spdlog::warn("The regularizer has nothing to do: no runner basic_train trains the trials");
    if (config.flag("remeasure")) find_tools(problem);

    const Place place = place_of_study(config, session);
    search::StorageOptions storage_options;
    storage_options.note = [](const std::string& text) { spdlog::warn("{}", text); };
    const auto storage = search::Storage::open(place.location, storage_options);
    const auto info = storage->open_study(
        search::study_header(problem, strategy, place.name, identity(session, strategy)),
        search::OpenRule::kCreateOrResume);
    spdlog::info("Study '{}' in {}{}", place.name, storage->location(),
                 info.resumed ? fmt::format(" goes on, {} trials are there", info.trials)
                              : std::string(" is new"));
    const auto sampler = make_the_sampler(problem, strategy);

    search::StudyOptions study{.n_jobs = static_cast<int>(strategy.n_jobs),
                               .n_trials = strategy.n_trials,
                               .timeout = strategy.timeout,
                               .deterministic = strategy.deterministic,
                               .stop = &stop};
    study.note = [](const std::string& text) { spdlog::warn("{}", text); };
    SearchProgress progress(problem, strategy.n_trials,
                            config.flag("github_ci") ? report::Progress::Mode::kSilent
                                                     : report::Progress::detect(stderr));
    study.progress = [&](const search::TrialRecord& record, int64_t finished) {
      progress.add(record, finished);
    };
    const auto result = run.profile.step("trials", [&] {
      return search::run_study(
          problem.problem(), *sampler, *storage,
          [&](const search::Point& point, int) { return search::evaluate_point(problem, point); },
          study);
    });
    progress.end(result.end == search::StudyEnd::kTrials);
    say_how_it_ended(result, strategy);
    if (const auto refusal = problem.first_refusal(); !refusal.empty()) {
      spdlog::warn("Configurations that cannot be built were passed over; the first: {}", refusal);
    }
    return report(run, session, place, problem, strategy, result);
  }

 private:
  static ExitCode report(Run& run, const Session& session, const Place& place,
                         const SearchProblem& problem, const search::StrategyOptions& strategy,
                         const search::StudyResult& result) {
    // A measurement is mostly a compiler at work, whose memory bounds how many may be at it.
    constexpr unsigned kMostAtOnce = 8;
    search::BestOptions options{
        .remeasure = run.config.flag("remeasure"),
        .limit = static_cast<int>(run.config.integer("remeasure_limit")),
        .jobs = static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1u, kMostAtOnce)),
        .stop = &train::InterruptGuard::requested()};
    options.progress = [](int done, int wanted) {
      spdlog::info("Measuring best trial {} of {} with Verilator and Yosys...", done + 1, wanted);
    };
    const BestResult best = run.profile.step(
        "measure", [&] { return search::best_trials(problem, result.trials, options); });
    for (const auto& text : best.notes) spdlog::warn("{}", text);
    if (!options.remeasure && problem.can_remeasure())
      spdlog::warn("--remeasure=false: figures are modelled where the table says so");
    write_results(session, place, problem, strategy, result, best);
    if (best.trials.empty()) {
      spdlog::error("no trial is complete, so there is no best one");
      return ExitCode::kCheckFailed;
    }
    spdlog::info("Best trial(s):");
    fmt::print("Best trial(s):\n{}", search::best_table(best.trials));
    std::fflush(stdout);
    if (!best.feasible)
      spdlog::error("no trial keeps the constraints; the one above violates {} and is the nearest",
                    fmt::join(best.trials.front().violated, ", "));
    emit_winner(run, session, problem, result, best);
    spdlog::info("Searching is completed");
    const bool whole = result.end != search::StudyEnd::kStopped;
    return best.feasible && whole ? ExitCode::kGood : ExitCode::kCheckFailed;
  }
};

}  // namespace

std::unique_ptr<Action> make_search() { return std::make_unique<Search>(); }

}  // namespace mase::cli
