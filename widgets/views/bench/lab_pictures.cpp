#include "widgets/views/bench/lab_pictures.h"

#include <QHBoxLayout>
#include <QLocale>

#include "widgets/plots/heat_map.h"
#include "widgets/theme/metrics.h"

namespace inlay::widgets {
namespace {

constexpr double kLeastWidth = 170;

QString familyOf(const Lab& lab, const QString& label) {
    for (const LabCell& cell : lab.cells)
        if (cell.label == label)
            return cell.family;
    return {};
}

} // namespace

LabPictures::LabPictures(QWidget* parent)
    : QWidget(parent) {
    row_ = new QHBoxLayout(this);
    row_->setContentsMargins(0, 0, 0, 0);
    row_->setSpacing(0);
    setMinimumHeight(scaled(130, font()));
}

void LabPictures::setLab(const Lab& lab) {
    QStringList labels;
    for (const LabPicture& picture : lab.pictures)
        labels << picture.label;
    // The layers' starts do not move during a run: only new ones are drawn.
    if (labels == labels_)
        return;
    labels_ = labels;
    qDeleteAll(maps_);
    maps_.clear();
    for (const LabPicture& picture : lab.pictures) {
        auto* map = new HeatMap(this);
        const bool isStl = familyOf(lab, picture.label) == QLatin1String("stl");
        map->setTitle(picture.label,
                      isStl ? tr("encoder at the start") : tr("matrix of a small layer"));
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
    hideWhatDoesNotFit();
}

void LabPictures::hideWhatDoesNotFit() {
    const auto room = static_cast<std::size_t>(width() / scaled(kLeastWidth, font()));
    for (std::size_t i = 0; i < maps_.size(); ++i)
        maps_[i]->setVisible(i < room);
}

void LabPictures::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    hideWhatDoesNotFit();
}

} // namespace inlay::widgets
