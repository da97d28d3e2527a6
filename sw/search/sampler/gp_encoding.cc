// SPDX-License-Identifier: Apache-2.0
#include "sw/search/sampler/gp_encoding.h"

#include <cmath>

namespace mase::search {
namespace {

bool is_constant(const Parameter& parameter) {
  return parameter.kind == Parameter::Kind::kReal ? !(parameter.high > parameter.low)
                                                  : parameter.choices <= 1;
}

}  // namespace

GpEncoding::GpEncoding(const Problem& problem) : parameters_(problem.parameters) {
  for (const Parameter& parameter : parameters_) {
    if (is_constant(parameter)) continue;
    const int width = parameter.kind == Parameter::Kind::kNominal ? parameter.choices : 1;
    layout_.dimension_of.insert(layout_.dimension_of.end(), width, layout_.dimensions);
    ++layout_.dimensions;
  }
}

void GpEncoding::encode(const Point& point, Eigen::Ref<Eigen::VectorXd> column) const {
  Eigen::Index at = 0;
  for (size_t i = 0; i < parameters_.size(); ++i) {
    const Parameter& parameter = parameters_[i];
    if (is_constant(parameter)) continue;
    if (parameter.kind == Parameter::Kind::kNominal) {
      column.segment(at, parameter.choices).setZero();
      column[at + static_cast<Eigen::Index>(point[i])] = std::sqrt(0.5);
      at += parameter.choices;
    } else if (parameter.kind == Parameter::Kind::kReal) {
      column[at++] = (point[i] - parameter.low) / (parameter.high - parameter.low);
    } else {
      column[at++] = point[i] / (parameter.choices - 1.0);
    }
  }
}

}  // namespace mase::search
