#include "app/workbench/view_list.h"

#include "widgets/views/catalog.h"

namespace inlay::app {

std::vector<ViewEntry> windowViews() {
    std::vector<ViewEntry> entries;
    for (const widgets::ViewKind& kind : widgets::viewCatalog())
        entries.push_back({kind.id, kind.kinds, kind.title, kind.iconName, kind.make});
    return entries;
}

} // namespace inlay::app
