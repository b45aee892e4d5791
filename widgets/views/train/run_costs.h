#pragma once

#include <limits>
#include <string>
#include <vector>

#include <QString>

namespace inlay::widgets {

/// What is known of a layer from the configuration alone.
struct LayerCost {
    std::string name;
    QString title;
    QString family;
    QString familyId;
    /// Multiply-adds of a dense layer of this shape over those of this layer.
    double countRatio = 1;
};

struct RunCosts {
    std::vector<LayerCost> layers;
    /// Multiply-adds of the dense network over those of this one, forward.
    double countRatio = std::numeric_limits<double>::quiet_NaN();
    bool isDense = false;
    std::int64_t batchSize = 0;
    std::int64_t validationCount = 0;
};

/// From the JSON text of a run of kind "train"; may read headers of dataset files, hence for a
/// worker thread. Throws engine::Error when the data are gone.
RunCosts runCostsOf(const std::string& config);

} // namespace inlay::widgets
