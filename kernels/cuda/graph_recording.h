#pragma once

#include <functional>

#include <cuda_runtime_api.h>

#include "kernels/recording.h"

namespace inlay::kernels::cuda {

class Queue;

/// What ops enqueue, as one CUDA graph: its launch costs the host what that of a kernel costs, and
/// the device spends less between the kernels.
class GraphRecording final : public Recording {
public:
    /// Throws Error when an op does what cannot be recorded; the stream is as it was then.
    GraphRecording(Queue& queue, const std::function<void()>& ops);
    ~GraphRecording() override;

    void launch() const;

private:
    Queue& queue_;
    cudaGraphExec_t graph_ = nullptr;
};

/// Throws Error, naming `what`, while the queue's stream is being recorded.
void forbidWhileRecording(const Queue& queue, const char* what);

} // namespace inlay::kernels::cuda
