#include "engine/experiments/amm/triple_fit.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include <Eigen/Cholesky>
#include <Eigen/Core>

#include "engine/experiments/amm/structured_starts.h"
#include "engine/operators/operator_config.h"
#include "engine/operators/stl/stl_start.h"

namespace inlay::engine::amm {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Map = Eigen::Map<Matrix>;
using ConstMap = Eigen::Map<const Matrix>;

constexpr std::int64_t kStepsPerIteration = 10;

ConstMap mapOf(const StlTriple& triple, const std::vector<double>& factor) {
    return {factor.data(), triple.rank, triple.tile * triple.tile};
}

// The product's tensor has a one where X's entry (i, k), W's (k, j) and Y's (i, j) meet. Its
// contraction with two factors is, product by product, a product of t x t matrices.
enum class Factor { X, W, Y };

Matrix contraction(const StlTriple& triple, Factor factor) {
    const std::int64_t t = triple.tile;
    Matrix result(triple.rank, t * t);
    for (std::int64_t l = 0; l < triple.rank; ++l) {
        const auto at = [&](const std::vector<double>& values) {
            return ConstMap(values.data() + l * t * t, t, t);
        };
        Map out(result.data() + l * t * t, t, t);
        switch (factor) {
        case Factor::X:
            out.noalias() = at(triple.y) * at(triple.w).transpose();
            break;
        case Factor::W:
            out.noalias() = at(triple.x).transpose() * at(triple.y);
            break;
        case Factor::Y:
            out.noalias() = at(triple.x) * at(triple.w);
            break;
        }
    }
    return result;
}

Matrix gram(const ConstMap& a) {
    return a * a.transpose();
}

struct Grams {
    explicit Grams(const StlTriple& triple)
        : x(gram(mapOf(triple, triple.x)))
        , w(gram(mapOf(triple, triple.w)))
        , y(gram(mapOf(triple, triple.y))) {}
    Matrix x, w, y;
};

std::vector<double> naiveRows(std::int64_t tile, const std::vector<std::int64_t>& kept,
                              RandomStream noise, Factor factor) {
    std::vector<double> values(kept.size() * static_cast<std::size_t>(tile * tile), 0.0);
    for (std::size_t l = 0; l < kept.size(); ++l) {
        const std::int64_t i = kept[l] / (tile * tile);
        const std::int64_t k = kept[l] / tile % tile;
        const std::int64_t j = kept[l] % tile;
        const std::int64_t entry = factor == Factor::X   ? i * tile + k
                                   : factor == Factor::W ? k * tile + j
                                                         : i * tile + j;
        for (std::int64_t a = 0; a < tile * tile; ++a)
            values[l * static_cast<std::size_t>(tile * tile) + static_cast<std::size_t>(a)] =
                (a == entry ? 1.0 : 0.0) + kStrassenNoise * noise.normal();
    }
    return values;
}

StlTriple withNoise(StlTriple triple, const RandomStream& stream) {
    const auto add = [&](std::vector<double>& values, const char* name) {
        RandomStream noise = stream.split(name);
        for (double& value : values)
            value += kStrassenNoise * noise.normal();
    };
    add(triple.x, "noise/E_X");
    add(triple.w, "noise/E_W");
    add(triple.y, "noise/D");
    return triple;
}

} // namespace

const char* idOf(Start start) {
    switch (start) {
    case Start::Theory:
        return "theory";
    case Start::Random:
        return "random";
    case Start::Alternating:
        return "alternating";
    case Start::Naive:
        return "naive";
    case Start::Polynomial:
        return "polynomial";
    case Start::Cyclic:
        return "cyclic";
    }
    return "";
}

StlTriple startOf(Start start, std::int64_t tile, std::int64_t rank, const RandomStream& stream) {
    if (start == Start::Naive) {
        const std::vector<std::int64_t> kept =
            stream.split("rows").sample(tile * tile * tile, rank);
        return {.tile = tile,
                .rank = rank,
                .x = naiveRows(tile, kept, stream.split("noise/E_X"), Factor::X),
                .w = naiveRows(tile, kept, stream.split("noise/E_W"), Factor::W),
                .y = naiveRows(tile, kept, stream.split("noise/D"), Factor::Y)};
    }
    if (start == Start::Polynomial) {
        const std::vector<std::int64_t> rows =
            stream.split("rows").sample(polynomialRowCount(tile), rank);
        return withNoise(polynomialTriple(tile, rows), stream);
    }
    if (start == Start::Cyclic) {
        std::vector<std::int64_t> order(static_cast<std::size_t>(characterCount(tile)));
        std::iota(order.begin(), order.end(), std::int64_t{0});
        RandomStream(stream.split("rows")).shuffle(order);
        return withNoise(cyclicTriple(tile, order, rank), stream);
    }
    StlConfig config;
    config.tile = tile;
    config.rank = rank;
    config.start = start == Start::Theory ? StlStart::Strassen : StlStart::Random;
    return startTriple(config, stream);
}

double squaredError(const StlTriple& triple) {
    const Grams grams(triple);
    const double fitted = (grams.x.array() * grams.w.array() * grams.y.array()).sum();
    const double shared =
        (contraction(triple, Factor::X).array() * mapOf(triple, triple.x).array()).sum();
    const double cube = std::pow(static_cast<double>(triple.tile), 3.0);
    return (cube - 2 * shared + fitted) / cube;
}

struct TripleFit::Moments {
    explicit Moments(const StlTriple& triple) {
        for (Matrix* matrix : {&first[0], &first[1], &first[2], &second[0], &second[1], &second[2]})
            *matrix = Matrix::Zero(triple.rank, triple.tile * triple.tile);
    }
    Matrix first[3];
    Matrix second[3];
};

TripleFit::TripleFit(Start start, StlTriple triple, std::int64_t steps, double learningRate)
    : start_(start)
    , triple_(std::move(triple))
    , steps_(steps)
    , learningRate_(learningRate)
    , moments_(std::make_unique<Moments>(triple_)) {}

TripleFit::~TripleFit() = default;
TripleFit::TripleFit(TripleFit&&) noexcept = default;
TripleFit& TripleFit::operator=(TripleFit&&) noexcept = default;

void TripleFit::advanceTo(std::int64_t step) {
    if (start_ == Start::Alternating) {
        for (; step_ + kStepsPerIteration <= step; step_ += kStepsPerIteration)
            alternatingStep();
        return;
    }
    for (; step_ < step; ++step_)
        adamStep();
}

/// Gradient for E_X: 2 (((E_W E_W^T) * (D D^T)) E_X - contraction of T with E_W and D), products
/// marked * entry by entry; cyclic for the others.
void TripleFit::adamStep() {
    constexpr double kBeta1 = 0.9, kBeta2 = 0.999, kEpsilon = 1e-8;
    const Grams grams(triple_);
    const auto gradient = [&](const Matrix& a, const Matrix& b, const std::vector<double>& factor,
                              Factor which) -> Matrix {
        const Matrix weights = a.cwiseProduct(b);
        return 2 * (weights * mapOf(triple_, factor) - contraction(triple_, which));
    };
    const Matrix gradients[3] = {gradient(grams.w, grams.y, triple_.x, Factor::X),
                                 gradient(grams.x, grams.y, triple_.w, Factor::W),
                                 gradient(grams.x, grams.w, triple_.y, Factor::Y)};
    const double rate = learningRate_ *
                        (1 + std::cos(std::numbers::pi * static_cast<double>(step_) /
                                      static_cast<double>(steps_))) /
                        2;
    const auto count = static_cast<double>(step_ + 1);
    const double correct1 = 1 - std::pow(kBeta1, count);
    const double correct2 = 1 - std::pow(kBeta2, count);
    std::vector<double>* factors[3] = {&triple_.x, &triple_.w, &triple_.y};
    for (int f = 0; f < 3; ++f) {
        Matrix& first = moments_->first[f];
        Matrix& second = moments_->second[f];
        first = kBeta1 * first + (1 - kBeta1) * gradients[f];
        second = kBeta2 * second + (1 - kBeta2) * gradients[f].cwiseAbs2();
        Map values(factors[f]->data(), triple_.rank, triple_.tile * triple_.tile);
        values.array() -=
            rate * (first.array() / correct1) / ((second.array() / correct2).sqrt() + kEpsilon);
    }
}

void TripleFit::alternatingStep() {
    const std::int64_t iteration = step_ / kStepsPerIteration;
    const double ridge = std::max(1e-6, 0.1 * std::pow(0.99, static_cast<double>(iteration)));
    const Matrix identity = Matrix::Identity(triple_.rank, triple_.rank);
    const auto solve = [&](std::vector<double>& factor, const std::vector<double>& a,
                           const std::vector<double>& b, Factor which) {
        const Matrix weights =
            gram(mapOf(triple_, a)).cwiseProduct(gram(mapOf(triple_, b))) + ridge * identity;
        // The old factor under the ridge keeps what the data do not decide where it was.
        const Matrix right = contraction(triple_, which) + ridge * Matrix(mapOf(triple_, factor));
        const Matrix solved = weights.ldlt().solve(right);
        std::copy(solved.data(), solved.data() + solved.size(), factor.begin());
    };
    solve(triple_.x, triple_.w, triple_.y, Factor::X);
    solve(triple_.w, triple_.x, triple_.y, Factor::W);
    solve(triple_.y, triple_.x, triple_.w, Factor::Y);
}

double TripleFit::largestCoefficient() const {
    double largest = 0;
    for (const std::vector<double>* factor : {&triple_.x, &triple_.w, &triple_.y})
        for (const double value : *factor)
            largest = std::max(largest, std::abs(value));
    return largest;
}

} // namespace inlay::engine::amm
