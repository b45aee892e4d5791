#pragma once

// What the ops of one GPU share: its stream, its cuBLAS handle, scratch that belongs to the
// device, and its limits.

#include <cstddef>
#include <memory>

#include <cublas_v2.h>
#include <cuda_runtime_api.h>

namespace inlay::kernels::cuda {

class Marks;
class MemoryPool;
class ProductPlans;
class Staging;

/// One device's work queue. All kernels are launched on stream().
class Queue {
public:
    /// Makes the device current for this thread; throws Error with the reason.
    explicit Queue(int index);
    ~Queue();
    Queue(const Queue&) = delete;
    Queue& operator=(const Queue&) = delete;

    int index() const { return index_; }
    /// Makes the device current for the calling thread, which a launch on its stream needs.
    cudaStream_t stream() const {
        if (current != index_)
            makeCurrent();
        return stream_;
    }
    /// Bound to stream(), with a workspace of its own; f32 products in full f32 unless TF32 is
    /// allowed. Sums of a split product are taken in f32, in a fixed order.
    cublasHandle_t blas() const {
        if (current != index_)
            makeCurrent();
        return blas_;
    }
    /// The workspace of blas(), which products that are enqueued on stream() share.
    void* blasWorkspace() const { return blasWorkspace_; }
    std::size_t blasWorkspaceBytes() const { return blasWorkspaceBytes_; }
    void allowTf32(bool allowed);
    bool tf32() const { return tf32_; }

    const cudaDeviceProp& properties() const { return properties_; }
    int multiprocessors() const { return properties_.multiProcessorCount; }

    /// Device memory that ops may use between two launches of one call: reductions in two stages,
    /// split sums; aligned to 256 bytes. One area for all ops, so a call that needs several parts
    /// asks once for their sum. Grows on the first use of a larger size only; outgrown areas stay
    /// valid for recordings made with them. Products use it when their operands differ in
    /// dtype.
    void* scratch(std::size_t bytes);

    /// Counters in device memory, all zero between two launches: the blocks of a launch count
    /// themselves, the last one joins what they found and sets the counter back.
    unsigned* tickets() const { return tickets_; }
    static constexpr int kTickets = 512;

    MemoryPool& memory() { return *memory_; }
    Staging& staging() { return *staging_; }
    Marks& marks() { return *marks_; }
    ProductPlans& products() { return *products_; }

private:
    /// The device that is current for this thread, as far as queues made it so.
    static constinit thread_local int current;

    void makeCurrent() const;
    void close();

    int index_ = 0;
    cudaStream_t stream_ = nullptr;
    cublasHandle_t blas_ = nullptr;
    void* blasWorkspace_ = nullptr;
    std::size_t blasWorkspaceBytes_ = 0;
    bool tf32_ = false;
    cudaDeviceProp properties_{};
    void* scratch_ = nullptr;
    std::size_t scratchBytes_ = 0;
    unsigned* tickets_ = nullptr;
    std::unique_ptr<MemoryPool> memory_;
    std::unique_ptr<Staging> staging_;
    std::unique_ptr<Marks> marks_;
    std::unique_ptr<ProductPlans> products_;
};

} // namespace inlay::kernels::cuda
