#include <QActionGroup>
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QMenu>
#include <QSlider>
#include <QToolButton>
#include <QWidgetAction>

#include "engine/analysis/smoothing.h"
#include "widgets/theme/icons.h"
#include "widgets/theme/metrics.h"
#include "widgets/views/compare/curve_panel.h"

namespace inlay::widgets {
namespace {

constexpr int kSliderSteps = 999;

} // namespace

/// X axis beside the series; band, scale and smoothing in a menu, for want of room.
void CurvePanel::buildOptions(QHBoxLayout* row) {
    axis_ = new QComboBox(this);
    axis_->setObjectName(QStringLiteral("x axis"));
    axis_->setAccessibleName(tr("X axis"));
    axis_->setToolTip(tr("X axis"));
    axis_->addItem(tr("Step"), static_cast<int>(CurveAxis::Step));
    axis_->addItem(tr("Time"), static_cast<int>(CurveAxis::Time));
    connect(axis_, &QComboBox::activated, this, [this] {
        axis_->setProperty("chosen", true);
        CurveOptions options = options_;
        options.axis = static_cast<CurveAxis>(axis_->currentData().toInt());
        changeOptions(options);
    });
    row->addWidget(axis_);

    auto* more = new QToolButton(this);
    more->setIcon(icon(QStringLiteral("settings")));
    more->setAccessibleName(tr("Band, smoothing and scale"));
    more->setToolTip(tr("Band over seeds, smoothing, logarithmic x axis"));
    more->setPopupMode(QToolButton::InstantPopup);
    auto* menu = new QMenu(more);
    menu->addSection(tr("Band over seeds"));
    bands_ = new QActionGroup(menu);
    const auto addBand = [&](const QString& text, BandKind band) {
        QAction* action = menu->addAction(text);
        action->setCheckable(true);
        action->setChecked(band == options_.band);
        bands_->addAction(action);
        connect(action, &QAction::triggered, this, [this, band] {
            CurveOptions options = options_;
            options.band = band;
            changeOptions(options);
        });
    };
    addBand(tr("± 1 standard deviation"), BandKind::Deviation);
    addBand(tr("Least to most"), BandKind::Extremes);
    addBand(tr("None"), BandKind::None);
    menu->addSeparator();
    logX_ = menu->addAction(tr("Logarithmic x axis"));
    logX_->setCheckable(true);
    connect(logX_, &QAction::toggled, this, [this](bool isLog) {
        CurveOptions options = options_;
        options.xScale = isLog ? AxisScale::Log : AxisScale::Linear;
        changeOptions(options);
    });
    menu->addSeparator();
    auto* box = new QWidget(menu);
    auto* line = new QHBoxLayout(box);
    line->setContentsMargins(scaled(measure::kViewPadding, font()), scaled(4, font()),
                             scaled(measure::kViewPadding, font()), scaled(4, font()));
    auto* caption = new QLabel(tr("Smoothing"), box);
    line->addWidget(caption);
    smoothing_ = new QSlider(Qt::Horizontal, box);
    smoothing_->setRange(0, kSliderSteps);
    smoothing_->setPageStep(50);
    smoothing_->setMinimumWidth(scaled(96, font()));
    smoothing_->setAccessibleName(tr("Smoothing"));
    smoothing_->setToolTip(tr("Weight of the exponential moving average over all points of each "
                              "run; the raw values stay behind the curve"));
    caption->setBuddy(smoothing_);
    line->addWidget(smoothing_);
    smoothingValue_ = new QLabel(QLocale().toString(0.0, 'f', 3), box);
    line->addWidget(smoothingValue_);
    connect(smoothing_, &QSlider::valueChanged, this, [this](int value) {
        CurveOptions options = options_;
        options.smoothing = std::min(value / 1000.0, engine::kMaxSmoothing);
        smoothingValue_->setText(QLocale().toString(options.smoothing, 'f', 3));
        changeOptions(options);
    });
    auto* slider = new QWidgetAction(menu);
    slider->setDefaultWidget(box);
    menu->addAction(slider);
    more->setMenu(menu);
    row->addWidget(more);
}

} // namespace inlay::widgets
