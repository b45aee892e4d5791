#include "gradient_check.h"

#include <algorithm>
#include <cmath>
#include <sstream>
#include <utility>

#include "kernels/backend.h"

namespace inlay::engine::testing {

namespace {

constexpr double kStep = 1e-5;
// Rounding of a central difference is about 1e-11 and its truncation h^2 = 1e-10 of the third
// derivative, for losses of the order of one.
constexpr double kTolerance = 2e-7;

class Checker {
public:
    explicit Checker(const GradientCase& testCase)
        : case_(testCase)
        , module_(*testCase.module)
        , x_(input("x"))
        , outputRows_(module_.outputLayout(testCase.rows)) {
        std::vector<ParameterPtr> all;
        module_.collectParameters(all);
        for (auto& parameter : all)
            if (std::find(parameters_.begin(), parameters_.end(), parameter) == parameters_.end())
                parameters_.push_back(std::move(parameter));
        const Tensor y = module_.forward(x_, case_.rows, nullptr);
        width_ = y.cols();
        if (y.rows() != outputRows_.rows())
            complain("the output has other rows than outputLayout() says");
        weights_ = normals("c", y.count());
    }

    std::vector<std::string> run() {
        const std::vector<double> gx = analytic();
        checkInput(gx);
        for (const auto& parameter : parameters_)
            checkParameter(*parameter);
        checkDoubled();
        checkTwoCalls();
        if (!case_.trainsOnly)
            checkInference();
        return std::move(complaints_);
    }

private:
    Tensor input(const std::string& purpose) const {
        const std::int64_t rows = case_.rows.rows();
        return tensorOf(case_.device, Shape{rows, case_.in}, normals(purpose, rows * case_.in));
    }
    Tensor outputGradient() const {
        return tensorOf(case_.device, Shape{outputRows_.rows(), width_}, weights_);
    }

    double loss(const Tensor& x) {
        ModuleContextPtr saved;
        const std::vector<double> y =
            module_.forward(x, case_.rows, case_.trainsOnly ? &saved : nullptr).toDoubles();
        double sum = 0.0;
        for (std::size_t i = 0; i < y.size(); ++i)
            sum += weights_[i] * y[i];
        return sum;
    }

    void zeroGradients() {
        for (const auto& parameter : parameters_)
            parameter->grad.zero();
    }

    std::vector<double> backward(const Tensor& x, NeedInputGradient need) {
        ModuleContextPtr saved;
        module_.forward(x, case_.rows, &saved);
        const Tensor gx = module_.backward(x, case_.rows, outputGradient(), *saved, need);
        return gx.empty() ? std::vector<double>{} : gx.toDoubles();
    }

    std::vector<double> analytic() {
        zeroGradients();
        return backward(x_, NeedInputGradient::Yes);
    }

    std::vector<std::vector<double>> gradients() const {
        std::vector<std::vector<double>> values;
        for (const auto& parameter : parameters_)
            values.push_back(parameter->grad.toDoubles());
        return values;
    }

    /// dL/d element by moving it both ways; `tensor` is put back.
    double numeric(Tensor& tensor, Parameter* parameter, std::size_t element) {
        std::vector<double> values = tensor.toDoubles();
        const double old = values[element];
        double side[2];
        for (int i = 0; i < 2; ++i) {
            values[element] = old + (i == 0 ? kStep : -kStep);
            set(tensor, parameter, values);
            side[i] = loss(x_);
        }
        values[element] = old;
        set(tensor, parameter, values);
        return (side[0] - side[1]) / (2.0 * kStep);
    }

    void set(Tensor& tensor, Parameter* parameter, const std::vector<double>& values) {
        tensor.copyFrom(tensorOf(case_.device, tensor.shape(), values));
        if (parameter != nullptr)
            ++parameter->version;
    }

    std::vector<std::size_t> sampled(std::int64_t count) const {
        std::vector<std::size_t> elements;
        const std::int64_t wanted = std::min(count, case_.samples);
        for (std::int64_t i = 0; i < wanted; ++i)
            elements.push_back(static_cast<std::size_t>(i * count / wanted));
        return elements;
    }

    void checkInput(const std::vector<double>& gx) {
        if (static_cast<std::int64_t>(gx.size()) != x_.count()) {
            complain("the gradient of the input has another size than the input");
            return;
        }
        for (const std::size_t element : sampled(x_.count()))
            compare("input", element, gx[element], numeric(x_, nullptr, element));
    }

    void checkParameter(Parameter& parameter) {
        if (!parameter.trainable)
            return;
        const std::vector<double> g = parameter.grad.toDoubles();
        std::size_t counted = 0;
        const auto elements = sampled(parameter.value.count());
        for (const std::size_t element : elements) {
            const double difference = numeric(parameter.value, &parameter, element);
            if (difference == 0.0 && case_.straightThrough(parameter))
                continue;
            ++counted;
            compare(parameter.name, element, g[element], difference);
        }
        if (3 * counted < elements.size())
            complain(parameter.name + ": the output depends on too few of its elements");
    }

    void checkDoubled() {
        const auto once = gradients();
        const auto gx = backward(x_, NeedInputGradient::No);
        if (!gx.empty())
            complain("an input gradient came although none was wanted");
        const auto twice = gradients();
        for (std::size_t p = 0; p < once.size(); ++p)
            for (std::size_t i = 0; i < once[p].size(); ++i)
                compare("twice " + parameters_[p]->name, i, twice[p][i], 2.0 * once[p][i]);
    }

    /// Both forward calls come first, then the backward calls, the later one first.
    void checkTwoCalls() {
        const Tensor other = input("other");
        zeroGradients();
        const auto gxOther = backward(other, NeedInputGradient::Yes);
        const auto gradientsOther = gradients();
        zeroGradients();
        const auto gxOwn = backward(x_, NeedInputGradient::Yes);
        const auto gradientsOwn = gradients();

        zeroGradients();
        ModuleContextPtr savedOwn;
        ModuleContextPtr savedOther;
        module_.forward(x_, case_.rows, &savedOwn);
        module_.forward(other, case_.rows, &savedOther);
        const auto both = [&](const Tensor& x, ModuleContext& saved) {
            return module_.backward(x, case_.rows, outputGradient(), saved, NeedInputGradient::Yes)
                .toDoubles();
        };
        const auto gxOther2 = both(other, *savedOther);
        const auto gxOwn2 = both(x_, *savedOwn);
        for (std::size_t i = 0; i < gxOwn.size(); ++i) {
            compare("input of the first call", i, gxOwn2[i], gxOwn[i]);
            compare("input of the second call", i, gxOther2[i], gxOther[i]);
        }
        const auto sums = gradients();
        for (std::size_t p = 0; p < sums.size(); ++p)
            for (std::size_t i = 0; i < sums[p].size(); ++i)
                compare("two calls, " + parameters_[p]->name, i, sums[p][i],
                        gradientsOwn[p][i] + gradientsOther[p][i]);
    }

    void checkInference() {
        ModuleContextPtr saved;
        const auto training = module_.forward(x_, case_.rows, &saved).toDoubles();
        const auto inference = module_.forward(x_, case_.rows, nullptr).toDoubles();
        if (training != inference)
            complain("inference gives another output than training");
    }

    void compare(const std::string& what, std::size_t element, double actual, double expected) {
        const double scale = std::max({1.0, std::abs(actual), std::abs(expected)});
        if (std::abs(actual - expected) <= kTolerance * scale)
            return;
        std::ostringstream text;
        text.precision(12);
        text << what << "[" << element << "]: " << actual << ", expected " << expected;
        complain(text.str());
    }

    void complain(std::string sentence) {
        constexpr std::size_t kEnough = 12;
        if (complaints_.size() < kEnough)
            complaints_.push_back(std::move(sentence));
    }

    const GradientCase& case_;
    Module& module_;
    Tensor x_;
    RowLayout outputRows_;
    std::int64_t width_ = 0;
    std::vector<double> weights_;
    std::vector<ParameterPtr> parameters_;
    std::vector<std::string> complaints_;
};

} // namespace

std::vector<std::string> checkGradients(const GradientCase& testCase) {
    return Checker(testCase).run();
}

std::vector<double> normals(const std::string& purpose, std::int64_t count) {
    RandomStream stream(11, "test." + purpose);
    std::vector<double> values(static_cast<std::size_t>(count));
    for (double& value : values)
        value = stream.normal();
    return values;
}

Tensor tensorOf(const Device& device, Shape shape, const std::vector<double>& values) {
    return Tensor::fromHost(device, std::move(shape), device.computeType(),
                            std::span<const double>(values));
}

} // namespace inlay::engine::testing
