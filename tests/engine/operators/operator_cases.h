#pragma once

#include <string>
#include <vector>

#include "engine/operators/make.h"

/// Configurations of every family on shapes that are odd, prime, padded and of one.
namespace inlay::operator_cases {

struct OperatorCase {
    std::string name;
    engine::OperatorConfig config;
    std::int64_t in = 0;
    std::int64_t out = 0;
    engine::RowLayout rows;
};

std::vector<OperatorCase> all();

} // namespace inlay::operator_cases
