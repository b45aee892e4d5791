#pragma once

// NVIDIA's library for 2:4 products, cuSPARSELt, which is not part of the CUDA toolkit: it is
// looked for at run time, and nothing of it is needed to build.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include <cuda_runtime_api.h>

namespace inlay::kernels::cuda {

/// The library, opened for the device that is current. Never closed: a CUDA context does not
/// survive its libraries.
class SparseLibrary {
public:
    /// Opens libcusparseLt.so.0, or the file that the environment variable INLAY_CUSPARSELT names.
    /// Null when it cannot be used; then `reason` says why, as part of a sentence.
    static std::unique_ptr<SparseLibrary> open(std::string& reason);
    ~SparseLibrary();
    SparseLibrary(const SparseLibrary&) = delete;
    SparseLibrary& operator=(const SparseLibrary&) = delete;

    /// "cuSPARSELt 0.8.1".
    const std::string& name() const { return name_; }

private:
    friend class SparseProduct;
    struct Functions;
    struct Opaque;

    SparseLibrary();

    std::unique_ptr<Functions> functions_;
    std::unique_ptr<Opaque> handle_;
    bool initialized_ = false;
    std::string name_;
};

/// y (n x m) = x (n x k) W in bf16 with f32 sums, all matrices without gaps and aligned to 16
/// bytes; W^T (m x k) is given compressed. Made for one shape.
class SparseProduct {
public:
    /// Null when the library refuses the shape; then `reason` says why.
    static std::unique_ptr<SparseProduct> make(const SparseLibrary& library, std::int64_t m,
                                               std::int64_t n, std::int64_t k, std::string& reason);
    ~SparseProduct();
    SparseProduct(const SparseProduct&) = delete;
    SparseProduct& operator=(const SparseProduct&) = delete;

    std::size_t compressedBytes() const { return compressedBytes_; }
    std::size_t compressionScratch() const { return compressionScratch_; }
    std::size_t workspaceBytes() const { return workspaceBytes_; }

    // Enqueued. They throw Error with the library's words when it refuses.
    void compress(const void* dense, void* compressed, void* scratch, cudaStream_t stream) const;
    void multiply(const void* compressed, const void* x, void* y, void* workspace,
                  cudaStream_t stream) const;

    /// Times the library's algorithms on these operands, waits, and keeps the fastest. False when
    /// the search fails; then the library's first choice stays.
    bool search(const void* compressed, const void* x, void* y, void* workspace,
                cudaStream_t stream);
    /// The library's number of the algorithm in use; it means nothing in another version.
    int algorithm() const;

private:
    struct Descriptors;

    explicit SparseProduct(const SparseLibrary& library);
    std::string describe(std::int64_t m, std::int64_t n, std::int64_t k);

    const SparseLibrary& library_;
    std::unique_ptr<Descriptors> descriptors_;
    std::size_t compressedBytes_ = 0;
    std::size_t compressionScratch_ = 0;
    std::size_t workspaceBytes_ = 0;
};

} // namespace inlay::kernels::cuda
