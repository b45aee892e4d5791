#pragma once

#include <vector>

namespace inlay::engine {

/// The middle value, or the mean of the two middle ones; 0 without values.
double median(std::vector<double> values);

} // namespace inlay::engine
