#include "kernels/cuda/graph_recording.h"

#include <string>

#include "kernels/cuda/cuda_check.h"
#include "kernels/cuda/queue.h"
#include "kernels/error.h"

namespace inlay::kernels::cuda {

GraphRecording::GraphRecording(Queue& queue, const std::function<void()>& ops)
    : queue_(queue) {
    // Other threads have streams of their own, which go on.
    INLAY_CUDA(cudaStreamBeginCapture(queue.stream(), cudaStreamCaptureModeThreadLocal));
    cudaGraph_t graph = nullptr;
    try {
        ops();
    } catch (...) {
        cudaStreamEndCapture(queue.stream(), &graph);
        if (graph != nullptr)
            cudaGraphDestroy(graph);
        cudaGetLastError(); // what the end of a broken capture says
        throw;
    }
    cudaError_t status = cudaStreamEndCapture(queue.stream(), &graph);
    if (status == cudaSuccess)
        status = cudaGraphInstantiate(&graph_, graph, 0);
    if (graph != nullptr)
        cudaGraphDestroy(graph);
    if (status != cudaSuccess)
        cudaGetLastError(); // whoever goes on without a recording must not find it
    check(status, "recording a graph", __FILE__, __LINE__);
}

// The driver keeps what a launch that is under way needs.
GraphRecording::~GraphRecording() {
    cudaGraphExecDestroy(graph_);
}

void GraphRecording::launch() const {
    INLAY_CUDA(cudaGraphLaunch(graph_, queue_.stream()));
}

void forbidWhileRecording(const Queue& queue, const char* what) {
    cudaStreamCaptureStatus status = cudaStreamCaptureStatusNone;
    INLAY_CUDA(cudaStreamIsCapturing(queue.stream(), &status));
    if (status != cudaStreamCaptureStatusNone)
        throw Error(std::string(what) + " cannot be recorded.");
}

} // namespace inlay::kernels::cuda
