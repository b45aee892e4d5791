#include "engine/operators/linear_operator.h"

#include <cassert>
#include <utility>

namespace inlay::engine {

ParameterPtr SharedParameters::find(const std::string& name) const {
    for (const ParameterPtr& parameter : parameters_)
        if (parameter->name == name)
            return parameter;
    return nullptr;
}

void SharedParameters::add(ParameterPtr parameter) {
    assert(!find(parameter->name));
    parameters_.push_back(std::move(parameter));
}

} // namespace inlay::engine
