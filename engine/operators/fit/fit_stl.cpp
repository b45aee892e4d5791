#include <algorithm>
#include <cmath>
#include <limits>

#include <Eigen/Core>
#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/operators/fit/fit_families.h"
#include "engine/operators/fit/index.h"
#include "engine/operators/fit/stl_normal.h"
#include "engine/operators/stl/stl_start.h"

namespace inlay::engine {
namespace {

using Matrix = Eigen::MatrixXd;
using RowMap =
    Eigen::Map<const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>>;

// A round of closed forms that gains less than this share of the error is the last.
constexpr double kSmallestGain = 0.01;

StlTriple encodersOf(LinearOperator& op, const StlConfig& config) {
    StlTriple triple{config.tile, config.rank, {}, {}, {}};
    triple.x = fitParameter(op, "E_X").value.toDoubles();
    triple.y = fitParameter(op, "D").value.toDoubles();
    if (config.weights == StlWeights::Tied)
        triple.w = fitParameter(op, "E_W").value.toDoubles();
    return triple;
}

double rowNorm(const std::vector<double>& matrix, std::int64_t row, std::int64_t cols) {
    double sum = 0.0;
    for (std::int64_t c = 0; c < cols; ++c)
        sum += matrix[index(row * cols + c)] * matrix[index(row * cols + c)];
    return std::sqrt(sum);
}

// Each slice of E_X and D as large as it was at the start, the rest in the encoded weights: the map
// is the same, and the encoders' learning rate fits as before.
void restoreSizes(const StlTriple& start, StlTriple& fitted, std::vector<double>& what) {
    const std::int64_t area = start.tile * start.tile;
    const auto planes = static_cast<std::int64_t>(what.size()) / start.rank;
    for (std::int64_t l = 0; l < start.rank; ++l)
        for (const auto& [from, to] : {std::pair{&start.x, &fitted.x}, {&start.y, &fitted.y}}) {
            const double now = rowNorm(*to, l, area);
            const double before = rowNorm(*from, l, area);
            if (now <= 0.0 || before <= 0.0)
                continue;
            for (std::int64_t c = 0; c < area; ++c)
                (*to)[index(l * area + c)] *= before / now;
            for (std::int64_t k = 0; k < planes; ++k)
                what[index(l * planes + k)] *= now / before;
        }
}

void checkTile(const StlConfig& config, const InputMoments& moments) {
    if (moments.tile != config.tile && moments.tile != 1)
        throw Error(fmt::format("the moments are of tiles of {} rows; a layer with tile {} needs "
                                "{}, or 1 where each row is alone in its tile.",
                                moments.tile, config.tile, config.tile));
}

} // namespace

void fitStl(const FitTask& task, const StlConfig& config) {
    checkTile(config, task.moments);
    const StlTriple start = encodersOf(task.op, config);
    Parameter& x = fitParameter(task.op, "E_X");
    Parameter& y = fitParameter(task.op, "D");
    const bool moves = config.trainEncoders && config.group.empty();
    if (!config.group.empty())
        task.report.notes.emplace_back("encoders and decoder of the group \"" + config.group +
                                       "\" stay as they are");
    StlNormal normal(config.tile, config.rank, task.weight, task.moments);
    if (config.weights == StlWeights::Tied) {
        setParameter(fitParameter(task.op, "weight"), task.weight.values);
        if (!moves)
            return;
        const std::int64_t planes = (task.weight.rows + config.tile - 1) / config.tile *
                                    ((task.weight.cols + config.tile - 1) / config.tile);
        // The closed form takes tiles as uncorrelated; where they are not, the plain one may be
        // better under the moments.
        StlNormal plain(config.tile, config.rank, task.weight,
                        whiteMoments(task.moments.tile, task.moments.width));
        Parameter& encoder = fitParameter(task.op, "E_W");
        std::vector<double> best;
        double least = std::numeric_limits<double>::infinity();
        for (StlNormal* form : {&normal, &plain}) {
            form->set(start, std::vector<double>(index(config.rank * planes), 0.0));
            const std::vector<double> found = form->encoderW();
            setParameter(encoder, found);
            const double error =
                stlErrors(task.op, config, task.weight, task.moments).weightedError;
            if (error < least) {
                least = error;
                best = found;
            }
        }
        setParameter(encoder, best);
        return;
    }
    Parameter& encoded = fitParameter(task.op, "what");
    normal.set(start, std::vector<double>(index(encoded.value.count()), 0.0));
    if (!normal.solvesAllTiles())
        task.report.notes.emplace_back("the encoded weights were fitted one row of tiles after the "
                                       "other: one system over all of them would be too large");
    double error = 1.0;
    const std::int64_t rounds = std::max<std::int64_t>(1, task.options.sweeps);
    for (std::int64_t round = 0; round < rounds; ++round) {
        normal.solveWhat();
        if (moves && round + 1 < rounds) {
            normal.solveDecoder();
            normal.solveEncoder();
            normal.solveWhat();
        }
        const double now = normal.error();
        if (!moves && normal.solvesAllTiles())
            break;
        if (round > 0 && error - now < kSmallestGain * error)
            break;
        error = now;
    }
    StlTriple fitted = normal.triple();
    std::vector<double> what = normal.what();
    if (moves) {
        restoreSizes(start, fitted, what);
        setParameter(x, fitted.x);
        setParameter(y, fitted.y);
    }
    setParameter(encoded, what);
}

// The map of a tile, (rows x in) to (rows x out), written out and compared with W in every row.
TileErrors stlErrors(LinearOperator& op, const StlConfig& config, const HostMatrix& weight,
                     const InputMoments& moments) {
    const StlTriple triple = encodersOf(op, config);
    const std::int64_t t = config.tile;
    const std::int64_t in = weight.rows;
    const std::int64_t out = weight.cols;
    const std::int64_t outTiles = (out + t - 1) / t;
    const std::int64_t planes = (in + t - 1) / t * outTiles;
    const std::vector<double> what =
        config.weights == StlWeights::Tied
            ? encodeWeights(triple, fitParameter(op, "weight").value.toDoubles(), in, out)
            : fitParameter(op, "what").value.toDoubles();
    const RowMap dense(weight.values.data(), in, out);
    const std::int64_t rows = moments.tile;
    Matrix difference = Matrix::Zero(rows * in, rows * out);
    Matrix exact = Matrix::Zero(rows * in, rows * out);
    for (std::int64_t i = 0; i < rows; ++i)
        exact.block(i * in, i * out, in, out) = dense;
    for (std::int64_t to = 0; to < rows; ++to)
        for (std::int64_t c = 0; c < out; ++c)
            for (std::int64_t from = 0; from < rows; ++from)
                for (std::int64_t j = 0; j < in; ++j) {
                    double sum = 0.0;
                    for (std::int64_t l = 0; l < config.rank; ++l)
                        sum += triple.x[index((l * t + from) * t + j % t)] *
                               what[index(l * planes + j / t * outTiles + c / t)] *
                               triple.y[index((l * t + to) * t + c % t)];
                    difference(from * in + j, to * out + c) = sum;
                }
    difference -= exact;
    const RowMap second(moments.second.data(), rows * in, rows * in);
    const auto energy = [&](const Matrix& map) {
        return (second * map).cwiseProduct(map).sum();
    };
    return {difference.squaredNorm(), exact.squaredNorm(), energy(difference), energy(exact)};
}

} // namespace inlay::engine
