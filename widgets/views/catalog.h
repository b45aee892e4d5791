#pragma once

#include <functional>
#include <vector>

#include <QString>

#include "widgets/views/view.h"

namespace inlay::widgets {

/// One view of the window. Views of experiment kinds have the kind's id.
struct ViewKind {
    QString id;
    QString title;
    QString iconName;
    std::function<View*(const ViewContext& context, QWidget* parent)> make;
};

/// All views, in the order of their tabs.
const std::vector<ViewKind>& viewCatalog();

} // namespace inlay::widgets
