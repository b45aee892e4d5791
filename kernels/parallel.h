#pragma once

#include <cstdint>
#include <functional>

namespace inlay::kernels {

/// Runs body(begin, end) over [0, count) in chunks of `grain` on the one pool of the process.
/// Chunks depend on `count` and `grain` only, never on the number of threads, so that a result
/// that depends on the chunks alone is the same for any thread count. The caller takes part;
/// returns when all chunks are done. A call from inside a chunk runs serially. An exception
/// thrown by a chunk is rethrown here, after the others have ended.
void parallelFor(std::int64_t count, std::int64_t grain,
                 const std::function<void(std::int64_t begin, std::int64_t end)>& body);

/// Threads the pool uses, including the caller. 0 sets it to the number of available cores.
/// Not to be called while work is running.
void setThreadCount(int threads);
int threadCount();

} // namespace inlay::kernels
