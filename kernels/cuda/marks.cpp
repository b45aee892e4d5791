#include "kernels/cuda/marks.h"

#include <algorithm>
#include <string>

#include "kernels/cuda/cuda_check.h"
#include "kernels/cuda/queue.h"
#include "kernels/error.h"

namespace inlay::kernels::cuda {

Marks::Marks(Queue& queue)
    : queue_(queue) {}

Marks::~Marks() {
    for (const cudaEvent_t event : events_)
        cudaEventDestroy(event);
}

std::int64_t Marks::mark() {
    const cudaStream_t stream = queue_.stream();
    if (static_cast<std::int64_t>(events_.size()) < kMarks) {
        cudaEvent_t event = nullptr;
        INLAY_CUDA(cudaEventCreate(&event));
        events_.push_back(event);
    }
    INLAY_CUDA(cudaEventRecord(events_[static_cast<std::size_t>(next_ % kMarks)], stream));
    return next_++;
}

cudaEvent_t Marks::eventOf(std::int64_t mark) const {
    if (mark < 0 || mark >= next_)
        throw Error("mark " + std::to_string(mark) + " was never made on this device; " +
                    std::to_string(next_) + " were.");
    if (mark < next_ - kMarks)
        throw Error("mark " + std::to_string(mark) + " is forgotten: only the last " +
                    std::to_string(kMarks) + " of " + std::to_string(next_) + " are kept.");
    return events_[static_cast<std::size_t>(mark % kMarks)];
}

double Marks::elapsed(std::int64_t from, std::int64_t to) {
    const cudaEvent_t first = eventOf(from);
    const cudaEvent_t second = eventOf(to);
    queue_.stream();
    INLAY_CUDA(cudaEventSynchronize(eventOf(std::max(from, to))));
    float milliseconds = 0.0f;
    INLAY_CUDA(cudaEventElapsedTime(&milliseconds, first, second));
    return static_cast<double>(milliseconds) * 1e-3;
}

} // namespace inlay::kernels::cuda
