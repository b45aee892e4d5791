#include "widgets/views/embeddings/point_colors.h"

#include <algorithm>
#include <cmath>

#include <QCoreApplication>

#include "widgets/views/embeddings/embedding_model.h"
#include "widgets/views/embeddings/point_faces.h"

namespace inlay::widgets {
namespace {

/// Few points beyond would leave all others in one color.
constexpr double kColoredShare = 0.99;

QString colorText(const char* text) {
    return QCoreApplication::translate("PointColors", text);
}

CloudClass classOf(const QString& name, int color, MarkerFill fill) {
    SeriesStyle style = seriesStyle(color);
    style.color = color;
    style.fill = fill;
    return {name, style};
}

Range spanOf(const std::vector<float>& values) {
    std::vector<float> finite;
    std::copy_if(values.begin(), values.end(), std::back_inserter(finite),
                 [](float value) { return std::isfinite(value); });
    if (finite.empty())
        return {0, 1};
    const auto most = finite.begin() + static_cast<std::ptrdiff_t>(
                                           kColoredShare * static_cast<double>(finite.size() - 1));
    std::nth_element(finite.begin(), most, finite.end());
    const double high = *most;
    return {*std::min_element(finite.begin(), finite.end()), high};
}

/// Length of each vector.
std::vector<float> lengths(const Snapshot& snapshot) {
    std::vector<float> values;
    values.reserve(static_cast<std::size_t>(snapshot.count));
    const auto width = static_cast<std::size_t>(snapshot.dimension);
    for (std::size_t first = 0; first + width <= snapshot.values.size(); first += width) {
        double squares = 0;
        for (std::size_t k = 0; k < width; ++k)
            squares += std::pow(double{snapshot.values[first + k]}, 2);
        values.push_back(static_cast<float>(std::sqrt(squares)));
    }
    return values;
}

/// Share of a point's neighbors that carry another label, in percent.
std::vector<float> impurities(const Neighborhood& near, const std::vector<std::int32_t>& labels) {
    std::vector<float> values(labels.size(), NAN);
    for (std::size_t i = 0; i < labels.size(); ++i) {
        int known = 0;
        int others = 0;
        for (const std::int32_t j : near.neighborsOf(static_cast<std::int64_t>(i)))
            if (const std::int32_t its = labels[static_cast<std::size_t>(j)]; its >= 0) {
                ++known;
                others += its != labels[i] ? 1 : 0;
            }
        if (labels[i] >= 0 && known > 0)
            values[i] = 100.0F * static_cast<float>(others) / static_cast<float>(known);
    }
    return values;
}

/// False where what they say is not known of this frame.
bool colorByValue(CloudColor color, const EmbeddingModel& model, PointColors& into) {
    const EmbeddingFilm& film = *model.film();
    const auto count = static_cast<std::size_t>(film.count);
    const Neighborhood* near = model.neighborhood();
    const bool knowsAll = near != nullptr && near->density.size() == count;
    if (color == CloudColor::Density && knowsAll) {
        into.values = near->density;
        into.name = colorText("Density, −log10 of the mean distance");
        into.format = {{}, 3};
        const auto [low, high] = std::minmax_element(into.values.begin(), into.values.end());
        into.range = {*low, *high};
    } else if (color == CloudColor::Loss && model.extras() != nullptr &&
               model.extras()->losses.size() == count) {
        into.values = model.extras()->losses;
        into.name = colorText("Loss as anchor, mean of 16 triplets");
        into.format = {{}, 3};
        into.range = {0, std::max(1e-12, spanOf(into.values).high)};
    } else if (const auto snapshot = model.snapshot();
               color == CloudColor::Length && snapshot && snapshot->count == film.count) {
        into.values = lengths(*snapshot);
        into.name = colorText("Length of the vector");
        into.format = {{}, 3};
        into.range = spanOf(into.values);
    } else if (color == CloudColor::Impurity && knowsAll && film.labels.size() == count) {
        into.values = impurities(*near, film.labels);
        into.name = colorText("Neighbors of other labels");
        into.format = {QStringLiteral("%"), 3};
        into.range = {0, 100};
    }
    return !into.values.empty();
}

} // namespace

bool isByValue(CloudColor color) {
    return color == CloudColor::Density || color == CloudColor::Loss ||
           color == CloudColor::Length || color == CloudColor::Impurity;
}

std::vector<std::pair<CloudColor, QString>> offeredColors(const EmbeddingModel& model) {
    const EmbeddingFilm* film = model.film();
    const bool hasLabels = film != nullptr && !film->labels.empty();
    const bool hasParts = film != nullptr && !film->parts.empty();
    const bool hasLosses = film != nullptr && film->hasLosses;
    const bool hasVectors = film == nullptr || !film->snapshots.empty();
    std::vector<std::pair<CloudColor, QString>> offered{
        {CloudColor::Label, hasLabels ? colorText("Color: label") : colorText("Color: none")}};
    const auto offer = [&](bool wanted, CloudColor color, const QString& words) {
        if (wanted)
            offered.emplace_back(color, words);
    };
    offer(hasLabels, CloudColor::Predicted, colorText("Color: kNN"));
    offer(hasLabels, CloudColor::Correct, colorText("Color: errors"));
    offer(hasParts, CloudColor::Split, colorText("Color: split"));
    offer(hasLosses, CloudColor::Loss, colorText("Color: loss"));
    offer(hasLabels && hasVectors, CloudColor::Impurity, colorText("Color: impurity"));
    offer(hasVectors, CloudColor::Density, colorText("Color: density"));
    offer(hasVectors, CloudColor::Length, colorText("Color: length"));
    return offered;
}

PointColors pointColors(CloudColor color, const EmbeddingModel& model, const PointFaces& faces) {
    const EmbeddingFilm& film = *model.film();
    const auto count = static_cast<std::size_t>(film.count);
    PointColors colors{film.labels, faces.classes(), {}, {}, {}, {0, 1}};
    const std::vector<std::int32_t>& predicted = model.predicted();
    const bool hasPredicted = predicted.size() == count;
    if (color == CloudColor::Predicted && hasPredicted) {
        colors.classOf = predicted;
    } else if (color == CloudColor::Correct && hasPredicted && film.labels.size() == count) {
        colors.classes = {classOf(colorText("right"), 2, MarkerFill::Filled),
                          classOf(colorText("wrong"), 6, MarkerFill::Hollow)};
        for (std::size_t i = 0; i < count; ++i)
            colors.classOf[i] = film.labels[i] < 0 || predicted[i] < 0 ? -1
                                : film.labels[i] != predicted[i]       ? 1
                                                                       : 0;
    } else if (color == CloudColor::Split && film.parts.size() == count) {
        colors.classes = {classOf(colorText("training"), 5, MarkerFill::Filled),
                          classOf(colorText("validation"), 3, MarkerFill::Filled),
                          classOf(colorText("test"), 6, MarkerFill::Hollow)};
        colors.classOf = film.parts;
    } else {
        colorByValue(color, model, colors);
    }
    return colors;
}

} // namespace inlay::widgets
