#pragma once

#include <string>

namespace inlay::kernels {

/// A weight in the form that its products read: packed, compressed or transposed. Made and
/// refreshed by the backend whose memory it holds, which must outlive it; opaque to everyone else.
class PreparedWeight {
public:
    virtual ~PreparedWeight() = default;
    PreparedWeight(const PreparedWeight&) = delete;
    PreparedWeight& operator=(const PreparedWeight&) = delete;

    /// The kernel its products take and why, in words, with what was measured.
    virtual std::string route() const = 0;

protected:
    PreparedWeight() = default;
};

} // namespace inlay::kernels
