#include "engine/operators/stl/stl_plan.h"

#include <sstream>
#include <string>

#include "engine/operators/plan_builder.h"

namespace inlay::engine {
namespace {

using kernels::Grouping;
using kernels::TileLayout;

std::string text(std::int64_t value) {
    return std::to_string(value);
}

bool isExactPair(std::int64_t tile, std::int64_t rank) {
    return (tile == 2 && rank == 7) || (tile == 3 && rank == 23) || (tile == 4 && rank == 49);
}

double count(std::int64_t value) {
    return static_cast<double>(value);
}

// Numbers moved by an encoding or decoding: the matrix, the planes, the small matrix.
double tileTraffic(const TileLayout& layout, std::int64_t rank) {
    const double tiles = count(layout.rowTiles()) * count(layout.colTiles());
    return count(layout.rows.rows()) * count(layout.cols) + tiles * count(rank) +
           count(rank) * count(layout.tile * layout.tile);
}

// Encoding, decoding and the gradient of their matrix are all one multiply-add for each tile,
// slice and entry of the tile.
void addTileCall(PlanBuilder& builder, Pass pass, const char* op, const TileLayout& layout,
                 std::int64_t rank) {
    const double tiles = count(layout.rowTiles()) * count(layout.colTiles());
    builder.call(pass, op, layout.rowTiles() * layout.colTiles(), rank,
                 tiles * count(rank) * count(layout.tile * layout.tile), tileTraffic(layout, rank));
}

const char* nameOf(StlStart start) {
    switch (start) {
    case StlStart::Random:
        return "random";
    case StlStart::Strassen:
        return "strassen";
    case StlStart::Fitted:
        return "fitted";
    case StlStart::Exact:
        break;
    }
    return "exact";
}

// The layers of a group have one set of encoders: one size, one start, one way of training.
std::string sharedShape(const StlConfig& config) {
    std::string shape = "tile " + text(config.tile) + ", rank " + text(config.rank) + ", start " +
                        nameOf(config.start);
    if (config.start == StlStart::Fitted)
        shape += " (" + config.triple.string() + ")";
    if (!config.trainEncoders)
        return shape + ", frozen encoders";
    std::ostringstream factor;
    factor << config.encoderLearningRateFactor;
    return shape + ", encoder rate factor " + factor.str();
}

std::string noteOn(const StlConfig& config, const RowLayout& rows, Grouping grouping) {
    std::string note;
    if (config.tile == 1)
        note = "Tiles of one number mix no rows.";
    else if (grouping == Grouping::Single)
        note = "Each row is alone in its tile, at " + text(config.tile) +
               " times the cost of full tiles.";
    else if (grouping == Grouping::Within)
        note = "A tile covers " + text(config.tile) + " consecutive rows of a group of " +
               text(rows.rowsPerGroup) + " and mixes them.";
    else
        note = "A tile covers the same row of " + text(config.tile) + " groups and mixes them.";
    if (config.grouping == StlGrouping::Within && grouping == Grouping::Single && config.tile > 1)
        note += " Grouping within does that for groups of one row.";
    if (config.start == StlStart::Exact)
        note +=
            config.weights == StlWeights::Tied && !config.trainEncoders
                ? " The product is exact."
                : " The product is exact at the start and becomes an approximation in training.";
    return note;
}

} // namespace

std::vector<Issue> stlIssues(const StlConfig& config) {
    std::vector<Issue> issues;
    if (config.tile < 1 || config.tile > kLargestStlTile) {
        issues.push_back(
            {"tile", "tile = " + text(config.tile) + "; allowed: 1 to " + text(kLargestStlTile)});
        return issues;
    }
    const std::int64_t naive = config.tile * config.tile * config.tile;
    if (config.rank < 1 || config.rank > naive)
        issues.push_back(
            {"rank", "rank = " + text(config.rank) + " with tile = " + text(config.tile) +
                         "; allowed: 1 to " + text(naive) +
                         ", the rank of the exact product by definition (tile cubed)"});
    else if (config.start == StlStart::Exact && !isExactPair(config.tile, config.rank))
        issues.push_back({"start", "start = exact with tile = " + text(config.tile) +
                                       " and rank = " + text(config.rank) +
                                       "; exact triples are known for (tile, rank) = (2, 7), "
                                       "(3, 23) and (4, 49)"});
    else if (config.start == StlStart::Strassen && config.tile != 2 && config.tile != 4)
        issues.push_back({"start", "start = strassen with tile = " + text(config.tile) +
                                       "; allowed tiles: 2 and 4"});
    else if (config.start == StlStart::Strassen && config.rank > (config.tile == 2 ? 7 : 49))
        issues.push_back({"rank", "rank = " + text(config.rank) + " with start = strassen and " +
                                      "tile = " + text(config.tile) + "; allowed: 1 to " +
                                      (config.tile == 2 ? "7" : "49") +
                                      ", the rows of Strassen's triple"});
    if (config.start == StlStart::Fitted && config.triple.empty())
        issues.push_back({"triple", "triple is empty with start = fitted; name the file that a run "
                                    "of the kind amm left (in a terminal also run:ID)"});
    if (!(config.encoderLearningRateFactor >= 0.0))
        issues.push_back(
            {"encoder_learning_rate_factor", "encoder_learning_rate_factor must not be negative"});
    if (config.rebalanceEvery < 0)
        issues.push_back({"rebalance_every", "rebalance_every = " + text(config.rebalanceEvery) +
                                                 "; allowed: 0 (never) or a number of steps"});
    else if (config.rebalanceEvery > 0 && !config.group.empty())
        issues.push_back({"rebalance_every",
                          "rebalance_every must be 0 for layers that share their encoders (group "
                          "= " +
                              config.group + ")"});
    else if (config.rebalanceEvery > 0 && !config.trainEncoders)
        issues.push_back(
            {"rebalance_every", "rebalance_every must be 0 while train_encoders is false"});
    return issues;
}

Grouping stlGrouping(const StlConfig& config, const RowLayout& rows) {
    switch (config.grouping) {
    case StlGrouping::Within:
        return rows.rowsPerGroup == 1 ? Grouping::Single : Grouping::Within;
    case StlGrouping::Across:
        return Grouping::Across;
    case StlGrouping::Single:
        return Grouping::Single;
    }
    return Grouping::Single;
}

StlLayouts stlLayouts(const StlConfig& config, std::int64_t in, std::int64_t out,
                      const RowLayout& rows) {
    const kernels::RowGroups groups{rows.groups, rows.rowsPerGroup};
    const Grouping grouping = stlGrouping(config, rows);
    return {.x = {config.tile, in, groups, grouping},
            .w = {config.tile, out, {1, in}, Grouping::Within},
            .y = {config.tile, out, groups, grouping}};
}

OperatorPlan planStl(const StlConfig& config, std::int64_t in, std::int64_t out,
                     const RowLayout& rows) {
    PlanBuilder builder(in, out, rows);
    builder.plan().issues = stlIssues(config);
    if (!builder.plan().issues.empty())
        return builder.finish();

    const StlLayouts layouts = stlLayouts(config, in, out, rows);
    const std::int64_t t = config.tile;
    const std::int64_t r = config.rank;
    const std::int64_t rowTiles = layouts.x.rowTiles();
    const std::int64_t inTiles = layouts.x.colTiles();
    const std::int64_t outTiles = layouts.y.colTiles();
    const bool tied = config.weights == StlWeights::Tied;

    OperatorPlan& plan = builder.plan();
    plan.paddedRows = rowTiles * t;
    plan.paddedIn = inTiles * t;
    plan.paddedOut = outTiles * t;
    const std::int64_t encoders = config.trainEncoders ? (tied ? 3 : 2) * r * t * t : 0;
    plan.parameters = encoders + (tied ? in * out : r * inTiles * outTiles);
    if (!config.group.empty()) {
        plan.sharedGroup = config.group;
        plan.sharedParameters = encoders;
        plan.sharedShape = sharedShape(config);
    }

    if (tied)
        addTileCall(builder, Pass::Forward, "stlEncode", layouts.w, r);
    addTileCall(builder, Pass::Forward, "stlEncode", layouts.x, r);
    builder.product(Pass::Forward, "batchedGemm", r, rowTiles, outTiles, inTiles);
    addTileCall(builder, Pass::Forward, "stlDecode", layouts.y, r);

    addTileCall(builder, Pass::Backward, "stlEncode", layouts.y, r);
    if (config.trainEncoders)
        addTileCall(builder, Pass::Backward, "stlMatrixGradient", layouts.y, r);
    builder.product(Pass::WeightGradient, "batchedGemm", r, inTiles, outTiles, rowTiles,
                    tied ? Result::Overwritten : Result::Added);
    if (tied) {
        addTileCall(builder, Pass::Backward, "stlDecode", layouts.w, r);
        if (config.trainEncoders)
            addTileCall(builder, Pass::Backward, "stlMatrixGradient", layouts.w, r);
    }
    builder.product(config.trainEncoders ? Pass::Backward : Pass::InputGradient, "batchedGemm", r,
                    rowTiles, inTiles, outTiles);
    if (config.trainEncoders)
        addTileCall(builder, Pass::Backward, "stlMatrixGradient", layouts.x, r);
    addTileCall(builder, Pass::InputGradient, "stlDecode", layouts.x, r);

    const Grouping grouping = layouts.x.grouping;
    if (t > 1 && grouping == Grouping::Across && rows.groups > 1)
        plan.flags.push_back("mixes_samples");
    if (t > 1 && grouping == Grouping::Within && rows.causal)
        plan.flags.push_back("leaks_future");
    const bool staysExact = config.start == StlStart::Exact && tied && !config.trainEncoders;
    plan.exactness = staysExact ? Exactness::Exact : Exactness::Approximate;
    plan.note = noteOn(config, rows, grouping);
    return builder.finish();
}

} // namespace inlay::engine
