#pragma once

#include <functional>
#include <vector>

#include <QString>
#include <QStringList>

#include "widgets/views/view.h"

namespace inlay::widgets {

/// One view of the window.
struct ViewKind {
    QString id;
    /// Kinds of experiments whose runs it shows; none for a view over all kinds.
    QStringList kinds;
    QString title;
    QString iconName;
    std::function<View*(const ViewContext& context, QWidget* parent)> make;
};

/// All views, in the order of their tabs.
const std::vector<ViewKind>& viewCatalog();

} // namespace inlay::widgets
