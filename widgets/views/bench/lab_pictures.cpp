#include "widgets/views/bench/lab_pictures.h"

#include <algorithm>

#include <QHBoxLayout>
#include <QLocale>

#include "widgets/plots/curve_plot.h"
#include "widgets/plots/heat_map.h"
#include "widgets/theme/metrics.h"
#include "widgets/views/bench/wiring_plot.h"

namespace inlay::widgets {
namespace {

constexpr double kLeastWidth = 170;

QString familyOf(const Lab& lab, const QString& label) {
    for (const LabCell& cell : lab.cells)
        if (cell.label == label)
            return cell.family;
    return {};
}

/// One of each family, then the rest: where there is little room, every family is seen before the
/// second rank of one.
std::vector<LabPicture> familiesFirst(const Lab& lab) {
    std::vector<LabPicture> pictures = lab.pictures;
    QStringList seen;
    std::stable_partition(pictures.begin(), pictures.end(), [&](const LabPicture& picture) {
        const QString family = familyOf(lab, picture.label);
        if (seen.contains(family))
            return false;
        seen << family;
        return true;
    });
    return pictures;
}

} // namespace

LabPictures::LabPictures(QWidget* parent)
    : QWidget(parent) {
    row_ = new QHBoxLayout(this);
    row_->setContentsMargins(0, 0, 0, 0);
    row_->setSpacing(0);
    singular_ = new CurvePlot(this);
    singular_->setObjectName(QStringLiteral("singularValues"));
    singular_->setTitle(tr("Singular values"));
    singular_->setXAxis({tr("Number"), {}, AxisScale::Linear});
    singular_->setYAxis({{}, {{}, 3}, AxisScale::Linear});
    setMinimumHeight(scaled(130, font()));
}

void LabPictures::setLab(const Lab& lab) {
    // The layers' starts do not move during a run: only new ones are drawn.
    const auto isSame = [](const LabPicture& a, const LabPicture& b) {
        return a.label == b.label && a.values == b.values && a.stages == b.stages;
    };
    if (std::equal(lab.pictures.begin(), lab.pictures.end(), shown_.begin(), shown_.end(), isSame))
        return;
    shown_ = lab.pictures;
    qDeleteAll(maps_);
    maps_.clear();
    for (const LabPicture& picture : familiesFirst(lab)) {
        if (picture.stages > 0)
            addWiring(picture);
        addMatrix(picture, familyOf(lab, picture.label) == QLatin1String("stl"));
    }
    std::vector<CurveSeries> series;
    for (const LabPicture& picture : lab.pictures) {
        if (picture.singularValues.empty())
            continue;
        CurveSeries curve;
        curve.id = curve.name = picture.label;
        curve.style = lab.styleOf(picture.label);
        curve.style.dash = {};
        curve.label = EndLabel::None; // the matrices beside it say which mark is whose
        for (std::size_t i = 0; i < picture.singularValues.size(); ++i) {
            curve.points.x.push_back(static_cast<double>(i + 1));
            curve.points.y.push_back(picture.singularValues[i]);
        }
        series.push_back(std::move(curve));
    }
    singular_->setSeries(std::move(series));
    row_->removeWidget(singular_);
    row_->addWidget(singular_, 1);
    hideWhatDoesNotFit();
}

void LabPictures::addWiring(const LabPicture& picture) {
    auto* wiring = new WiringPlot(this);
    wiring->setTitle(picture.label, tr("wiring"));
    wiring->setWiring(picture.stages, picture.wiring);
    row_->addWidget(wiring, 1);
    maps_.push_back(wiring);
}

void LabPictures::addMatrix(const LabPicture& picture, bool isStl) {
    auto* map = new HeatMap(this);
    map->setTitle(picture.label, isStl ? tr("encoder") : tr("small matrix"));
    map->setXAxis({isStl ? tr("Element of the tile") : tr("Output"), {}, AxisScale::Linear});
    map->setYAxis({isStl ? tr("Product") : tr("Input"), {}, AxisScale::Linear});
    map->setValues(tr("Weight"), {{}, 3}, AxisScale::Linear, ColorMap::Diverging);
    map->setScaleShown(false);
    MatrixData matrix;
    matrix.rows = picture.rows;
    matrix.columns = picture.columns;
    matrix.values = picture.values;
    map->setData(std::move(matrix));
    row_->addWidget(map, 1);
    maps_.push_back(map);
}

void LabPictures::hideWhatDoesNotFit() {
    const auto room = static_cast<std::size_t>(width() / scaled(kLeastWidth, font()));
    // The curves stay where they have any; the last matrices make room for them.
    const bool hasCurves = !singular_->series().empty() && room > 1;
    singular_->setVisible(hasCurves);
    for (std::size_t i = 0; i < maps_.size(); ++i)
        maps_[i]->setVisible(i + (hasCurves ? 1 : 0) < room);
}

void LabPictures::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    hideWhatDoesNotFit();
}

} // namespace inlay::widgets
