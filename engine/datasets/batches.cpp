#include "engine/datasets/batches.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>

namespace inlay::engine {
namespace {

struct Moments {
    double sum = 0;
    double squares = 0;
};

// Exact: the sums of at most 2^40 bytes and of their squares fit in 64 bits.
std::vector<Moments> byteMoments(const Dataset& data) {
    const std::size_t channels = static_cast<std::size_t>(data.shape.channels);
    std::vector<std::uint64_t> histogram(channels * 256);
    for (std::size_t i = 0; i < data.bytes.size(); i += channels)
        for (std::size_t c = 0; c < channels; ++c)
            ++histogram[c * 256 + data.bytes[i + c]];
    std::vector<Moments> moments(channels);
    for (std::size_t c = 0; c < channels; ++c) {
        std::uint64_t sum = 0;
        std::uint64_t squares = 0;
        for (std::uint64_t value = 0; value < 256; ++value) {
            sum += histogram[c * 256 + value] * value;
            squares += histogram[c * 256 + value] * value * value;
        }
        moments[c] = {static_cast<double>(sum), static_cast<double>(squares)};
    }
    return moments;
}

std::vector<Moments> floatMoments(const Dataset& data) {
    const std::size_t channels = static_cast<std::size_t>(data.shape.channels);
    std::vector<Moments> moments(channels);
    for (std::size_t i = 0; i < data.floats.size(); i += channels)
        for (std::size_t c = 0; c < channels; ++c) {
            const double value = data.floats[i + c];
            moments[c].sum += value;
            moments[c].squares += value * value;
        }
    return moments;
}

} // namespace

EpochOrder::EpochOrder(const RandomStream& stream, std::int64_t count)
    : stream_(stream)
    , order_(static_cast<std::size_t>(count)) {
    seek(0, 0);
}

void EpochOrder::seek(std::int64_t epoch, std::int64_t position) {
    assert(epoch >= 0 && position >= 0 && position <= count());
    epoch_ = epoch;
    position_ = position;
    std::iota(order_.begin(), order_.end(), std::int64_t{0});
    stream_.split(static_cast<std::uint64_t>(epoch)).shuffle(order_);
}

std::span<const std::int64_t> EpochOrder::next(std::int64_t size) {
    const std::int64_t taken = std::min(size, count() - position_);
    const std::span<const std::int64_t> batch(order_.data() + position_,
                                              static_cast<std::size_t>(taken));
    position_ += taken;
    return batch;
}

Normalization measureNormalization(const Dataset& data) {
    const std::vector<Moments> moments =
        data.storesBytes() ? byteMoments(data) : floatMoments(data);
    const double values = static_cast<double>(data.count) * data.shape.height * data.shape.width;
    Normalization normalization;
    for (const Moments& m : moments) {
        const double mean = values > 0 ? m.sum / values : 0.0;
        const double variance = values > 0 ? std::max(0.0, m.squares / values - mean * mean) : 0.0;
        normalization.mean.push_back(static_cast<float>(mean * data.scale));
        const double deviation = std::sqrt(variance) * data.scale;
        normalization.deviation.push_back(deviation > 1e-12 ? static_cast<float>(deviation) : 1.0f);
    }
    return normalization;
}

BatchAssembler::BatchAssembler(const Dataset& data, const Normalization& normalization, int patch)
    : data_(&data)
    , patch_(patch) {
    const SampleShape& shape = data.shape;
    assert(normalization.mean.size() == static_cast<std::size_t>(shape.channels));
    assert(patch == 0 || (shape.height % patch == 0 && shape.width % patch == 0));
    if (patch > 0)
        rowsPerSample_ = std::int64_t{shape.height / patch} * (shape.width / patch);
    columns_ = shape.values() / rowsPerSample_;
    for (int x = 0; x < shape.width; ++x)
        for (std::size_t c = 0; c < normalization.mean.size(); ++c) {
            factor_.push_back(data.scale / normalization.deviation[c]);
            offset_.push_back(-normalization.mean[c] / normalization.deviation[c]);
        }
    if (patch > 0)
        image_.resize(static_cast<std::size_t>(shape.values()));
}

template <typename T>
void BatchAssembler::placeImage(const T* image, int shiftX, int shiftY, float* out) {
    const SampleShape& shape = data_->shape;
    const int row = shape.width * shape.channels;
    const int first = std::clamp(shiftX, 0, shape.width) * shape.channels;
    const int last = std::clamp(shape.width + shiftX, 0, shape.width) * shape.channels;
    for (int y = 0; y < shape.height; ++y, out += row) {
        const int sourceY = y - shiftY;
        if (sourceY < 0 || sourceY >= shape.height) {
            std::copy(offset_.begin(), offset_.end(), out);
            continue;
        }
        const T* source = image + std::ptrdiff_t{sourceY} * row;
        const std::ptrdiff_t shift = std::ptrdiff_t{shiftX} * shape.channels;
        for (int x = 0; x < first; ++x)
            out[x] = offset_[static_cast<std::size_t>(x)];
        const float* factor = factor_.data();
        const float* offset = offset_.data();
        for (int x = first; x < last; ++x)
            out[x] = static_cast<float>(source[x - shift]) * factor[x] + offset[x];
        for (int x = last; x < row; ++x)
            out[x] = offset_[static_cast<std::size_t>(x)];
    }
}

void BatchAssembler::mirrorImage(float* image) const {
    const SampleShape& shape = data_->shape;
    for (int y = 0; y < shape.height; ++y, image += shape.width * shape.channels)
        for (int left = 0, right = shape.width - 1; left < right; ++left, --right)
            std::swap_ranges(image + left * shape.channels, image + (left + 1) * shape.channels,
                             image + right * shape.channels);
}

void BatchAssembler::cutPatches(const float* image, float* out) const {
    const SampleShape& shape = data_->shape;
    const int run = patch_ * shape.channels;
    const int row = shape.width * shape.channels;
    for (int top = 0; top < shape.height; top += patch_)
        for (int left = 0; left < row; left += run)
            for (int y = top; y < top + patch_; ++y, out += run)
                std::copy_n(image + std::ptrdiff_t{y} * row + left, run, out);
}

void BatchAssembler::assemble(std::span<const std::int64_t> samples, const ShiftAugmentation* shift,
                              float* values, std::int32_t* labels) {
    const std::int64_t width = data_->shape.values();
    const bool shifts = shift && shift->isActive();
    RandomStream epochStream(0, "");
    if (shifts)
        epochStream = shift->stream.split(static_cast<std::uint64_t>(shift->epoch));
    for (const std::int64_t sample : samples) {
        int shiftX = 0;
        int shiftY = 0;
        bool mirrors = false;
        if (shifts) {
            RandomStream stream = epochStream.split(static_cast<std::uint64_t>(sample));
            const std::uint64_t choices = 2 * static_cast<std::uint64_t>(shift->pixels) + 1;
            shiftX = static_cast<int>(stream.below(choices)) - shift->pixels;
            shiftY = static_cast<int>(stream.below(choices)) - shift->pixels;
            mirrors = shift->mirrors && stream.below(2) == 1;
        }
        float* target = patch_ > 0 ? image_.data() : values;
        if (data_->storesBytes())
            placeImage(data_->bytes.data() + sample * width, shiftX, shiftY, target);
        else
            placeImage(data_->floats.data() + sample * width, shiftX, shiftY, target);
        if (mirrors)
            mirrorImage(target);
        if (patch_ > 0)
            cutPatches(image_.data(), values);
        values += width;
        *labels++ = data_->labels[static_cast<std::size_t>(sample)];
    }
}

} // namespace inlay::engine
