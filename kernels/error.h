#pragma once

#include <stdexcept>
#include <string>

namespace inlay::kernels {

/// What a backend throws: a device that is absent or failed, memory that could not be had, or a
/// disagreement found by the check backend. engine/tensor turns it into engine::Error.
class Error : public std::runtime_error {
public:
    explicit Error(const std::string& message);
};

} // namespace inlay::kernels
