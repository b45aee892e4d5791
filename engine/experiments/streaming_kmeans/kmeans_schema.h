#pragma once

#include "engine/experiments/streaming_kmeans/kmeans_config.h"
#include "engine/schema/schema.h"

namespace inlay::engine::kmeans {

const Schema<KmeansConfig>& kmeansSchema();

} // namespace inlay::engine::kmeans
