#include "engine/experiments/catalog.h"

#include "engine/experiments/active_ranking/active_ranking_kind.h"
#include "engine/experiments/amm/amm_kind.h"
#include "engine/experiments/autoencoder/autoencoder_kind.h"
#include "engine/experiments/bench/bench_kind.h"
#include "engine/experiments/embed/embed_kind.h"
#include "engine/experiments/graph_clustering/graph_clustering_kind.h"
#include "engine/experiments/metric_learning/metric_kind.h"
#include "engine/experiments/online_ranking/online_ranking_kind.h"
#include "engine/experiments/sketch/sketch_kind.h"
#include "engine/experiments/spatial_contrasting/spatial_kind.h"
#include "engine/experiments/streaming_kmeans/streaming_kmeans_kind.h"
#include "engine/experiments/train/train_kind.h"

namespace inlay::engine {

const std::vector<const ExperimentKind*>& experimentKinds() {
    static const std::vector<const ExperimentKind*> kinds = {
        &train::trainKind(),
        &bench::benchKind(),
        &amm::ammKind(),
        &autoencoder::autoencoderKind(),
        &sketch::sketchKind(),
        &online_ranking::onlineRankingKind(),
        &active_ranking::activeRankingKind(),
        &kmeans::streamingKmeansKind(),
        &graph_clustering::graphClusteringKind(),
        &embed::embedKind(),
        &metric_learning::metricLearningKind(),
        &spatial_contrasting::spatialContrastingKind(),
    };
    return kinds;
}

const ExperimentKind* findKind(std::string_view id) {
    for (const ExperimentKind* kind : experimentKinds()) {
        if (id == kind->id())
            return kind;
    }
    return nullptr;
}

} // namespace inlay::engine
