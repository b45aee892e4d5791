#pragma once

#include "engine/datasets/dataset.h"

namespace inlay::tests {

/// Multinomial logistic regression on stored x scale without regularization, trained by Adam on
/// all of `training` until its loss has settled; returns the best test accuracy of any epoch.
double logisticRegressionAccuracy(const engine::Dataset& training, const engine::Dataset& test);

} // namespace inlay::tests
