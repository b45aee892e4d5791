#include "engine/experiments/streaming_kmeans/kmeans_schema.h"

#include <fmt/format.h>

#include "engine/experiments/streaming_kmeans/memory_budget.h"

namespace inlay::engine::kmeans {
namespace {

Schema<CompareConfig> compareSchema() {
    Schema<CompareConfig> schema;
    schema.field("lloyd", &CompareConfig::lloyd)
        .title("Lloyd, random start")
        .help("Batch Lloyd from k random points.");
    schema.field("plus_plus", &CompareConfig::plusPlus)
        .title("k-means++ on all points")
        .help("The seeding only.");
    schema.field("online", &CompareConfig::online)
        .title("Online Lloyd")
        .help("Running means from the first k points.");
    schema.field("mini_batch", &CompareConfig::miniBatch)
        .title("Mini-batch")
        .help("One pass over batches of batch_size points.");
    return schema;
}

void addAlgorithm(Schema<KmeansConfig>& schema) {
    schema.field("algorithm", &KmeansConfig::algorithm)
        .title("Algorithm")
        .help("How centers are found. The streaming ones read the points once.")
        .choices(
            {{Algorithm::Dc1, "dc1", "DC-1", "Groups by k-means#, their centers by k-means++."},
             {Algorithm::Dc2, "dc2", "DC-2", "Groups and their centers by k-means++."},
             {Algorithm::MultiLevel, "multi_level", "Multi-level",
              "A hierarchy of buffers within the memory budget, k-means# below k-means++."},
             {Algorithm::Seeding, "seeding", "Seeding only",
              "The start on all points, held in memory, and nothing else."},
             {Algorithm::Lloyd, "lloyd", "Lloyd", "Batch Lloyd on all points, held in memory."},
             {Algorithm::Online, "online", "Online Lloyd",
              "Running means from the first k points."},
             {Algorithm::MiniBatch, "mini_batch", "Mini-batch",
              "Running means over batches, k-means++ on the first."}});
    schema.field("start", &KmeansConfig::start)
        .title("Start")
        .help("First centers of a batch algorithm.")
        .choices({{Start::Random, "random", "Random", "k points drawn uniformly."},
                  {Start::PlusPlus, "k_means_plus_plus", "k-means++", "One draw a round."},
                  {Start::Sharp, "k_means_sharp", "k-means#",
                   "Several draws a round: 3 k log k centers (seeding only), reduced to k by "
                   "k-means++ (Lloyd)."}})
        .enabledWhen("algorithm", {"seeding", "lloyd"});
    schema.field("repetitions", &KmeansConfig::repetitions)
        .title("Repetitions")
        .help("Seedings of each group, the cheapest of which is kept; 0 = the paper's "
              "ceil(3 log n).")
        .range(0, 200)
        .enabledWhen("algorithm", {"dc1", "dc2", "multi_level", "seeding", "lloyd"});
    schema.field("oversampling", &KmeansConfig::oversampling)
        .title("Draws a round")
        .help("Centers that k-means# draws a round; 0 = ceil(3 log k), 1 = k-means++.")
        .range(0, 1000)
        .enabledWhen("algorithm", {"dc1", "multi_level", "seeding", "lloyd"})
        .advanced();
    schema.field("log_base", &KmeansConfig::logBase)
        .title("Logarithm")
        .help("Base in 3 log k and 3 log n; the paper does not say. The natural one does not give "
              "the 1 - 1/n of its Theorem 2.9.")
        .choices({{LogBase::Two, "2", "2", "Base 2."},
                  {LogBase::Natural, "e", "e", "Natural logarithm."}})
        .advanced();
    schema.field("group_size", &KmeansConfig::groupSize)
        .title("Group size")
        .help(
            "Points of a group; 0 = ceil(sqrt(n k)), or half of the memory budget when the end of "
            "the stream is not known.")
        .unit("points")
        .range(0, 1e9)
        .enabledWhen("algorithm", {"dc1", "dc2"});
    schema.field("levels", &KmeansConfig::levels)
        .title("Levels")
        .help("Reductions before the last one; 0 = all points are held, -1 = "
              "ceil(log n / log M) - 1 for a memory budget of M points.")
        .range(-1, 6)
        .enabledWhen("algorithm", {"multi_level"});
    schema.field("memory", &KmeansConfig::memory)
        .title("Memory budget")
        .help("Points (\"20000\") or bytes (\"64MB\"); a point takes 4 bytes a number and 16 more.")
        .required()
        .enabledWhen("algorithm", {"dc1", "dc2", "multi_level"});
    schema.field("batch_size", &KmeansConfig::batchSize)
        .title("Batch size")
        .help("Points of a mini-batch; at least k are taken.")
        .unit("points")
        .range(1, 1e7)
        .advanced();
}

void addPolish(Schema<KmeansConfig>& schema) {
    schema.field("polish", &KmeansConfig::polish)
        .title("Polish")
        .help("Lloyd iterations on what the stream left.")
        .choices({{Polish::None, "none", "None", "As in the paper."},
                  {Polish::Weighted, "weighted", "Weighted summary",
                   "On the weighted centers of the groups; no point is read again."},
                  {Polish::Full, "full", "All points",
                   "On the summary, then in further passes over the stream."}})
        .enabledWhen("algorithm", {"dc1", "dc2", "multi_level"});
    schema.field("polish_iterations", &KmeansConfig::polishIterations)
        .title("Polish iterations")
        .help("At most so many, of each kind.")
        .range(1, 1000)
        .enabledWhen("algorithm", {"dc1", "dc2", "multi_level"});
    schema.field("max_iterations", &KmeansConfig::maxIterations)
        .title("Most iterations")
        .help("Lloyd stops after so many.")
        .range(0, 1e5)
        .enabledWhen("algorithm", {"lloyd"});
    schema.field("tolerance", &KmeansConfig::tolerance)
        .title("Tolerance")
        .help("Lloyd stops when the cost falls by at most this share.")
        .range(0, 1)
        .advanced();
    schema.field("absolute_tolerance", &KmeansConfig::absoluteTolerance)
        .title("Absolute tolerance")
        .help("Lloyd stops when the cost falls by less than this; 1 in the paper.")
        .range(0, 1e18)
        .advanced();
    schema.field("empty", &KmeansConfig::empty)
        .title("Empty clusters")
        .help("What becomes of a center that no point is nearest to.")
        .choices({{EmptyRule::Farthest, "farthest", "Farthest point",
                   "It moves to the point that costs most."},
                  {EmptyRule::Keep, "keep", "Keep", "It stays where it is."},
                  {EmptyRule::Drop, "drop", "Drop", "It is left out."}})
        .advanced();
}

Schema<KmeansConfig> makeSchema() {
    Schema<KmeansConfig> schema;
    schema.variant("source", &KmeansConfig::source, pointSourceAlternatives())
        .title("Points")
        .help("What is clustered.");
    schema.field("k", &KmeansConfig::k).title("Clusters k").help("Centers wanted.").range(1, 65536);
    addAlgorithm(schema);
    addPolish(schema);
    schema.group("compare", &KmeansConfig::compare, compareSchema()).title("Compare with");
    schema.field("preview", &KmeansConfig::preview)
        .title("Sample for pictures")
        .help("Points kept beside the budget, drawn uniformly from the stream, for pictures, "
              "silhouettes and the running cost.")
        .unit("points")
        .range(16, 20000)
        .advanced();
    schema.field("labels", &KmeansConfig::labels)
        .title("Assignments")
        .help("A file with the cluster of every point, when the stream can be read again.")
        .choices({{LabelFile::None, "none", "None", "No file."},
                  {LabelFile::Npy, "npy", "NPY", "assignments.npy, 32-bit integers."},
                  {LabelFile::Csv, "csv", "CSV", "assignments.csv with point and cluster."}})
        .advanced();
    schema.check([](const KmeansConfig& config, std::vector<Issue>& issues) {
        if (!parseMemory(config.memory))
            issues.push_back(
                {"memory", fmt::format("memory is \"{}\"; allowed are points (\"20000\") or bytes "
                                       "(\"64MB\", \"1.5GB\", \"512MiB\")",
                                       config.memory)});
    });
    return schema;
}

} // namespace

const Schema<KmeansConfig>& kmeansSchema() {
    static const Schema<KmeansConfig> schema = makeSchema();
    return schema;
}

} // namespace inlay::engine::kmeans
