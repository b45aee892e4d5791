#include "kernels/cuda/two_four_cusparselt.h"

#include <cstdlib>

#include <dlfcn.h>
#include <library_types.h>

#include "kernels/error.h"

namespace inlay::kernels::cuda {

// The library's own types, as its version 0.8 declares them and 0.10 still does: five opaque
// structures of 512 bytes aligned to 16, which later versions may widen, and enumerations.

struct SparseLibrary::Opaque {
    alignas(16) std::uint8_t data[8192] = {};
};

namespace {

constexpr int kSuccess = 0;
constexpr int kAsIs = 0; // cusparseOperation_t
constexpr int kTransposed = 1;
constexpr int kByColumns = 1; // cusparseOrder_t
constexpr int kByRows = 2;
constexpr int kHalfOfFour = 0;  // cusparseLtSparsity_t
constexpr int kSumsInF32 = 2;   // cusparseComputeType
constexpr int kFirstChoice = 0; // cusparseLtMatmulAlg_t
constexpr int kAlgorithmId = 0; // cusparseLtMatmulAlgAttribute_t
constexpr std::uint32_t kAlignment = 16;

template <typename Function>
bool look(void* library, const char* name, Function& function, std::string& reason) {
    function = reinterpret_cast<Function>(dlsym(library, name));
    if (function == nullptr)
        reason = std::string("cuSPARSELt has no ") + name;
    return function != nullptr;
}

} // namespace

struct SparseLibrary::Functions {
    using Status = int;

    Status (*init)(void* handle);
    Status (*destroy)(const void* handle);
    Status (*property)(int type, int* value);
    const char* (*errorString)(Status status);
    Status (*dense)(const void* handle, void* matrix, std::int64_t rows, std::int64_t cols,
                    std::int64_t stride, std::uint32_t alignment, cudaDataType type, int order);
    Status (*structured)(const void* handle, void* matrix, std::int64_t rows, std::int64_t cols,
                         std::int64_t stride, std::uint32_t alignment, cudaDataType type, int order,
                         int sparsity);
    Status (*destroyMatrix)(const void* matrix);
    Status (*product)(const void* handle, void* product, int operationA, int operationB,
                      const void* a, const void* b, const void* c, const void* d, int compute);
    Status (*selection)(const void* handle, void* selection, const void* product, int algorithm);
    Status (*destroySelection)(const void* selection);
    Status (*getAttribute)(const void* handle, const void* selection, int attribute, void* value,
                           std::size_t bytes);
    Status (*plan)(const void* handle, void* plan, const void* product, const void* selection);
    Status (*destroyPlan)(const void* plan);
    Status (*workspace)(const void* handle, const void* plan, std::size_t* bytes);
    Status (*multiply)(const void* handle, const void* plan, const void* alpha, const void* a,
                       const void* b, const void* beta, const void* c, void* d, void* workspace,
                       cudaStream_t* streams, std::int32_t count);
    Status (*search)(const void* handle, void* plan, const void* alpha, const void* a,
                     const void* b, const void* beta, const void* c, void* d, void* workspace,
                     cudaStream_t* streams, std::int32_t count);
    Status (*compressedSize)(const void* handle, const void* matrix, std::size_t* bytes,
                             std::size_t* scratch);
    Status (*compress)(const void* handle, const void* matrix, int isFirst, int operation,
                       const void* dense, void* compressed, void* scratch, cudaStream_t stream);

    bool load(void* library, std::string& reason) {
        return look(library, "cusparseLtInit", init, reason) &&
               look(library, "cusparseLtDestroy", destroy, reason) &&
               look(library, "cusparseLtGetProperty", property, reason) &&
               look(library, "cusparseLtGetErrorString", errorString, reason) &&
               look(library, "cusparseLtDenseDescriptorInit", dense, reason) &&
               look(library, "cusparseLtStructuredDescriptorInit", structured, reason) &&
               look(library, "cusparseLtMatDescriptorDestroy", destroyMatrix, reason) &&
               look(library, "cusparseLtMatmulDescriptorInit", product, reason) &&
               look(library, "cusparseLtMatmulAlgSelectionInit", selection, reason) &&
               look(library, "cusparseLtMatmulAlgSelectionDestroy", destroySelection, reason) &&
               look(library, "cusparseLtMatmulAlgGetAttribute", getAttribute, reason) &&
               look(library, "cusparseLtMatmulPlanInit", plan, reason) &&
               look(library, "cusparseLtMatmulPlanDestroy", destroyPlan, reason) &&
               look(library, "cusparseLtMatmulGetWorkspace", workspace, reason) &&
               look(library, "cusparseLtMatmul", multiply, reason) &&
               look(library, "cusparseLtMatmulSearch", search, reason) &&
               look(library, "cusparseLtSpMMACompressedSize2", compressedSize, reason) &&
               look(library, "cusparseLtSpMMACompress2", compress, reason);
    }
};

SparseLibrary::SparseLibrary()
    : functions_(std::make_unique<Functions>())
    , handle_(std::make_unique<Opaque>()) {}

SparseLibrary::~SparseLibrary() {
    if (initialized_)
        functions_->destroy(handle_.get());
}

std::unique_ptr<SparseLibrary> SparseLibrary::open(std::string& reason) {
    const char* named = std::getenv("INLAY_CUSPARSELT");
    const std::string file = named != nullptr && *named != '\0' ? named : "libcusparseLt.so.0";
    void* opened = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (opened == nullptr) {
        reason = "cuSPARSELt was not found (" + std::string(dlerror()) +
                 "; INLAY_CUSPARSELT names its file)";
        return nullptr;
    }
    std::unique_ptr<SparseLibrary> library(new SparseLibrary);
    if (!library->functions_->load(opened, reason))
        return nullptr;
    int version[3] = {0, 0, 0}; // libraryPropertyType: major, minor, patch level
    for (int i = 0; i < 3; ++i)
        library->functions_->property(i, &version[i]);
    library->name_ = "cuSPARSELt " + std::to_string(version[0]) + "." + std::to_string(version[1]) +
                     "." + std::to_string(version[2]);
    if (version[0] != 0 || version[1] < 8) {
        reason = library->name_ + " is not known here (0.8 and later 0.x are)";
        return nullptr;
    }
    const int status = library->functions_->init(library->handle_.get());
    if (status != kSuccess) {
        reason = library->name_ + " does not start: " + library->functions_->errorString(status);
        return nullptr;
    }
    library->initialized_ = true;
    return library;
}

struct SparseProduct::Descriptors {
    SparseLibrary::Opaque values;
    SparseLibrary::Opaque inputs;
    SparseLibrary::Opaque results;
    SparseLibrary::Opaque product;
    SparseLibrary::Opaque selection;
    SparseLibrary::Opaque plan;
    // How far the making came.
    bool hasValues = false;
    bool hasInputs = false;
    bool hasResults = false;
    bool hasSelection = false;
    bool hasPlan = false;
};

SparseProduct::SparseProduct(const SparseLibrary& library)
    : library_(library)
    , descriptors_(std::make_unique<Descriptors>()) {}

SparseProduct::~SparseProduct() {
    const SparseLibrary::Functions& f = *library_.functions_;
    const Descriptors& d = *descriptors_;
    if (d.hasPlan)
        f.destroyPlan(&d.plan);
    if (d.hasSelection)
        f.destroySelection(&d.selection);
    if (d.hasResults)
        f.destroyMatrix(&d.results);
    if (d.hasInputs)
        f.destroyMatrix(&d.inputs);
    if (d.hasValues)
        f.destroyMatrix(&d.values);
}

/// Empty when all went well, otherwise the library's words. In its terms D = A B^T with A = W^T and
/// B = x by rows, and D = Y^T by columns, which is y by rows.
std::string SparseProduct::describe(std::int64_t m, std::int64_t n, std::int64_t k) {
    const SparseLibrary::Functions& f = *library_.functions_;
    const void* handle = library_.handle_.get();
    Descriptors& d = *descriptors_;
    int status = kSuccess;
    const auto done = [&](int result) {
        status = result;
        return status == kSuccess;
    };
    d.hasValues = done(
        f.structured(handle, &d.values, m, k, k, kAlignment, CUDA_R_16BF, kByRows, kHalfOfFour));
    d.hasInputs =
        d.hasValues && done(f.dense(handle, &d.inputs, n, k, k, kAlignment, CUDA_R_16BF, kByRows));
    d.hasResults = d.hasInputs &&
                   done(f.dense(handle, &d.results, m, n, m, kAlignment, CUDA_R_16BF, kByColumns));
    if (d.hasResults && done(f.product(handle, &d.product, kAsIs, kTransposed, &d.values, &d.inputs,
                                       &d.results, &d.results, kSumsInF32)))
        d.hasSelection = done(f.selection(handle, &d.selection, &d.product, kFirstChoice));
    d.hasPlan = d.hasSelection && done(f.plan(handle, &d.plan, &d.product, &d.selection));
    if (d.hasPlan &&
        done(f.compressedSize(handle, &d.values, &compressedBytes_, &compressionScratch_)))
        done(f.workspace(handle, &d.plan, &workspaceBytes_));
    return status == kSuccess ? std::string() : f.errorString(status);
}

std::unique_ptr<SparseProduct> SparseProduct::make(const SparseLibrary& library, std::int64_t m,
                                                   std::int64_t n, std::int64_t k,
                                                   std::string& reason) {
    std::unique_ptr<SparseProduct> product(new SparseProduct(library));
    const std::string words = product->describe(m, n, k);
    if (words.empty())
        return product;
    reason = library.name() + " refuses the shape: " + words;
    return nullptr;
}

void SparseProduct::compress(const void* dense, void* compressed, void* scratch,
                             cudaStream_t stream) const {
    const int status = library_.functions_->compress(library_.handle_.get(), &descriptors_->values,
                                                     1, kAsIs, dense, compressed, scratch, stream);
    if (status != kSuccess)
        throw Error(library_.name() +
                    " does not compress: " + library_.functions_->errorString(status) + ".");
}

void SparseProduct::multiply(const void* compressed, const void* x, void* y, void* workspace,
                             cudaStream_t stream) const {
    const float one = 1.0f;
    const float zero = 0.0f;
    const int status =
        library_.functions_->multiply(library_.handle_.get(), &descriptors_->plan, &one, compressed,
                                      x, &zero, y, y, workspace, &stream, 1);
    if (status != kSuccess)
        throw Error(library_.name() +
                    " does not multiply: " + library_.functions_->errorString(status) + ".");
}

bool SparseProduct::search(const void* compressed, const void* x, void* y, void* workspace,
                           cudaStream_t stream) {
    const float one = 1.0f;
    const float zero = 0.0f;
    const SparseLibrary::Functions& f = *library_.functions_;
    const int status = f.search(library_.handle_.get(), &descriptors_->plan, &one, compressed, x,
                                &zero, y, y, workspace, &stream, 1);
    // The algorithm it found may want more.
    return status == kSuccess &&
           f.workspace(library_.handle_.get(), &descriptors_->plan, &workspaceBytes_) == kSuccess;
}

int SparseProduct::algorithm() const {
    int id = -1;
    library_.functions_->getAttribute(library_.handle_.get(), &descriptors_->selection,
                                      kAlgorithmId, &id, sizeof id);
    return id;
}

} // namespace inlay::kernels::cuda
