#pragma once

#include "engine/store/run_record.h"
#include "widgets/views/train/mistakes_strip.h"

namespace inlay::engine {
class RunStore;
}

namespace inlay::widgets {

struct Mistakes {
    std::int64_t step = 0;
    std::vector<MistakeImage> images;
};

/// The newest pictures that a run has recorded as "mistakes/images" with their rows of the table
/// "mistakes"; empty when there are none.
Mistakes readMistakes(engine::RunStore& store, engine::RunId run);

} // namespace inlay::widgets
