#include "engine/experiments/train/input_recorder.h"

#include <span>
#include <utility>

#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/operators/stl/stl_plan.h"
#include "kernels/backend.h"

namespace inlay::engine::train {

struct InputRecorder::Watched {
    std::int64_t tile = 1;
    StlConfig tiles; // how rows fall into tiles, where tile > 1
    std::int64_t width = 0;
    Tensor sum; // (tile * width)^2: sum of vec(X) vec(X)^T
    std::int64_t count = 0;

    /// Adds the rows of a matrix whose every row is one tile.
    void add(const Device& device, kernels::ConstView tileRows) {
        if (sum.empty())
            sum = Tensor::zeros(device, {tileRows.cols, tileRows.cols}, device.parameterType());
        device.backend().gemm({.a = kernels::Transpose::Yes, .beta = 1.0}, tileRows, tileRows,
                              sum.view(), {});
        count += tileRows.rows;
    }

    void see(const Device& device, kernels::ConstView x, const RowLayout& rows) {
        width = x.cols;
        if (tile == 1) {
            add(device, x);
            return;
        }
        const kernels::TileLayout layout = stlLayouts(tiles, x.cols, x.cols, rows).x;
        Tensor whole(device, {x.rows, x.cols}, device.computeType());
        device.backend().convert(x, whole.view());
        if (layout.grouping == kernels::Grouping::Within && rows.rowsPerGroup % tile == 0) {
            add(device, std::as_const(whole).viewAs(x.rows / tile, tile * x.cols));
            return;
        }
        // Rows of a tile lie apart, or some are padding.
        const std::vector<float> values = whole.toFloats();
        const auto columns = static_cast<std::size_t>(x.cols);
        std::vector<float> tiled(static_cast<std::size_t>(layout.rowTiles() * tile) * columns,
                                 0.0F);
        for (std::int64_t I = 0; I < layout.rowTiles(); ++I)
            for (std::int64_t i = 0; i < tile; ++i)
                if (const std::int64_t row = layout.row(I, i); row >= 0)
                    std::copy_n(values.begin() + row * x.cols, columns,
                                tiled.begin() + (I * tile + i) * x.cols);
        const Tensor gathered =
            Tensor::fromHost(device, {layout.rowTiles(), tile * x.cols}, device.computeType(),
                             std::span<const float>(tiled));
        add(device, gathered.view());
    }
};

/// Stands before an operator and looks at its inputs. Its family is none of the catalog's, so that
/// modules that have a short cut for dense layers do not go around it.
class InputRecorder::Operator final : public LinearOperator {
public:
    Operator(std::unique_ptr<LinearOperator> op, std::shared_ptr<Watched> watched, Device device)
        : LinearOperator(op->in(), op->out())
        , op_(std::move(op))
        , watched_(std::move(watched))
        , device_(std::move(device)) {}

    const char* family() const override { return "recorded"; }
    OperatorPlan plan(const RowLayout& rows) const override { return op_->plan(rows); }
    void forward(kernels::ConstView x, const RowLayout& rows, kernels::View y,
                 const kernels::Epilogue& epilogue, OperatorContextPtr* saved) override {
        watched_->see(device_, x, rows);
        op_->forward(x, rows, y, epilogue, saved);
    }
    void backward(kernels::ConstView x, const RowLayout& rows, kernels::ConstView g,
                  kernels::View gx, kernels::Accumulate accumulate,
                  OperatorContext* saved) override {
        op_->backward(x, rows, g, gx, accumulate, saved);
    }
    const std::vector<ParameterPtr>& parameters() const override { return op_->parameters(); }
    std::vector<StateTensor> state() override { return op_->state(); }
    Tensor materialize(std::string& refusal) const override { return op_->materialize(refusal); }

private:
    std::unique_ptr<LinearOperator> op_;
    std::shared_ptr<Watched> watched_;
    Device device_;
};

InputRecorder::InputRecorder(const Device& device)
    : device_(device) {}

InputRecorder::~InputRecorder() = default;

void InputRecorder::watch(const std::string& layer, std::int64_t tile,
                          const OperatorConfig& tiled) {
    auto watched = std::make_shared<Watched>();
    watched->tile = tile;
    if (const auto* stl = std::get_if<StlConfig>(&tiled))
        watched->tiles = *stl;
    layers_[layer] = std::move(watched);
}

OperatorWrap InputRecorder::wrap() {
    return [this](const std::string& layer,
                  std::unique_ptr<LinearOperator> op) -> std::unique_ptr<LinearOperator> {
        const auto found = layers_.find(layer);
        if (found == layers_.end())
            return op;
        return std::make_unique<Operator>(std::move(op), found->second, device_);
    };
}

InputMoments InputRecorder::moments(const std::string& layer) const {
    const auto found = layers_.find(layer);
    if (found == layers_.end() || found->second->count == 0)
        throw Error(fmt::format("layer {} has seen no inputs.", layer));
    const Watched& watched = *found->second;
    InputMoments moments{watched.tile, watched.width, watched.sum.toDoubles()};
    for (double& value : moments.second)
        value /= static_cast<double>(watched.count);
    return moments;
}

} // namespace inlay::engine::train
