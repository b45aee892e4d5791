#pragma once

#include "engine/runner/experiment_kind.h"

namespace inlay::engine::kmeans {

const ExperimentKind& streamingKmeansKind();

} // namespace inlay::engine::kmeans
