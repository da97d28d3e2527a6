// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "gen/base/error.h"
#include "sw/model/network.h"

namespace mase::model {

Evaluation score(const Matrix& outputs, std::span<const int64_t> labels) {
  MASE_CHECK(outputs.rows == static_cast<int64_t>(labels.size()), "{} rows, {} labels",
             outputs.rows, labels.size());
  Evaluation result;
  result.rows = outputs.rows;
  result.predictions.resize(labels.size());
  int64_t right = 0;
  for (int64_t r = 0; r < outputs.rows; ++r) {
    const int64_t label = labels[r];
    if (label < 0 || label >= outputs.columns) {
      throw UserError(
          "N012",
          fmt::format("row {}: label {} for a model with {} outputs", r, label, outputs.columns),
          {}, "choose a model and a dataset with the same number of classes");
    }
    const std::span<const double> row(outputs.values.data() + r * outputs.columns,
                                      static_cast<size_t>(outputs.columns));
    const auto largest = std::max_element(row.begin(), row.end());  // the first of equal ones
    result.predictions[r] = largest - row.begin();
    right += result.predictions[r] == label;
    double sum = 0;
    for (const double value : row) sum += std::exp(value - *largest);
    result.loss += std::log(sum) - (row[label] - *largest);
  }
  if (result.rows > 0) {
    result.loss /= static_cast<double>(result.rows);
    result.accuracy = static_cast<double>(right) / static_cast<double>(result.rows);
  }
  return result;
}

Evaluation evaluate(const Network& network, std::span<const float> x,
                    std::span<const int64_t> labels, int64_t batch) {
  return score(network.outputs(x, batch), labels);
}

}  // namespace mase::model
