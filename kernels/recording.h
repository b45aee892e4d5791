#pragma once

namespace inlay::kernels {

/// Ops that a backend has recorded, see Backend::record().
class Recording {
public:
    virtual ~Recording() = default;
    Recording(const Recording&) = delete;
    Recording& operator=(const Recording&) = delete;

protected:
    Recording() = default;
};

} // namespace inlay::kernels
