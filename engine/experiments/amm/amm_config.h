#pragma once

#include <cstdint>
#include <vector>

namespace inlay::engine::amm {

struct AmmConfig {
    std::int64_t tile = 4;
    std::vector<std::int64_t> ranks = {24};
    bool theory = true;
    bool random = true;
    bool alternating = false;
    bool naive = false;
    bool polynomial = false;
    bool cyclic = false;
    std::int64_t replicates = 8;
    std::int64_t steps = 6000;
    double learningRate = 0.01;
};

} // namespace inlay::engine::amm
