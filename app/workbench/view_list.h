#pragma once

#include <vector>

#include "app/workbench/main_window.h"

namespace inlay::app {

/// The tabs of the window, in order.
std::vector<ViewEntry> windowViews();

} // namespace inlay::app
