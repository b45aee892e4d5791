#include "widgets/theme/metrics.h"

#include <QFontInfo>
#include <QtMath>

namespace inlay::widgets {
namespace {

/// Pixel size of the body font that every measure is given for.
constexpr double kBodyPixels = 12;

QFont sized(const QFont& base, double pixels, QFont::Weight weight) {
    QFont font = base;
    const double factor = pixels / kBodyPixels;
    if (base.pointSizeF() > 0)
        font.setPointSizeF(base.pointSizeF() * factor);
    else
        font.setPixelSize(qRound(base.pixelSize() * factor));
    font.setWeight(weight);
    return font;
}

} // namespace

Fonts fontsFor(const QFont& base) {
    return {sized(base, 12, QFont::Normal),   sized(base, 11, QFont::Normal),
            sized(base, 12, QFont::DemiBold), sized(base, 14, QFont::DemiBold),
            sized(base, 16, QFont::DemiBold), sized(base, 20, QFont::DemiBold)};
}

int scaled(double pixels, const QFont& base) {
    return qRound(pixels * QFontInfo(base).pixelSize() / kBodyPixels);
}

} // namespace inlay::widgets
