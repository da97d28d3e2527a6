// SPDX-License-Identifier: Apache-2.0
// The page as text, and as a browser without a network shows it.
#include "sw/report/search_report.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <limits>
#include <regex>
#include <string>

#include "gen/base/file.h"
#include "gen/base/process.h"
#include "tests/support/temp_dir.h"

namespace mase::report {
namespace {

/// Four trials: 0, 1 and 2 finished, 2 breaks a limit, 3 failed. 0 and 1 are the front.
SearchReport small_report() {
  SearchReport report;
  report.title = "jets <b>& co</b>";
  report.facts = {{"sampler", "greybox"}, {"seed", "7"}};
  report.notes = {"Figures of the front are measured."};
  report.measured_by = "Verilator, Yosys";
  report.metrics = {{"accuracy", "", "software", "maximize", {}, {}},
                    {"lut", "LUT", "model", "minimize", 3000.0, {}},
                    {"ii_cycles", "cycles", "systemc-model", "", {}, {}}};
  const auto trial = [](int number, double accuracy, double lut, const char* width) {
    SearchTrial made;
    made.number = number;
    made.state = "COMPLETE";
    made.metrics = {{"accuracy", accuracy}, {"lut", lut}, {"ii_cycles", 4.0}};
    made.duration_ms = 3;
    made.config = {{"seq_blocks_2", {{"name", "integer"}, {"weight_width", width}}}};
    return made;
  };
  report.trials = {trial(0, 0.70, 1000, "4"), trial(1, 0.75, 2500, "8"), trial(2, 0.76, 4000, "8")};
  report.trials[0].front = report.trials[1].front = true;
  report.trials[1].measured = {{"lut", 2600}};
  report.trials[2].feasible = false;
  SearchTrial failed;
  failed.number = 3;
  failed.state = "FAIL";
  failed.failure = "</script><script>document.title = 'broken'</script>";
  failed.metrics = {{"accuracy", std::numeric_limits<double>::quiet_NaN()}};
  report.trials.push_back(failed);
  return report;
}

TEST(SearchReport, EscapesTextAndNeedsNothingElse) {
  const std::string html = search_report_html(small_report());
  EXPECT_NE(html.find("jets &lt;b&gt;&amp; co&lt;/b&gt;"), std::string::npos);
  EXPECT_EQ(html.find("<b>& co"), std::string::npos);
  EXPECT_EQ(html.find("<script>document.title"), std::string::npos);
  EXPECT_EQ(html.find("NaN"), std::string::npos) << "JSON has no such number";
  for (const char* mark : {"/*STYLE*/", "/*DATA*/", "/*SCRIPT*/", "<!--TITLE-->"})
    EXPECT_EQ(html.find(mark), std::string::npos) << mark;
  // The SVG namespace is a name, not an address that is fetched.
  const std::regex address(R"((https?:)?//[a-z0-9.]+\.[a-z]{2,})");
  for (std::sregex_iterator at(html.begin(), html.end(), address), end; at != end; ++at)
    EXPECT_EQ(at->str(), "http://www.w3.org");
  for (const char* tag : {"<link", "<img", " src=", "@import", "url("})
    EXPECT_EQ(html.find(tag), std::string::npos) << tag;
}

class SearchPage : public testing::Test {
 protected:
  void SetUp() override {
    if (find_program("chromium").empty()) GTEST_SKIP() << "chromium is not installed";
  }

  /// The document after the page's script has run. `script`: what a user does on it.
  std::string shown(const SearchReport& report, const std::string& address,
                    const std::string& script = {}) {
    std::string html = search_report_html(report);
    if (!script.empty()) html.replace(html.find("</body>"), 0, "<script>" + script + "</script>\n");
    const auto page = folder_.path() / "page.html";
    write_file(page, html);
    std::vector<std::string> command = {"chromium", "--headless", "--disable-gpu",
                                        "--virtual-time-budget=3000",
                                        "--user-data-dir=" + (folder_.path() / "profile").string()};
    if (geteuid() == 0) command.push_back("--no-sandbox");
    command.insert(command.end(), {"--dump-dom", "file://" + page.string() + "#" + address});
    const auto result = run_process(command);
    EXPECT_EQ(result.exit_code, 0) << result.output;
    return result.output;
  }

  static int count(const std::string& text, const std::string& pattern) {
    const std::regex regex(pattern);
    return static_cast<int>(
        std::distance(std::sregex_iterator(text.begin(), text.end(), regex), {}));
  }

  test::TempDir folder_;
};

TEST_F(SearchPage, PlotsFinishedTrialsAndTheFront) {
  const std::string dom = shown(small_report(), "");
  EXPECT_EQ(count(dom, "<circle class=\"dot[^\"]*\""), 3);
  EXPECT_EQ(count(dom, "<circle class=\"dot on-front\""), 2);
  EXPECT_EQ(count(dom, "<circle class=\"dot infeasible\""), 1);
  EXPECT_EQ(count(dom, "<polygon class=\"measured\""), 1);
  EXPECT_EQ(count(dom, "<line class=\"limit\""), 1);
  EXPECT_EQ(count(dom, "<tr data-trial=\"3\""), 1) << "the failed trial is in the table";
  EXPECT_NE(dom.find("3 of 3"), std::string::npos);
  EXPECT_EQ(dom.find("<title>broken"), std::string::npos);
}

TEST_F(SearchPage, ShowsTheFrontAsItWasEarlier) {
  const std::string dom = shown(small_report(), "x=lut&y=accuracy&until=1");
  EXPECT_EQ(count(dom, "<circle class=\"dot[^\"]*\""), 1);
  EXPECT_NE(dom.find("1 of 3"), std::string::npos);
}

TEST_F(SearchPage, ShowsATrialUnderThePointer) {
  const std::string dom = shown(small_report(), "x=lut&y=accuracy",
                                "document.querySelector('circle[data-trial=\"1\"]')"
                                ".dispatchEvent(new MouseEvent('mouseenter'));");
  const size_t details = dom.find("<aside");
  ASSERT_NE(details, std::string::npos);
  const std::string panel = dom.substr(details, dom.find("</aside>") - details);
  EXPECT_NE(panel.find("Trial 1"), std::string::npos) << panel;
  EXPECT_NE(panel.find("2600"), std::string::npos) << "the measured figure: " << panel;
  EXPECT_NE(panel.find("seq_blocks_2"), std::string::npos);
  EXPECT_NE(panel.find("weight_width"), std::string::npos);
}

TEST_F(SearchPage, ChangesItsAxes) {
  const std::string dom = shown(small_report(), "x=lut&y=accuracy",
                                "const y = document.getElementById('y'); y.value = 'ii_cycles';"
                                "y.dispatchEvent(new Event('change'));");
  EXPECT_NE(dom.find(">ii_cycles [cycles]</text>"), std::string::npos);
  EXPECT_EQ(count(dom, "<circle class=\"dot on-front\""), 1) << "fewest LUTs at equal cycles";
}

TEST_F(SearchPage, SaysWhenNothingFinished) {
  SearchReport report = small_report();
  report.trials.erase(report.trials.begin(), report.trials.begin() + 3);
  const std::string dom = shown(report, "");
  EXPECT_NE(dom.find("No trial has finished."), std::string::npos);
  EXPECT_EQ(count(dom, "<tr data-trial="), 1);
}

}  // namespace
}  // namespace mase::report
