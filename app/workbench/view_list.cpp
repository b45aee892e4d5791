#include "app/workbench/view_list.h"

namespace inlay::app {

std::vector<ViewEntry> windowViews() {
    return {};
}

} // namespace inlay::app
