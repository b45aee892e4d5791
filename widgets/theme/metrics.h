#pragma once

#include <QFont>

namespace inlay::widgets {

/// Fonts of the visual language, all derived from the platform's interface font.
struct Fonts {
    QFont body, small, title, viewTitle, readout, heading;
};

Fonts fontsFor(const QFont& base);

/// Pixels for a measure given at a 9 pt interface font (12 px); measures scale with the font.
int scaled(double pixels, const QFont& base);

/// Measures in pixels at a 9 pt font: put through scaled().
namespace measure {
inline constexpr double kMenuHeight = 26;
inline constexpr double kToolBarHeight = 38;
inline constexpr double kTabHeight = 30;
inline constexpr double kDockTitleHeight = 26;
inline constexpr double kViewHeaderHeight = 40;
inline constexpr double kReadoutHeight = 50;
inline constexpr double kPlotTitleHeight = 24;
inline constexpr double kRowHeight = 24;
inline constexpr double kDiffRowHeight = 22;
inline constexpr double kFieldHeight = 24;
inline constexpr double kButtonHeight = 26;
inline constexpr double kRunBarHeight = 44;
inline constexpr double kStatusHeight = 24;
inline constexpr double kLeftDockWidth = 288;
inline constexpr double kCompareDockWidth = 428;
inline constexpr double kRightDockWidth = 308;
inline constexpr double kFormLabelWidth = 108;
inline constexpr double kDockPadding = 10;
inline constexpr double kViewPadding = 12;
inline constexpr double kCellPadding = 8;
inline constexpr double kGap = 6;
inline constexpr double kFormRowGap = 4;
inline constexpr double kFieldRadius = 3;
inline constexpr double kButtonRadius = 4;
inline constexpr double kChipRadius = 9;
} // namespace measure

} // namespace inlay::widgets
