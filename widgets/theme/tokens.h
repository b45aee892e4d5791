#pragma once

#include <array>

#include <QColor>

namespace inlay::widgets {

enum class Appearance { Light, Dark };

/// Every color the program uses, in one place; the values are the visual language's.
struct Tokens {
    QColor surface, raised, field, border, hair, control;
    QColor text, muted, disabled;
    QColor accent, onAccent, selection, baselineRow, differs;
    QColor good, warn, bad;
    QColor track, grid, axis, noValue, neutral;
    std::array<QColor, 8> series;
};

const Tokens& tokens(Appearance appearance);

} // namespace inlay::widgets
