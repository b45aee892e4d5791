#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <mutex>
#include <vector>

#include <fftw3.h>

#include "engine/analysis/embedding/repulsion.h"
#include "kernels/parallel.h"

namespace inlay::engine {
namespace {

/// Distance of two grid nodes. The kernels vary at the scale 1. Cubic interpolation at this spacing
/// leaves some 1 % of the force between lone neighbors and far less where many add up; a layout
/// that is still small gets a finer grid (halved until it has kFewestNodes), since in it forces
/// nearly cancel.
constexpr double kSpacing = 0.3;
constexpr double kFewestNodes = 48;
constexpr int kTaps = 4;
constexpr std::int64_t kRowGrain = 512;
/// Nodes a side. Layouts that need more (a million points, or one that flies apart) get a coarser
/// grid.
constexpr std::int64_t kMostNodes = 2000;

/// FFTW's planner keeps state that all threads share.
std::mutex& plannerMutex() {
    static std::mutex mutex;
    return mutex;
}

struct FftwFree {
    void operator()(void* memory) const { fftwf_free(memory); }
};

template <typename T>
using FftwArray = std::unique_ptr<T[], FftwFree>;

FftwArray<float> reals(std::int64_t count) {
    return FftwArray<float>(fftwf_alloc_real(static_cast<std::size_t>(count)));
}

FftwArray<fftwf_complex> complexes(std::int64_t count) {
    return FftwArray<fftwf_complex>(fftwf_alloc_complex(static_cast<std::size_t>(count)));
}

/// The next size from `count` on with factors 2, 3 and 5 only, even.
std::int64_t friendlySize(std::int64_t count) {
    for (std::int64_t size = count + count % 2;; size += 2) {
        std::int64_t rest = size;
        for (const std::int64_t factor : {2, 3, 5})
            while (rest % factor == 0)
                rest /= factor;
        if (rest == 1)
            return size;
    }
}

/// Real fields of rows x cols and their transforms, with plans. Plans are estimated, not measured:
/// measuring would choose another algorithm, and other roundings, from run to run.
class Transforms {
public:
    Transforms(std::int64_t rowCount, std::int64_t colCount)
        : rows(rowCount)
        , cols(colCount) {
        const std::lock_guard lock(plannerMutex());
        field = reals(rows * cols);
        transform = complexes(frequencies());
        const auto r = static_cast<int>(rows);
        const auto c = static_cast<int>(cols);
        forward_ = fftwf_plan_dft_r2c_2d(r, c, field.get(), transform.get(), FFTW_ESTIMATE);
        backward_ = fftwf_plan_dft_c2r_2d(r, c, transform.get(), field.get(), FFTW_ESTIMATE);
    }
    ~Transforms() {
        const std::lock_guard lock(plannerMutex());
        fftwf_destroy_plan(forward_);
        fftwf_destroy_plan(backward_);
    }
    Transforms(const Transforms&) = delete;
    Transforms& operator=(const Transforms&) = delete;

    std::int64_t frequencies() const { return rows * (cols / 2 + 1); }
    void forward(float* from, fftwf_complex* to) const {
        fftwf_execute_dft_r2c(forward_, from, to);
    }
    void backward(fftwf_complex* from, float* to) const {
        fftwf_execute_dft_c2r(backward_, from, to);
    }

    const std::int64_t rows;
    const std::int64_t cols;
    FftwArray<float> field;
    FftwArray<fftwf_complex> transform;

private:
    fftwf_plan forward_;
    fftwf_plan backward_;
};

/// Weights of the four nodes around a place between the second and the third, 0 <= t <= 1.
std::array<float, kTaps> cubicWeights(float t) {
    const float a = t + 1;
    const float b = t - 1;
    const float c = t - 2;
    return {-t * b * c / 6, a * b * c / 2, -a * t * c / 2, a * t * b / 6};
}

/// Where a point lies: its first node along each axis, and the weights of the four from there on.
struct Place {
    std::int32_t row = 0;
    std::int32_t col = 0;
    std::array<float, kTaps> rowWeights = {};
    std::array<float, kTaps> colWeights = {};
};

/// What is convolved: q for the sum, q² x and q² y for the force.
constexpr int kFields = 3;

class GridRepulsion final : public Repulsion {
public:
    explicit GridRepulsion(std::int64_t count)
        : places_(static_cast<std::size_t>(count))
        , sums_(static_cast<std::size_t>(count)) {}

    double sum(const kernels::PairPoints& points, float* const* force,
               LayoutWatch& watch) override {
        place(points);
        spread(points.count);
        const auto& t = *transforms_;
        t.forward(t.field.get(), t.transform.get());
        if (!watch.goOn())
            return 1;
        kernels::parallelFor(kFields, 1, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t f = begin; f < end; ++f)
                convolve(static_cast<std::size_t>(f));
        });
        if (!watch.goOn())
            return 1;
        return gather(points.count, force);
    }

private:
    /// Puts the points on the grid, which is made anew when they outgrow it.
    void place(const kernels::PairPoints& points) {
        std::array<float, 2> low = {};
        std::array<float, 2> high = {};
        for (std::size_t d = 0; d < 2; ++d) {
            const auto [least, most] =
                std::minmax_element(points.plane[d], points.plane[d] + points.count);
            low[d] = *least;
            high[d] = *most;
        }
        const double span = std::max(static_cast<double>(high[0]) - static_cast<double>(low[0]),
                                     static_cast<double>(high[1]) - static_cast<double>(low[1]));
        double spacing = std::max(kSpacing, span / static_cast<double>(kMostNodes - kTaps - 1));
        while (span > 0 && span < kFewestNodes * spacing)
            spacing /= 2;
        std::array<std::int64_t, 2> sizes = {};
        for (std::size_t d = 0; d < 2; ++d) {
            const double extent = static_cast<double>(high[d]) - static_cast<double>(low[d]);
            // Twice the nodes, so that what is convolved does not come around.
            const std::int64_t needed =
                2 * (static_cast<std::int64_t>(extent / spacing) + kTaps + 1);
            const std::int64_t now =
                transforms_ ? (d == 0 ? transforms_->rows : transforms_->cols) : 0;
            // With some room, since a growing layout would need new kernels all the time.
            sizes[d] = now >= needed && now <= 2 * needed ? now : friendlySize(needed + needed / 8);
        }
        resize(sizes[0], sizes[1], spacing);
        kernels::parallelFor(points.count, kRowGrain, [&](std::int64_t begin, std::int64_t end) {
            for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
                Place& at = places_[i];
                const float row = (points.plane[0][i] - low[0]) / spacing_;
                const float col = (points.plane[1][i] - low[1]) / spacing_;
                at.row = static_cast<std::int32_t>(row);
                at.col = static_cast<std::int32_t>(col);
                at.rowWeights = cubicWeights(row - static_cast<float>(at.row));
                at.colWeights = cubicWeights(col - static_cast<float>(at.col));
            }
        });
    }

    void resize(std::int64_t rows, std::int64_t cols, double spacing) {
        const auto wanted = static_cast<float>(spacing);
        if (transforms_ && transforms_->rows == rows && transforms_->cols == cols &&
            spacing_ == wanted)
            return;
        if (!transforms_ || transforms_->rows != rows || transforms_->cols != cols) {
            transforms_.reset();
            transforms_ = std::make_unique<Transforms>(rows, cols);
            for (std::size_t f = 0; f < kFields; ++f) {
                kernels_[f] = complexes(transforms_->frequencies());
                products_[f] = complexes(transforms_->frequencies());
                fields_[f] = reals(rows * cols);
            }
        }
        spacing_ = wanted;
        const float scale = 1.0f / static_cast<float>(rows * cols);
        for (std::int64_t r = 0; r < rows; ++r)
            for (std::int64_t c = 0; c < cols; ++c) {
                const double x = spacing * static_cast<double>(r < rows / 2 ? r : r - rows);
                const double y = spacing * static_cast<double>(c < cols / 2 ? c : c - cols);
                const double q = 1 / (1 + x * x + y * y);
                const std::int64_t at = r * cols + c;
                fields_[0][static_cast<std::size_t>(at)] = static_cast<float>(q) * scale;
                // Odd kernels: what lies exactly half around has no sign.
                const double rowForce = 2 * r == rows ? 0 : q * q * x;
                const double colForce = 2 * c == cols ? 0 : q * q * y;
                fields_[1][static_cast<std::size_t>(at)] = static_cast<float>(rowForce) * scale;
                fields_[2][static_cast<std::size_t>(at)] = static_cast<float>(colForce) * scale;
            }
        for (std::size_t f = 0; f < kFields; ++f)
            transforms_->forward(fields_[f].get(), kernels_[f].get());
    }

    /// One charge a point, in the order of the points.
    void spread(std::int64_t count) {
        float* field = transforms_->field.get();
        const std::int64_t cols = transforms_->cols;
        std::fill_n(field, transforms_->rows * cols, 0.0f);
        for (std::int64_t i = 0; i < count; ++i) {
            const Place& at = places_[static_cast<std::size_t>(i)];
            for (std::size_t r = 0; r < kTaps; ++r) {
                float* row = field + (at.row + static_cast<std::int64_t>(r)) * cols + at.col;
                for (std::size_t c = 0; c < kTaps; ++c)
                    row[c] += at.rowWeights[r] * at.colWeights[c];
            }
        }
    }

    void convolve(std::size_t f) {
        const fftwf_complex* charge = transforms_->transform.get();
        const fftwf_complex* kernel = kernels_[f].get();
        fftwf_complex* product = products_[f].get();
        for (std::int64_t i = 0; i < transforms_->frequencies(); ++i) {
            const float real = charge[i][0] * kernel[i][0] - charge[i][1] * kernel[i][1];
            const float imaginary = charge[i][0] * kernel[i][1] + charge[i][1] * kernel[i][0];
            product[i][0] = real;
            product[i][1] = imaginary;
        }
        transforms_->backward(product, fields_[f].get());
    }

    float interpolated(std::size_t f, const Place& at) const {
        const std::int64_t cols = transforms_->cols;
        float sum = 0;
        for (std::size_t r = 0; r < kTaps; ++r) {
            const float* row =
                fields_[f].get() + (at.row + static_cast<std::int64_t>(r)) * cols + at.col;
            float part = 0;
            for (std::size_t c = 0; c < kTaps; ++c)
                part += at.colWeights[c] * row[c];
            sum += at.rowWeights[r] * part;
        }
        return sum;
    }

    /// What a charge does to itself through the grid is taken off the sum; of the force it is
    /// nothing, since the kernel is odd and both sides have the same weights.
    float ownValue(const Place& at) const {
        float sum = 0;
        for (std::size_t r = 0; r < kTaps; ++r)
            for (std::size_t s = 0; s < kTaps; ++s)
                for (std::size_t c = 0; c < kTaps; ++c)
                    for (std::size_t e = 0; e < kTaps; ++e)
                        sum += at.rowWeights[r] * at.rowWeights[s] * at.colWeights[c] *
                               at.colWeights[e] * nearKernel_[(r - s) * (r - s)][(c - e) * (c - e)];
        return sum;
    }

    double gather(std::int64_t count, float* const* force) {
        for (std::size_t r = 0; r < nearKernel_.size(); ++r)
            for (std::size_t c = 0; c < nearKernel_.size(); ++c)
                nearKernel_[r][c] = 1 / (1 + spacing_ * spacing_ * static_cast<float>(r + c));
        kernels::parallelFor(count, kRowGrain, [&](std::int64_t begin, std::int64_t end) {
            for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
                sums_[i] = interpolated(0, places_[i]) - ownValue(places_[i]);
                force[0][i] = interpolated(1, places_[i]);
                force[1][i] = interpolated(2, places_[i]);
            }
        });
        double total = 0;
        for (const float sum : sums_)
            total += static_cast<double>(sum);
        return total;
    }

    std::vector<Place> places_;
    std::vector<float> sums_;
    std::unique_ptr<Transforms> transforms_;
    float spacing_ = 0;
    std::array<FftwArray<fftwf_complex>, kFields> kernels_;
    std::array<FftwArray<fftwf_complex>, kFields> products_;
    std::array<FftwArray<float>, kFields> fields_;
    // By squared distance in nodes along each axis, 0, 1, 4, 9.
    std::array<std::array<float, 10>, 10> nearKernel_ = {};
};

} // namespace

std::unique_ptr<Repulsion> gridRepulsion(std::int64_t count) {
    return std::make_unique<GridRepulsion>(count);
}

} // namespace inlay::engine
