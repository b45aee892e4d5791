#include "engine/networks/largest_batch.h"

#include <numeric>
#include <utility>
#include <vector>

#include "engine/networks/softmax_cross_entropy.h"
#include "engine/tensor/out_of_memory.h"
#include "kernels/out_of_memory.h"

namespace inlay::engine {
namespace {

bool fits(std::int64_t batch, Network& network, BatchFeed& feed, const Device& device) {
    std::vector<std::int64_t> samples(static_cast<std::size_t>(batch));
    std::iota(samples.begin(), samples.end(), std::int64_t{0});
    try {
        const Batch values = feed.load(samples, nullptr);
        ModuleContextPtr saved;
        const Tensor logits = network.forward(*values.values, values.rows, &saved);
        SoftmaxCrossEntropy loss(device);
        network.backward(*values.values, values.rows, loss.gradient(logits, *values.labels), *saved,
                         NeedInputGradient::No);
        return true;
    } catch (const OutOfMemory&) {
        return false;
    } catch (const kernels::OutOfMemory&) { // of an op's own scratch
        return false;
    }
}

} // namespace

std::int64_t largestBatchBelow(std::int64_t batch, Network& network, BatchFeed& feed,
                               const Device& device) {
    std::int64_t tooMany = batch;
    std::int64_t enough = batch / 2;
    while (enough > 0 && !fits(enough, network, feed, device)) {
        tooMany = enough;
        enough /= 2;
    }
    // Three halvings of what lies between.
    for (int i = 0; i < 3 && enough > 0 && tooMany - enough > 1; ++i) {
        const std::int64_t middle = enough + (tooMany - enough) / 2;
        (fits(middle, network, feed, device) ? enough : tooMany) = middle;
    }
    return enough;
}

} // namespace inlay::engine
