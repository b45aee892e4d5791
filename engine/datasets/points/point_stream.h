#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace inlay::engine {

/// Points in a fixed order, read from front to back in memory that does not grow with their number.
class PointStream {
public:
    virtual ~PointStream() = default;

    virtual std::int64_t dims() const = 0;
    /// Nothing when only the end of the stream tells.
    virtual std::optional<std::int64_t> count() const = 0;
    /// Whether rewind() works; a pipe is read once.
    virtual bool canReplay() const = 0;
    /// Back to the first point: the same points come again in the same order.
    virtual void rewind() = 0;

    /// Fills `out` (rows x dims, row-major) with the next points and, for sources that planted
    /// them, `planted` (may be null) with each point's cluster. Returns how many: fewer only at the
    /// end. Throws Error when the source is bad.
    virtual std::int64_t read(double* out, std::int64_t rows, std::int32_t* planted) = 0;

    /// Clusters that the source planted; 0 = nothing is known.
    virtual std::int64_t plantedClusters() const { return 0; }
    /// The planted partition is the optimum at k = plantedClusters(): clusters are that far apart.
    virtual bool plantedIsOptimal() const { return false; }
    /// Points that the source left out so far, e.g. rows with NaN.
    virtual std::int64_t dropped() const { return 0; }
    /// Titles of the dimensions; empty when they have none.
    virtual std::vector<std::string> titles() const { return {}; }
};

} // namespace inlay::engine
