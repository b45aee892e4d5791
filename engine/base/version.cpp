#include "engine/base/version.h"

namespace inlay::engine {

const char* version() {
    return INLAY_VERSION;
}

} // namespace inlay::engine
