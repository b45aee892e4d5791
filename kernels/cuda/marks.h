#pragma once

#include <cstdint>
#include <vector>

#include <cuda_runtime_api.h>

namespace inlay::kernels::cuda {

class Queue;

/// Points in time of the stream. The last kMarks are kept; older ones are forgotten, so that
/// marking every step of a long run costs no memory.
class Marks {
public:
    static constexpr std::int64_t kMarks = 4096;

    explicit Marks(Queue& queue);
    ~Marks();
    Marks(const Marks&) = delete;
    Marks& operator=(const Marks&) = delete;

    std::int64_t mark();
    /// Seconds from one mark to another; waits for the later one. Throws Error for a mark that was
    /// never made or is forgotten.
    double elapsed(std::int64_t from, std::int64_t to);

private:
    cudaEvent_t eventOf(std::int64_t mark) const;

    Queue& queue_;
    std::vector<cudaEvent_t> events_; // of mark i at i modulo kMarks
    std::int64_t next_ = 0;
};

} // namespace inlay::kernels::cuda
