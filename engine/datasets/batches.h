#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/base/random.h"
#include "engine/datasets/dataset.h"

namespace inlay::engine {

/// The order in which an epoch visits the samples: a fresh shuffle per epoch. The order of an
/// epoch depends on the stream and the epoch's number only, so (epoch, position) is all that a
/// checkpoint has to keep.
class EpochOrder {
public:
    /// `stream` is the run's stream for this purpose, e.g. RandomStream(seed, "train.order").
    EpochOrder(const RandomStream& stream, std::int64_t count);

    /// Continues at sample `position` of epoch `epoch`; 0 <= position <= count.
    void seek(std::int64_t epoch, std::int64_t position);

    /// The next at most `size` samples of this epoch; empty once the epoch is over. The span is
    /// valid until the next call of seek() or startNextEpoch().
    std::span<const std::int64_t> next(std::int64_t size);
    void startNextEpoch() { seek(epoch_ + 1, 0); }

    std::int64_t epoch() const { return epoch_; }
    std::int64_t position() const { return position_; }
    std::int64_t count() const { return static_cast<std::int64_t>(order_.size()); }

private:
    RandomStream stream_;
    std::vector<std::int64_t> order_;
    std::int64_t epoch_ = 0;
    std::int64_t position_ = 0;
};

/// Mean and standard deviation (of the population) of each channel, in units of
/// stored x scale. A channel that never changes gets deviation 1.
struct Normalization {
    std::vector<float> mean;
    std::vector<float> deviation;
};

/// Over all samples (and pixels) of `data`: give it the training set.
Normalization measureNormalization(const Dataset& data);

/// Random shifts by whole pixels, uniform in -pixels … +pixels both ways. What comes in from
/// outside the image is 0 before normalization. The shift of a sample is a function of the
/// stream, the epoch and the sample's index, whatever batch it is in. With `mirrors` every other
/// one, by the same stream, is seen from behind: left and right change places.
struct ShiftAugmentation {
    int pixels = 0;
    RandomStream stream;
    std::int64_t epoch = 0;
    bool mirrors = false;

    bool isActive() const { return pixels > 0 || mirrors; }
};

/// Turns samples into rows of normalized floats. With patch = 0 a sample is one row of
/// height·width·channels values; with patch = p it is (height/p)·(width/p) rows, one a patch in
/// row-major order, each of p·p·channels values. The dataset must outlive the assembler.
class BatchAssembler {
public:
    /// `patch` divides height and width, or is 0.
    BatchAssembler(const Dataset& data, const Normalization& normalization, int patch = 0);

    std::int64_t rowsPerSample() const { return rowsPerSample_; }
    std::int64_t columns() const { return columns_; }
    /// Floats that assemble() writes for `samples` samples.
    std::int64_t size(std::int64_t samples) const { return samples * data_->shape.values(); }

    /// Writes the samples, in order, to `values` (samples·rowsPerSample x columns, row-major) and
    /// their classes to `labels` (one a sample). Without `shift` the images stay where they are.
    void assemble(std::span<const std::int64_t> samples, const ShiftAugmentation* shift,
                  float* values, std::int32_t* labels);

private:
    template <typename T>
    void placeImage(const T* image, int shiftX, int shiftY, float* out);
    void mirrorImage(float* image) const;
    void cutPatches(const float* image, float* out) const;

    const Dataset* data_;
    int patch_ = 0;
    std::int64_t rowsPerSample_ = 1;
    std::int64_t columns_ = 0;
    // value = stored x factor + offset, repeated along one image row so that the loop over a row
    // has no division or modulo in it.
    std::vector<float> factor_;
    std::vector<float> offset_;
    std::vector<float> image_;
};

} // namespace inlay::engine
