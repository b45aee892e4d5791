#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "engine/datasets/batches.h"
#include "engine/datasets/dataset.h"
#include "engine/networks/network.h"
#include "engine/tensor/device.h"

namespace inlay::engine::train {

struct Mistake {
    std::int64_t sample = 0; // index in the evaluated set
    std::int32_t label = 0;
    std::int32_t predicted = 0;
    double confidence = 0; // softmax probability of `predicted`
};

struct Evaluation {
    double loss = 0;               // mean, nats
    double accuracy = 0;           // fraction
    std::vector<Mistake> mistakes; // the most confident first, at most the number asked for
    bool complete = true;          // false when `proceed` said no
};

/// Loss and accuracy of the network on a whole set, without gradients. The batches are those of
/// `batchSize` in the set's order, so that operators that mix samples see the same tiles each time.
Evaluation evaluate(Network& network, const Device& device, const Dataset& data,
                    const Normalization& normalization, const InputRows& rows,
                    std::int64_t batchSize, std::size_t keepMistakes,
                    const std::function<bool()>& proceed);

} // namespace inlay::engine::train
