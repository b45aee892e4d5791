#pragma once

#include <utility>
#include <vector>

#include "widgets/plots/point_cloud.h"

namespace inlay::widgets {

class EmbeddingModel;
class PointFaces;

/// What the points' colors say.
enum class CloudColor { Label, Predicted, Correct, Split, Density, Loss, Length, Impurity };

/// Whether points are colored on a scale instead of by class.
bool isByValue(CloudColor color);

/// Colors of the points of one frame: by class, or, where `values` is not empty, by value.
struct PointColors {
    std::vector<std::int32_t> classOf; // -1 = none
    std::vector<CloudClass> classes;
    std::vector<float> values; // NaN = none
    QString name;              // of the values
    NumberFormat format;
    Range range{0, 1};
};

/// What the run allows, with words for a list.
std::vector<std::pair<CloudColor, QString>> offeredColors(const EmbeddingModel& model);

/// Falls back to labels where what is asked for is not there (yet).
PointColors pointColors(CloudColor color, const EmbeddingModel& model, const PointFaces& faces);

} // namespace inlay::widgets
