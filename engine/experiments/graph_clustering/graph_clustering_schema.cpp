#include "engine/experiments/graph_clustering/graph_clustering_schema.h"

#include <numeric>

#include <fmt/format.h>

namespace inlay::engine::graph_clustering {
namespace {

void checkRates(double inside, double across, std::vector<Issue>& issues) {
    if (across >= inside)
        issues.push_back({"across", fmt::format("across is {}, the probability within clusters "
                                                "must exceed that across; allowed is 0 to below "
                                                "inside ({})",
                                                numberText(across), numberText(inside))});
}

Schema<PlantedConfig> plantedSchema() {
    Schema<PlantedConfig> schema;
    schema.field("sizes", &PlantedConfig::sizes)
        .title("Cluster sizes")
        .help("Nodes of each planted cluster.")
        .minimum(1)
        .maximum(static_cast<double>(kMostNodes))
        .length(1, 1000);
    schema.field("inside", &PlantedConfig::inside)
        .title("Inside p")
        .help("Probability of an edge between two nodes of one cluster.")
        .above(0)
        .maximum(1)
        .step(0.05);
    schema.field("across", &PlantedConfig::across)
        .title("Across q")
        .help("Probability of an edge between two clusters.")
        .minimum(0)
        .below(1)
        .step(0.05);
    schema.check([](const PlantedConfig& config, std::vector<Issue>& issues) {
        checkRates(config.inside, config.across, issues);
        const std::int64_t n =
            std::accumulate(config.sizes.begin(), config.sizes.end(), std::int64_t{0});
        if (n > kMostNodes)
            issues.push_back(
                {"sizes", fmt::format("sizes add up to {} nodes, whose matrices need {:.1f} GB; "
                                      "allowed are at most {}",
                                      n, 9e-9 * static_cast<double>(n) * static_cast<double>(n),
                                      kMostNodes)});
        else if (n < 2)
            issues.push_back(
                {"sizes", fmt::format("sizes add up to {} node, allowed are 2 or more", n)});
    });
    return schema;
}

Schema<GraphFileConfig> fileSchema() {
    Schema<GraphFileConfig> schema;
    schema.field("path", &GraphFileConfig::path)
        .title("File")
        .help("A SNAP edge list, a GML file, a Matrix Market matrix or an adjacency matrix as CSV.")
        .path(PathKind::File)
        .required();
    schema.field("format", &GraphFileConfig::format)
        .title("Format")
        .help("How the file is read.")
        .choices({{GraphFormat::Auto, "auto", "By its name",
                   ".gml, .mtx, .csv; anything else is an edge list."},
                  {GraphFormat::EdgeList, "edge_list", "Edge list",
                   "Two node ids a line, perhaps a weight or ?; # opens a comment."},
                  {GraphFormat::Gml, "gml", "GML", "graph [ node [ id … ] edge [ source … ] ]."},
                  {GraphFormat::MatrixMarket, "matrix_market", "Matrix Market",
                   "Coordinate format, 1-based."},
                  {GraphFormat::Csv, "csv", "Adjacency matrix",
                   "A square matrix of 0, 1, weights and ?."}})
        .advanced();
    schema.field("symmetrize", &GraphFileConfig::symmetrize)
        .title("Directions")
        .help("What becomes of a pair that is joined in one direction only.")
        .choices(
            {{Symmetrize::Auto, "auto", "By format", "Lists: an edge; a matrix must be symmetric."},
             {Symmetrize::Or, "or", "Or", "An edge."},
             {Symmetrize::And, "and", "And", "No edge."},
             {Symmetrize::Average, "average", "Average",
              "The mean of both weights is compared with the threshold."}})
        .advanced();
    schema.field("weights", &GraphFileConfig::weights)
        .title("Weights")
        .help("What weights other than 0 and 1 mean.")
        .choices({{Weights::Binary, "binary", "None", "Only 0 and 1 are allowed."},
                  {Weights::Threshold, "threshold", "Threshold", "Weights above it are edges."}})
        .advanced();
    schema.field("threshold", &GraphFileConfig::threshold)
        .title("Weight threshold")
        .help("A weight above this is an edge.")
        .enabledWhen("weights", {"threshold"})
        .advanced();
    schema.field("truth", &GraphFileConfig::truth)
        .title("Truth")
        .help("Known communities to compare with: \"node class\" a line or a community a line; "
              "empty: the values of a GML file, if it has them.")
        .path(PathKind::File)
        .advanced();
    return schema;
}

Schema<GivenRates> givenRatesSchema() {
    Schema<GivenRates> schema;
    schema.field("inside", &GivenRates::inside)
        .title("Inside p")
        .help("Probability of an edge within clusters, of an observed pair.")
        .above(0)
        .maximum(1);
    schema.field("across", &GivenRates::across)
        .title("Across q")
        .help("Probability of an edge across clusters, of an observed pair.")
        .minimum(0)
        .below(1);
    schema.check([](const GivenRates& rates, std::vector<Issue>& issues) {
        checkRates(rates.inside, rates.across, issues);
    });
    return schema;
}

Schema<FixedObservation> fixedSchema() {
    Schema<FixedObservation> schema;
    schema.field("rate", &FixedObservation::rate)
        .title("Observed")
        .help("Share of the pairs that are seen; the others count as not joined.")
        .range(0.01, 1)
        .step(0.05);
    return schema;
}

Schema<ActiveObservation> activeSchema() {
    Schema<ActiveObservation> schema;
    schema.field("step", &ActiveObservation::step)
        .title("Rate step")
        .help("The share of pairs asked rises by this until a cluster appears, among the nodes "
              "that are left only: small clusters are asked about more.")
        .range(0.001, 0.5);
    schema.field("kappa", &ActiveObservation::kappa)
        .title("Kappa")
        .help("Which kappas are tried at each rate.")
        .choices({{ActiveKappa::Quiet, "quiet", "Quiet",
                   "From the one with a noise number of 1, the quietest, to that with 1.2, until "
                   "a cluster shows."},
                  {ActiveKappa::Fixed, "fixed", "Start only", "As the paper has it."}})
        .advanced();
    schema.field("budget", &ActiveObservation::budget)
        .title("Budget")
        .help("Pairs that may be asked; 0 = all of them.")
        .unit("pairs")
        .minimum(0);
    return schema;
}

Schema<KappaConfig> kappaSchema() {
    Schema<KappaConfig> schema;
    schema.field("start", &KappaConfig::start)
        .title("Start")
        .help("The first kappa: the smaller, the smaller the clusters that can appear, and the "
              "more noise.")
        .range(0.2, 1000);
    schema.field("factor", &KappaConfig::factor)
        .title("Factor")
        .help("kappa grows by this until the solution is clean.")
        .range(1.01, 4);
    schema.field("most", &KappaConfig::most)
        .title("Largest")
        .help("The last kappa tried; 0 = until no cluster of the nodes left could appear.")
        .range(0, 1000)
        .advanced();
    return schema;
}

Schema<ProgramConfig> programSchema() {
    Schema<ProgramConfig> schema;
    schema.field("tolerance", &ProgramConfig::tolerance)
        .title("Tolerance")
        .help("Relative primal and dual residual at which a solve ends.")
        .range(1e-6, 1e-1)
        .logScale();
    schema.field("max_iterations", &ProgramConfig::maxIterations)
        .title("Most iterations")
        .help("Iterations of one solve.")
        .range(10, 5000);
    schema.field("eigen", &ProgramConfig::eigen)
        .title("Eigenvalues")
        .help("How the matrix is decomposed.")
        .choices({{EigenMethod::Auto, "auto", "Auto", "Lanczos while few pairs are wanted."},
                  {EigenMethod::Full, "full", "Full", "LAPACK, every pair."},
                  {EigenMethod::Partial, "lanczos", "Lanczos",
                   "Block Lanczos, started from the iteration before."}})
        .advanced();
    schema.field("rounding", &ProgramConfig::rounding)
        .title("Rounding")
        .help("Entries of the solution above this are ones.")
        .range(0.3, 0.7)
        .advanced();
    schema.field("smallest_cluster", &ProgramConfig::smallestCluster)
        .title("Smallest cluster")
        .help("Blocks of fewer nodes are no clusters.")
        .unit("nodes")
        .range(2, static_cast<double>(kMostNodes))
        .advanced();
    return schema;
}

Schema<CompareConfig> compareSchema() {
    Schema<CompareConfig> schema;
    schema.field("spectral", &CompareConfig::spectral)
        .title("Spectral")
        .help("Normalized spectral clustering; it is told the number of clusters.");
    schema.field("louvain", &CompareConfig::louvain)
        .title("Louvain")
        .help("Modularity by Louvain's method (igraph).");
    schema.field("leiden", &CompareConfig::leiden)
        .title("Leiden")
        .help("Modularity by the Leiden method (igraph).");
    schema.field("spectral_clusters", &CompareConfig::spectralClusters)
        .title("Spectral clusters")
        .help("What spectral clustering is told; 0 = the number of true clusters, or of those "
              "found.")
        .range(0, 1000)
        .enabledWhen("spectral", {true})
        .advanced();
    return schema;
}

Schema<GraphClusteringConfig> makeSchema() {
    using Config = GraphClusteringConfig;
    Schema<Config> schema;
    schema
        .variant("graph", &Config::graph,
                 {alternative<PlantedConfig>("planted", "Planted clusters",
                                             "Random graph with clusters in it.", plantedSchema()),
                  alternative<GraphFileConfig>(
                      "file", "Graph file", "Edge list, GML, Matrix Market or CSV.", fileSchema())})
        .title("Graph")
        .help("What is clustered.");
    schema
        .variant(
            "rates", &Config::rates,
            {alternative<EstimatedRates>("estimate", "Estimate",
                                         "From the spectrum of each matrix that is solved.",
                                         Schema<EstimatedRates>()),
             alternative<PlantedRates>("planted", "As planted", "Those the graph was made with.",
                                       Schema<PlantedRates>()),
             alternative<GivenRates>("given", "Given", "Set by hand.", givenRatesSchema())})
        .title("Edge rates p, q")
        .help("The probabilities that set the prices of the convex program.");
    schema
        .variant("observation", &Config::observation,
                 {alternative<FullObservation>("full", "All pairs", "Every pair is seen.",
                                               Schema<FullObservation>()),
                  alternative<FixedObservation>("fixed", "A fixed share",
                                                "Each pair is seen with one probability.",
                                                fixedSchema()),
                  alternative<ActiveObservation>("active", "Ask for pairs",
                                                 "Pairs are asked for where clusters are small.",
                                                 activeSchema())})
        .title("Observation")
        .help("Which pairs are known.");
    schema.field("algorithm", &Config::algorithm)
        .title("Algorithm")
        .section("Peeling")
        .help("What is done with the clusters of a clean solution.")
        .choices({{Algorithm::Peel, "peel", "Recover, peel, repeat",
                   "They are removed and the rest is solved again."},
                  {Algorithm::RecoverBig, "recover_big", "Recover once",
                   "The first clean solution ends the run."},
                  {Algorithm::Single, "single", "One solve",
                   "The first kappa only, whatever comes of it."}});
    schema.group("kappa", &Config::kappa, kappaSchema()).title("Kappa, threshold scale");
    schema.field("b1", &Config::b1)
        .title("Price b1")
        .section("Peeling")
        .help("Scale of both prices of the convex program; 2 in the paper's experiments.")
        .range(0.1, 20);
    schema.field("t", &Config::threshold)
        .title("Threshold t")
        .section("Peeling")
        .help("Between p and q, of an observed pair; 0 = p/4 + 3q/4.")
        .minimum(0)
        .below(1)
        .advanced();
    schema.field("known_clusters", &Config::knownClusters)
        .title("Known clusters")
        .section("Peeling")
        .help("Stops when so many are found; 0 = not known.")
        .range(0, static_cast<double>(kMostNodes))
        .advanced();
    schema.field("accept", &Config::accept)
        .title("Take")
        .section("Peeling")
        .help("What is taken from a solution.")
        .choices({{Acceptance::Each, "each", "Each cluster that stands apart",
                   "Large clusters are taken while smaller ones are still unclear; up to a "
                   "twentieth of a cluster's nodes may be in doubt and are left out."},
                  {Acceptance::Whole, "whole", "Whole solutions",
                   "Nothing is taken while any node is in doubt, as in the paper."}})
        .advanced();
    schema.field("clean_up", &Config::cleanUp)
        .title("Clean-up")
        .section("Peeling")
        .help("How single nodes move afterwards.")
        .choices({{CleanUp::Likelihood, "likelihood", "By likelihood",
                   "As by density; in the end nodes go to the cluster that explains the answers "
                   "seen about them best, those of no cluster only where that is likelier than "
                   "being alone."},
                  {CleanUp::Density, "density", "By density",
                   "When a cluster is found, nodes above (p+q)/2 join and members below leave; "
                   "three rounds."},
                  {CleanUp::Off, "off", "Off", "As in the paper."}});
    schema.group("program", &Config::program, programSchema()).title("Convex program");
    schema.group("compare", &Config::compare, compareSchema()).title("Compare with");
    schema.check([](const Config& config, std::vector<Issue>& issues) {
        const bool planted = std::holds_alternative<PlantedConfig>(config.graph);
        if (std::holds_alternative<PlantedRates>(config.rates) && !planted)
            issues.push_back({"rates.kind", "rates.kind is planted, which needs a planted graph; "
                                            "allowed for a file are estimate and given"});
        if (config.kappa.most > 0 && config.kappa.most < config.kappa.start)
            issues.push_back(
                {"kappa.most",
                 fmt::format("kappa.most is {}, allowed is 0 or from kappa.start "
                             "({}) on",
                             numberText(config.kappa.most), numberText(config.kappa.start))});
        double inside = 0;
        double across = 0;
        if (const auto* given = std::get_if<GivenRates>(&config.rates)) {
            inside = given->inside;
            across = given->across;
        } else if (std::holds_alternative<PlantedRates>(config.rates) && planted) {
            inside = std::get<PlantedConfig>(config.graph).inside;
            across = std::get<PlantedConfig>(config.graph).across;
        }
        if (config.threshold > 0 && inside > 0 &&
            (config.threshold <= across || config.threshold >= inside))
            issues.push_back({"t", fmt::format("t is {}, allowed is 0 or between q ({}) and p ({})",
                                               numberText(config.threshold), numberText(across),
                                               numberText(inside))});
    });
    return schema;
}

} // namespace

const Schema<GraphClusteringConfig>& graphClusteringSchema() {
    static const Schema<GraphClusteringConfig> schema = makeSchema();
    return schema;
}

} // namespace inlay::engine::graph_clustering
