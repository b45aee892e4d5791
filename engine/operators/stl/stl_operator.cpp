#include "engine/operators/stl/stl_operator.h"

#include <cassert>
#include <cmath>
#include <utility>

#include "engine/base/error.h"
#include "engine/operators/start_values.h"
#include "engine/operators/stl/stl_map.h"
#include "engine/operators/stl/stl_planes.h"
#include "engine/operators/stl/stl_start.h"
#include "kernels/backend.h"
#include "kernels/error.h"

namespace inlay::engine {
namespace {

struct Context : OperatorContext {
    Tensor encodedX; // Xhat: planes of rowTiles x inTiles
    Tensor products; // Yhat: planes of rowTiles x outTiles; empty while D is frozen
};

} // namespace

using kernels::Accumulate;
using kernels::TileLayout;
using kernels::Transpose;

StlOperator::StlOperator(const StlConfig& config, const OperatorBuild& build)
    : LinearOperator(build.in, build.out)
    , config_(config)
    , device_(*build.device) {
    const std::vector<double> dense =
        uniformStart(in() * out(), in(), build.stream->split("weight"));
    makeEncoders(build, build.stream->split("encoders"));
    if (tied()) {
        weight_ = makeParameter(device_, build.name + "/weight", {in(), out()}, dense);
        parameters_ = {encoderX_, encoderW_, decoder_, weight_};
        encoded_ = Tensor(device_, {config_.rank, inTiles(), outTiles()}, device_.computeType());
        return;
    }
    const Shape shape{config_.rank, inTiles(), outTiles()};
    if (config_.start == StlStart::Random) {
        const double variance =
            static_cast<double>(config_.tile) / (3.0 * static_cast<double>(in()));
        weight_ = makeParameter(
            device_, build.name + "/what", shape,
            normalStart(shape.count(), std::sqrt(variance), build.stream->split("what")));
    } else {
        const StlTriple triple{config_.tile, config_.rank, {}, encoderW_->value.toDoubles(), {}};
        weight_ = makeParameter(device_, build.name + "/what", shape,
                                encodeWeights(triple, dense, in(), out()));
    }
    encoderW_.reset();
    parameters_ = {encoderX_, decoder_, weight_};
}

void StlOperator::makeEncoders(const OperatorBuild& build, const RandomStream& stream) {
    const bool shares = !config_.group.empty();
    assert(!shares || build.shared);
    const std::string prefix = shares ? "shared/" + config_.group : build.name;
    const Shape shape{config_.rank, area()};

    if (shares && (encoderX_ = build.shared->find(prefix + "/E_X"))) {
        encoderW_ = build.shared->find(prefix + "/E_W");
        decoder_ = build.shared->find(prefix + "/D");
        if (encoderX_->value.shape() != shape)
            throw Error("group \"" + config_.group +
                        "\" is shared by layers of different tile or "
                        "rank; " +
                        build.name + " has tile " + std::to_string(config_.tile) + " and rank " +
                        std::to_string(config_.rank));
    } else {
        const StlTriple* fitted = nullptr;
        if (config_.start == StlStart::Fitted) {
            const auto found = build.triples ? build.triples->find(config_.triple)
                                             : FittedTriples::const_iterator{};
            if (!build.triples || found == build.triples->end())
                throw Error("the triple " + config_.triple.string() + " of layer " + build.name +
                            " was not loaded");
            if (const std::string problem = tripleProblem(config_, found->second); !problem.empty())
                throw Error(problem);
            fitted = &found->second;
        }
        const StlTriple triple = startTriple(config_, stream, fitted);
        encoderX_ = makeParameter(device_, prefix + "/E_X", shape, triple.x);
        encoderW_ = makeParameter(device_, prefix + "/E_W", shape, triple.w);
        decoder_ = makeParameter(device_, prefix + "/D", shape, triple.y);
        for (const ParameterPtr& encoder : {encoderX_, encoderW_, decoder_}) {
            encoder->trainable = config_.trainEncoders;
            encoder->learningRate = config_.encoderLearningRateFactor;
            encoder->decay = 0.0;
            if (shares)
                build.shared->add(encoder);
        }
        // Encoded weights need E_W at the start only; a group keeps it for its later layers.
        encoderW_->trainable = config_.trainEncoders && tied();
    }
    if (tied())
        encoderW_->trainable = config_.trainEncoders;
}

OperatorPlan StlOperator::plan(const RowLayout& rows) const {
    return planStl(config_, in(), out(), rows);
}

kernels::Workspace StlOperator::scratch(const TileLayout& layout) const {
    return device_.scratch(
        device_.backend().stlScratch(layout, config_.rank, device_.computeType()));
}

kernels::ConstBatchView StlOperator::encodedWeights() const {
    kernels::ConstView planes =
        tied() ? std::as_const(encodeTiedWeights()).view() : computeView(*weight_);
    planes.rows = inTiles();
    return {planes, config_.rank, inTiles() * outTiles()};
}

std::vector<double> StlOperator::encodedWeightValues() const {
    return tied() ? encodeTiedWeights().toDoubles() : weight_->value.toDoubles();
}

Tensor& StlOperator::encodeTiedWeights() const {
    if (encodedFrom_ != versions()) {
        const TileLayout layout = stlLayouts(config_, in(), out(), {}).w;
        device_.backend().stlEncode(layout, computeView(*weight_), encoderW_->value.view(),
                                    planesOf(encoded_), scratch(layout));
        encodedFrom_ = versions();
    }
    return encoded_;
}

void StlOperator::forward(kernels::ConstView x, const RowLayout& rows, kernels::View y,
                          const kernels::Epilogue& epilogue, OperatorContextPtr* saved) {
    assert(x.rows == rows.rows() && x.cols == in() && y.cols == out());
    kernels::Backend& backend = device_.backend();
    const StlLayouts layouts = stlLayouts(config_, in(), out(), rows);
    const std::int64_t rowTiles = layouts.x.rowTiles();

    const kernels::ConstBatchView weights = encodedWeights();
    Tensor encodedX = makePlanes(device_, config_.rank, rowTiles, inTiles());
    const kernels::BatchView planesX = planesOf(encodedX, rowTiles, inTiles());
    backend.stlEncode(layouts.x, x, encoderX_->value.view(), planesX, scratch(layouts.x));
    Tensor products = makePlanes(device_, config_.rank, rowTiles, outTiles());
    const kernels::BatchView planesY = planesOf(products, rowTiles, outTiles());
    multiply(planesX, weights, planesY, saved != nullptr);
    backend.stlDecode(layouts.y, planesY, decoder_->value.view(), y, Accumulate::No, epilogue,
                      scratch(layouts.y));
    if (saved) {
        auto context = std::make_unique<Context>();
        context->encodedX = std::move(encodedX);
        if (decoder_->trainable)
            context->products = std::move(products);
        *saved = std::move(context);
    }
}

void StlOperator::multiply(const kernels::BatchView& planes, const kernels::ConstBatchView& weights,
                           const kernels::BatchView& products, bool training) {
    kernels::Backend& backend = device_.backend();
    // Weights that move at every step are multiplied once as they are: the form would be made for
    // this product alone.
    if (training)
        return backend.batchedGemm({}, planes, weights, products);
    if (!asked_) {
        try {
            prepared_ = backend.prepareStl(weights);
        } catch (const kernels::Error&) {
            // No memory for a second copy: the weights serve as they lie.
        }
    } else if (prepared_ && preparedFrom_ != versions()) {
        backend.refreshStl(weights, *prepared_);
    }
    asked_ = true;
    preparedFrom_ = versions();
    if (prepared_)
        backend.stlMultiplyPrepared(planes, *prepared_, products);
    else
        backend.batchedGemm({}, planes, weights, products);
}

void StlOperator::backward(kernels::ConstView x, const RowLayout& rows, kernels::ConstView g,
                           kernels::View gx, kernels::Accumulate accumulate,
                           OperatorContext* saved) {
    assert(saved);
    auto& context = static_cast<Context&>(*saved);
    kernels::Backend& backend = device_.backend();
    const StlLayouts layouts = stlLayouts(config_, in(), out(), rows);
    const std::int64_t rowTiles = layouts.x.rowTiles();

    const kernels::BatchView planesX = planesOf(context.encodedX, rowTiles, inTiles());
    Tensor encodedG = makePlanes(device_, config_.rank, rowTiles, outTiles());
    const kernels::BatchView planesG = planesOf(encodedG, rowTiles, outTiles());
    backend.stlEncode(layouts.y, g, decoder_->value.view(), planesG, scratch(layouts.y));
    if (decoder_->trainable && !context.products.empty())
        backend.stlMatrixGradient(layouts.y, g, planesOf(context.products, rowTiles, outTiles()),
                                  decoder_->grad.view(), scratch(layouts.y));

    if (tied()) {
        Tensor gradient(device_, {config_.rank, inTiles(), outTiles()}, device_.parameterType());
        backend.batchedGemm({.a = Transpose::Yes}, planesX, planesG, planesOf(gradient));
        weightGradient(layouts.w, gradient);
    } else {
        backend.batchedGemm({.a = Transpose::Yes, .beta = 1.0}, planesX, planesG,
                            planesOf(weight_->grad));
    }

    if (!gx.given() && !encoderX_->trainable)
        return;
    Tensor gradientX = makePlanes(device_, config_.rank, rowTiles, inTiles());
    const kernels::BatchView planesGx = planesOf(gradientX, rowTiles, inTiles());
    backend.batchedGemm({.b = Transpose::Yes}, planesG, encodedWeights(), planesGx);
    if (encoderX_->trainable)
        backend.stlMatrixGradient(layouts.x, x, planesGx, encoderX_->grad.view(),
                                  scratch(layouts.x));
    if (gx.given())
        backend.stlDecode(layouts.x, planesGx, encoderX_->value.view(), gx, accumulate, {},
                          scratch(layouts.x));
}

void StlOperator::weightGradient(const TileLayout& layout, Tensor& gradient) {
    kernels::Backend& backend = device_.backend();
    backend.stlDecode(layout, planesOf(gradient), encoderW_->value.view(), weight_->grad.view(),
                      Accumulate::Yes, {}, scratch(layout));
    if (encoderW_->trainable)
        backend.stlMatrixGradient(layout, weight_->value.view(), planesOf(gradient),
                                  encoderW_->grad.view(), scratch(layout));
}

Tensor StlOperator::materialize(std::string& refusal) const {
    const StlMap map =
        averageOverRows(config_.tile, encoderX_->value.toDoubles(), encodedWeightValues(),
                        decoder_->value.toDoubles(), in(), out());
    // f32 coefficients of a few units: sums of at most 49 products stay well below this.
    constexpr double kTolerance = 1e-4;
    if (map.largestDeviation > kTolerance * map.largestEntry) {
        refusal = "this STL layer approximates the tile product and mixes the rows of a tile, so "
                  "it is no matrix acting on rows; the row-averaged map shows its mean";
        return {};
    }
    return Tensor::fromHost(device_, {in(), out()}, device_.parameterType(),
                            std::span<const double>(map.average));
}

Tensor StlOperator::rowAveragedMap() const {
    const StlMap map =
        averageOverRows(config_.tile, encoderX_->value.toDoubles(), encodedWeightValues(),
                        decoder_->value.toDoubles(), in(), out());
    return Tensor::fromHost(device_, {in(), out()}, device_.parameterType(),
                            std::span<const double>(map.average));
}

std::vector<std::string> StlOperator::diagnosticNames() const {
    return {"row_leakage", "max_coefficient"};
}

std::vector<Diagnostic> StlOperator::diagnostics() {
    kernels::Backend& backend = device_.backend();
    const std::int64_t rank = config_.rank;
    kernels::ConstView slices = encodedWeights().first;
    slices.rows = rank;
    slices.cols = slices.stride = inTiles() * outTiles();
    Tensor gram(device_, {rank, rank}, device_.parameterType());
    backend.gemm({.b = Transpose::Yes}, slices, slices, gram.view(), {});
    Tensor largest(device_, {3, 1}, device_.parameterType());
    largest.zero();
    std::int64_t next = 0;
    for (const ParameterPtr& matrix : {encoderX_, decoder_, encoderW_})
        if (matrix) {
            kernels::View slot = largest.viewAs(3, 1);
            slot.data = static_cast<std::byte*>(slot.data) +
                        static_cast<std::size_t>(next++) * kernels::sizeOf(slot.dtype);
            slot.rows = 1;
            backend.maxAbs(matrix->value.view(), slot);
        }
    double coefficient = 0.0;
    for (const double value : largest.toDoubles())
        coefficient = std::max(coefficient, value);
    return {{"row_leakage", rowLeakage(config_.tile, rank, encoderX_->value.toDoubles(),
                                       gram.toDoubles(), decoder_->value.toDoubles())},
            {"max_coefficient", coefficient}};
}

void StlOperator::parametersChanged(const StepInfo& step, MomentScaler& moments) {
    if (config_.rebalanceEvery > 0 && (step.step + 1) % config_.rebalanceEvery == 0)
        rebalance(moments);
}

void StlOperator::rebalance(MomentScaler& moments) {
    // The product of slice l is trilinear in E_X[l], the weights' slice l and D[l]: factors whose
    // product is one leave the map as it is.
    const ParameterPtr weightSide = tied() ? encoderW_ : weight_;
    const std::vector<ParameterPtr> sides{encoderX_, weightSide, decoder_};
    std::vector<std::vector<double>> values;
    for (const ParameterPtr& side : sides)
        values.push_back(side->value.toDoubles());

    for (std::int64_t l = 0; l < config_.rank; ++l) {
        std::vector<double> norms;
        for (const auto& matrix : values) {
            const auto width = static_cast<std::int64_t>(matrix.size()) / config_.rank;
            double sum = 0.0;
            for (std::int64_t i = 0; i < width; ++i)
                sum += std::pow(matrix[static_cast<std::size_t>(l * width + i)], 2.0);
            norms.push_back(std::sqrt(sum));
        }
        const double mean = std::cbrt(norms[0] * norms[1] * norms[2]);
        if (!(mean > 0.0) || !std::isfinite(mean))
            continue;
        for (std::size_t s = 0; s < sides.size(); ++s) {
            const double factor = mean / norms[s];
            const auto width = static_cast<std::int64_t>(values[s].size()) / config_.rank;
            for (std::int64_t i = 0; i < width; ++i)
                values[s][static_cast<std::size_t>(l * width + i)] *= factor;
            // What's matrix view has inTiles rows for each slice.
            const std::int64_t rows = sides[s]->value.rows() / config_.rank;
            for (std::int64_t row = l * rows; row < (l + 1) * rows; ++row)
                moments.scaleRow(*sides[s], row, 1.0 / factor);
        }
    }
    for (std::size_t s = 0; s < sides.size(); ++s) {
        Parameter& side = *sides[s];
        side.value.copyFrom(Tensor::fromHost(device_, side.value.shape(), side.value.dtype(),
                                             std::span<const double>(values[s])));
        ++side.version;
    }
}

} // namespace inlay::engine
