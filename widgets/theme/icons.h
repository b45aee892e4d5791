#pragma once

#include <QIcon>
#include <QStringList>

namespace inlay::widgets {

/// Which palette color an icon takes. Disabled and selected states follow by themselves.
enum class IconColor { Text, Muted, Accent, OnAccent, Good, Warn, Bad };

/// A line icon of the program's own set, painted in the colors of the application's palette at the
/// moment it is drawn, so that it follows light and dark. An unknown name is a programmer's
/// mistake.
QIcon icon(const QString& name, IconColor color = IconColor::Text);

/// All names, sorted.
QStringList iconNames();

/// The icon as a pixmap in one given color, for painters.
QPixmap iconPixmap(const QString& name, const QColor& color, int size, qreal devicePixelRatio);

} // namespace inlay::widgets
