#pragma once

#include <stdexcept>
#include <string>

namespace inlay::engine {

/// The one exception of the engine: something outside the program's control failed (file, store,
/// device, input data). Bad user input is not an Error but a list of Issues; programmer mistakes
/// are assertions.
class Error : public std::runtime_error {
public:
    /// `message` is a full sentence for the user; `detail` is what a developer wants to see.
    explicit Error(const std::string& message, std::string detail = {});

    const std::string& detail() const { return detail_; }

private:
    std::string detail_;
};

} // namespace inlay::engine
