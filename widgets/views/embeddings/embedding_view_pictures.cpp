// Confusion, filters, windows and pairs of a frame, and recall by class.

#include <algorithm>
#include <cmath>

#include <QLocale>
#include <QTableWidget>

#include "engine/base/json.h"
#include "widgets/plots/heat_map.h"
#include "widgets/plots/numbers.h"
#include "widgets/theme/color_map.h"
#include "widgets/theme/theme.h"
#include "widgets/views/embeddings/embedding_view.h"
#include "widgets/views/embeddings/picture_grid.h"

namespace inlay::widgets {
namespace {

constexpr std::size_t kMostConfused = 200;

/// Number at a dotted key of the run's configuration.
std::optional<double> configNumber(const std::string& config, const char* key) {
    if (config.empty())
        return std::nullopt;
    const engine::Json values = engine::parseJson(config, "the configuration");
    const engine::Json* found = engine::findPath(values, key);
    return found == nullptr ? std::nullopt : engine::numberFromJson(*found);
}

} // namespace

void EmbeddingView::showConfusion() {
    const EmbeddingFilm* film = model()->film();
    const std::vector<std::int32_t>& predicted = model()->predicted();
    MatrixData matrix;
    const std::size_t classes =
        film == nullptr ? 0 : static_cast<std::size_t>(film->classNames.size());
    if (film != nullptr && classes > 0 && classes <= kMostConfused &&
        predicted.size() == film->labels.size()) {
        matrix.rows = matrix.columns = static_cast<int>(classes);
        matrix.values.assign(classes * classes, 0);
        std::vector<float> of(classes, 0);
        for (std::size_t i = 0; i < predicted.size(); ++i) {
            const std::int32_t label = film->labels[i];
            const std::int32_t voted = predicted[i];
            if (label < 0 || voted < 0 || static_cast<std::size_t>(voted) >= classes)
                continue;
            ++matrix.values[static_cast<std::size_t>(label) * classes +
                            static_cast<std::size_t>(voted)];
            ++of[static_cast<std::size_t>(label)];
        }
        for (std::size_t i = 0; i < matrix.values.size(); ++i)
            matrix.values[i] = of[i / classes] > 0 ? 100 * matrix.values[i] / of[i / classes] : NAN;
        confusion_->setNames(film->classNames, film->classNames, HeatMap::NamesAt::Ticks);
    }
    confusion_->setData(std::move(matrix));
}

/// Filters as gray pictures around their own zero, all on one scale; windows over their images.
void EmbeddingView::showPictures() {
    const SnapshotExtras* extras = model()->extras();
    std::vector<PictureGrid::Picture> pictures;
    if (extras != nullptr && extras->filters.count > 0) {
        const auto& filters = extras->filters;
        float most = 1e-12F;
        for (const float value : filters.values)
            most = std::max(most, std::abs(value));
        const std::size_t area =
            static_cast<std::size_t>(filters.height) * static_cast<std::size_t>(filters.width);
        const QLocale locale;
        for (int f = 0; f < filters.count; ++f) {
            QImage image(filters.width, filters.height, QImage::Format_RGB32);
            double square = 0;
            for (int y = 0; y < filters.height; ++y)
                for (int x = 0; x < filters.width; ++x) {
                    const float value =
                        filters.values[static_cast<std::size_t>(f) * area +
                                       static_cast<std::size_t>(y * filters.width + x)];
                    square += value * value;
                    image.setPixelColor(x, y,
                                        mapColor(ColorMap::Diverging, appearanceOf(palette()),
                                                 0.5 + 0.5 * value / most));
                }
            pictures.push_back({image,
                                {},
                                tr("Filter %1, length %2")
                                    .arg(f)
                                    .arg(formatNumber(std::sqrt(square), 3, locale))});
        }
        filters_->setCaption(tr("%L1 filters of %2 × %3, one scale to ±%4")
                                 .arg(filters.count)
                                 .arg(filters.height)
                                 .arg(filters.width)
                                 .arg(formatNumber(most, 2, locale)));
    }
    filters_->setPictures(std::move(pictures));
}

void EmbeddingView::showPairs() {
    const SnapshotExtras* extras = model()->extras();
    MatrixData matrix;
    std::vector<PictureGrid::Picture> pictures;
    if (extras != nullptr && extras->pairs > 0) {
        matrix.rows = matrix.columns = static_cast<int>(extras->pairs);
        matrix.values = extras->pairDistances;
    }
    if (extras != nullptr)
        pictures = windowPictures(*extras);
    pairs_->setData(std::move(matrix));
    pairs_->setTitle(tr("Distances of the views"), tr("diagonal: each image with itself"));
    windows_->setCaption(tr("Windows: first solid, second dashed"));
    windows_->setEmptyText(tr("Shifted copies have no windows."));
    windows_->setPictures(std::move(pictures));
}

/// Corners are given on the map that is compared; over the image they are drawn in its scale. The
/// sides follow from the configuration: a window of 0 is half of the map, and among the corners
/// there is one at the far border.
std::vector<PictureGrid::Picture>
EmbeddingView::windowPictures(const SnapshotExtras& extras) const {
    std::vector<PictureGrid::Picture> pictures;
    const EmbeddingFilm& film = *model()->film();
    int farthest = 0;
    for (const auto& window : extras.windows)
        farthest = std::max({farthest, window[1], window[2], window[3], window[4]});
    const int chosen = static_cast<int>(configNumber(film.config, "contrast.window").value_or(0));
    const double window = chosen > 0 ? chosen : std::max(1, farthest);
    const double side = farthest + window;
    for (std::size_t row = 0; row < extras.windows.size(); ++row) {
        const auto& [index, y1, x1, y2, x2] = extras.windows[row];
        PictureGrid::Picture picture;
        picture.image = film.windowImages->isEmpty()
                            ? sides_[0].faces.image(index)
                            : film.windowImages->image(static_cast<std::int64_t>(row));
        if (picture.image.isNull())
            continue;
        const double scaleX = picture.image.width() / side;
        const double scaleY = picture.image.height() / side;
        picture.frames = {{QRectF(x1 * scaleX, y1 * scaleY, window * scaleX, window * scaleY), 5},
                          {QRectF(x2 * scaleX, y2 * scaleY, window * scaleX, window * scaleY), 6}};
        const QString label = sides_[0].faces.labelOf(index);
        picture.words = tr("Image %L1%2: first window at row %3, column %4, second at %5, %6, of "
                           "%7 × %7 on a map of %8 × %8")
                            .arg(index)
                            .arg(label.isEmpty() ? QString() : tr(", label %1").arg(label))
                            .arg(y1)
                            .arg(x1)
                            .arg(y2)
                            .arg(x2)
                            .arg(window)
                            .arg(side);
        pictures.push_back(std::move(picture));
    }
    return pictures;
}

/// Recall@1 of each class among the shown points, of both runs when two are shown.
void EmbeddingView::showPerClass() {
    const Neighborhood* first = model()->neighborhood();
    const Neighborhood* second = sides_[1].model->neighborhood();
    const EmbeddingFilm* film = model()->film();
    if (film == nullptr || first == nullptr || first->classRecall.empty()) {
        perClass_->setRowCount(0);
        return;
    }
    const QLocale locale;
    const bool isTwo = isComparing();
    perClass_->setColumnCount(isTwo ? 4 : 2);
    // A narrow column has no room for a name and a number.
    const auto heading = [this](int side) {
        const engine::RunRecord* run = record(sides_[static_cast<std::size_t>(side)].model->run());
        return run == nullptr || run->name == runName(side).toStdString()
                   ? runName(side)
                   : tr("Run %1").arg(run->id);
    };
    perClass_->setHorizontalHeaderLabels(
        isTwo ? QStringList{tr("Class"), heading(0), heading(1), tr("Difference")}
              : QStringList{tr("Class"), tr("Recall@1")});
    for (int column = 1; isTwo && column < 3; ++column)
        perClass_->horizontalHeaderItem(column)->setToolTip(runName(column - 1));
    const auto rows = static_cast<int>(std::min<std::size_t>(
        first->classRecall.size(), static_cast<std::size_t>(film->classNames.size())));
    perClass_->setRowCount(rows);
    const auto text = [&](double value) {
        return std::isfinite(value) ? tr("%1 %").arg(locale.toString(100 * value, 'f', 2))
                                    : QStringLiteral("–");
    };
    for (int row = 0; row < rows; ++row) {
        const auto c = static_cast<std::size_t>(row);
        const double a = first->classRecall[c];
        const double b =
            second != nullptr && c < second->classRecall.size() ? second->classRecall[c] : NAN;
        const auto set = [&](int column, const QString& words) {
            auto* item = new QTableWidgetItem(words);
            if (column > 0)
                item->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
            perClass_->setItem(row, column, item);
            return item;
        };
        set(0, film->classNames[row]);
        set(1, text(a));
        if (!isTwo)
            continue;
        set(2, text(b));
        const double points = 100 * (a - b);
        QTableWidgetItem* item = set(
            3, std::isfinite(points) ? (points < 0 ? QStringLiteral("−") : QStringLiteral("+")) +
                                           locale.toString(std::abs(points), 'f', 2)
                                     : QStringLiteral("–"));
        if (std::isfinite(points) && std::abs(points) >= 0.005)
            item->setForeground(points > 0 ? tokensOf(this).good : tokensOf(this).bad);
    }
}

} // namespace inlay::widgets
