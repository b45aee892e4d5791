#pragma once

#include <string>

namespace inlay::engine {

/// The store that every program uses unless told otherwise: $INLAY_STORE, else
/// $XDG_DATA_HOME/inlay/inlay.db, else ~/.local/share/inlay/inlay.db.
std::string defaultStorePath();

} // namespace inlay::engine
