#include "kernels/cuda/product_plans.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <type_traits>

#include "kernels/cuda/blas_check.h"
#include "kernels/cuda/queue.h"

namespace inlay::kernels::cuda {
namespace {

/// More shapes than any run has; beyond them the table starts anew.
constexpr std::size_t kMostPlans = 8192;
/// cublasLt's kernels load a bias in vectors.
constexpr std::int64_t kBiasAlignment = 16;

cudaDataType_t typeOf(DType dtype) {
    return dtype == DType::BF16 ? CUDA_R_16BF : CUDA_R_32F;
}

/// The largest power of two up to 256 that divides the address and all distances in bytes.
std::int64_t alignmentOf(ConstBatchView batch) {
    const auto size = static_cast<std::int64_t>(sizeOf(batch.first.dtype));
    std::int64_t bits =
        static_cast<std::int64_t>(reinterpret_cast<std::intptr_t>(batch.first.data)) |
        (leading(batch.first) * size) | 256;
    if (batch.batch > 1)
        bits |= batch.batchStride * size;
    return bits & -bits;
}

/// A handle of cublasLt with its destructor.
template <typename Handle, auto Destroy>
struct Owned {
    Handle handle = nullptr;
    Owned() = default;
    Owned(const Owned&) = delete;
    Owned& operator=(const Owned&) = delete;
    ~Owned() {
        if (handle != nullptr)
            Destroy(handle);
    }
};
using Operation = Owned<cublasLtMatmulDesc_t, cublasLtMatmulDescDestroy>;
using Layout = Owned<cublasLtMatrixLayout_t, cublasLtMatrixLayoutDestroy>;
using Preference = Owned<cublasLtMatmulPreference_t, cublasLtMatmulPreferenceDestroy>;

template <typename T>
void set(const Operation& operation, cublasLtMatmulDescAttributes_t attribute, const T& value) {
    INLAY_CUBLAS(cublasLtMatmulDescSetAttribute(operation.handle, attribute, &value, sizeof value));
}

template <typename T>
void set(const Preference& preference, cublasLtMatmulPreferenceAttributes_t attribute, T value) {
    INLAY_CUBLAS(
        cublasLtMatmulPreferenceSetAttribute(preference.handle, attribute, &value, sizeof value));
}

} // namespace

/// Everything the choice of an algorithm depends on; in the order a, b, c, d of FusedProduct.
struct ProductPlans::Key {
    struct Operand {
        std::int64_t rows = 0;
        std::int64_t cols = 0;
        std::int64_t leadingDimension = 0;
        std::int64_t batchStride = 0;
        std::int64_t alignment = 0;
        std::int64_t type = 0;
        bool operator==(const Operand&) const = default;
    };
    std::array<Operand, 4> operands;
    std::int64_t batch = 1;
    std::int64_t transposed = 0; // bit 0: a, bit 1: b
    std::int64_t epilogue = CUBLASLT_EPILOGUE_DEFAULT;
    std::int64_t biasType = -1;
    std::int64_t compute = 0;
    std::int64_t withC = 0;

    bool operator==(const Key&) const = default;
};

struct ProductPlans::Plan {
    Operation operation;
    std::array<Layout, 4> layouts;
    cublasLtMatmulAlgo_t algorithm{};
    bool usable = false;
};

std::size_t ProductPlans::KeyHash::operator()(const Key& key) const {
    static_assert(sizeof(Key) % sizeof(std::uint64_t) == 0);
    static_assert(std::has_unique_object_representations_v<Key>);
    const auto* words = reinterpret_cast<const std::uint64_t*>(&key);
    std::uint64_t hash = 0;
    for (std::size_t i = 0; i < sizeof(Key) / sizeof(std::uint64_t); ++i)
        hash = (hash ^ words[i]) * 0x9E3779B97F4A7C15ull + (hash >> 29);
    return hash ^ (hash >> 32);
}

ProductPlans::ProductPlans(Queue& queue)
    : queue_(queue)
    , plans_(std::make_unique<Table>()) {}

ProductPlans::~ProductPlans() = default;

namespace {

/// An operand that is not read need not be described: it stands for d then.
ConstBatchView addend(const FusedProduct& product) {
    return product.spec.beta == 0.0 ? ConstBatchView(product.d) : product.c;
}

ProductPlans::Key keyOf(const FusedProduct& product, bool tf32) {
    ProductPlans::Key key;
    const ConstBatchView d = product.d;
    const std::array<ConstBatchView, 4> views{product.a, product.b, addend(product), d};
    for (std::size_t i = 0; i < views.size(); ++i) {
        const ConstView& view = views[i].first;
        key.operands[i] = {view.rows,
                           view.cols,
                           leading(view),
                           d.batch > 1 ? views[i].batchStride : 0,
                           alignmentOf(views[i]),
                           typeOf(view.dtype)};
    }
    key.batch = d.batch;
    key.transposed =
        (product.spec.a == Transpose::Yes ? 1 : 0) | (product.spec.b == Transpose::Yes ? 2 : 0);
    if (product.bias.given()) {
        key.epilogue = CUBLASLT_EPILOGUE_BIAS;
        key.biasType = typeOf(product.bias.dtype);
    }
    const bool rounds = tf32 && product.a.first.dtype == DType::F32;
    key.compute = rounds ? CUBLAS_COMPUTE_32F_FAST_TF32 : CUBLAS_COMPUTE_32F;
    key.withC = product.spec.beta != 0.0 ? 1 : 0;
    return key;
}

/// A row-major matrix is the transpose of a column-major one with the same memory.
void describe(Layout& layout, const ProductPlans::Key::Operand& operand, std::int64_t batch) {
    INLAY_CUBLAS(cublasLtMatrixLayoutCreate(
        &layout.handle, static_cast<cudaDataType_t>(operand.type),
        static_cast<std::uint64_t>(operand.cols), static_cast<std::uint64_t>(operand.rows),
        operand.leadingDimension));
    if (batch == 1)
        return;
    const auto count = static_cast<std::int32_t>(batch);
    INLAY_CUBLAS(cublasLtMatrixLayoutSetAttribute(layout.handle, CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT,
                                                  &count, sizeof count));
    INLAY_CUBLAS(
        cublasLtMatrixLayoutSetAttribute(layout.handle, CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET,
                                         &operand.batchStride, sizeof operand.batchStride));
}

cublasLtHandle_t handleOf(const Queue& queue) {
    // A cuBLAS handle is one of cublasLt too.
    return reinterpret_cast<cublasLtHandle_t>(queue.blas());
}

} // namespace

// d^T = op(b)^T op(a)^T: in the column-major terms of cuBLAS b comes first.
std::unique_ptr<ProductPlans::Plan> ProductPlans::makePlan(const Key& key, const void* bias) {
    auto plan = std::make_unique<Plan>();
    INLAY_CUBLAS(cublasLtMatmulDescCreate(
        &plan->operation.handle, static_cast<cublasComputeType_t>(key.compute), CUDA_R_32F));
    const cublasOperation_t first = (key.transposed & 2) != 0 ? CUBLAS_OP_T : CUBLAS_OP_N;
    const cublasOperation_t second = (key.transposed & 1) != 0 ? CUBLAS_OP_T : CUBLAS_OP_N;
    set(plan->operation, CUBLASLT_MATMUL_DESC_TRANSA, first);
    set(plan->operation, CUBLASLT_MATMUL_DESC_TRANSB, second);
    set(plan->operation, CUBLASLT_MATMUL_DESC_EPILOGUE,
        static_cast<cublasLtEpilogue_t>(key.epilogue));
    if (bias != nullptr) {
        set(plan->operation, CUBLASLT_MATMUL_DESC_BIAS_POINTER, bias);
        set(plan->operation, CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE,
            static_cast<std::int32_t>(key.biasType));
    }
    for (std::size_t i = 0; i < plan->layouts.size(); ++i)
        describe(plan->layouts[i], key.operands[i], key.batch);

    Preference preference;
    INLAY_CUBLAS(cublasLtMatmulPreferenceCreate(&preference.handle));
    set(preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES,
        static_cast<std::uint64_t>(queue_.blasWorkspaceBytes()));
    // Split sums in f32 and a fixed order only.
    set(preference, CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK,
        static_cast<std::uint32_t>(CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE));
    const auto alignment = [&](std::size_t i) {
        return static_cast<std::uint32_t>(key.operands[i].alignment);
    };
    set(preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES, alignment(1));
    set(preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES, alignment(0));
    set(preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES, alignment(2));
    set(preference, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES, alignment(3));

    std::array<cublasLtMatmulHeuristicResult_t, 4> found{};
    int count = 0;
    // Fails where a combination is not supported; then the product is done otherwise.
    if (cublasLtMatmulAlgoGetHeuristic(handleOf(queue_), plan->operation.handle,
                                       plan->layouts[1].handle, plan->layouts[0].handle,
                                       plan->layouts[2].handle, plan->layouts[3].handle,
                                       preference.handle, static_cast<int>(found.size()),
                                       found.data(), &count) != CUBLAS_STATUS_SUCCESS)
        return plan;
    for (int i = 0; i < count && !plan->usable; ++i) {
        const cublasLtMatmulHeuristicResult_t& result = found[static_cast<std::size_t>(i)];
        plan->usable = result.state == CUBLAS_STATUS_SUCCESS &&
                       result.workspaceSize <= queue_.blasWorkspaceBytes();
        plan->algorithm = result.algo;
    }
    return plan;
}

/// Null when there is no usable one.
ProductPlans::Plan* ProductPlans::planFor(const FusedProduct& product) {
    const void* bias = product.bias.data;
    if (reinterpret_cast<std::uintptr_t>(bias) % kBiasAlignment != 0)
        return nullptr;
    const Key key = keyOf(product, queue_.tf32());
    auto found = plans_->find(key);
    if (found == plans_->end()) {
        if (plans_->size() >= kMostPlans)
            plans_->clear();
        found = plans_->emplace(key, makePlan(key, bias)).first;
    }
    return found->second->usable ? found->second.get() : nullptr;
}

bool ProductPlans::knows(const FusedProduct& product) {
    return planFor(product) != nullptr;
}

bool ProductPlans::run(const FusedProduct& product) {
    const cudaStream_t stream = queue_.stream();
    Plan* found = planFor(product);
    if (found == nullptr)
        return false;
    Plan& plan = *found;
    const void* bias = product.bias.data;
    if (bias != nullptr)
        set(plan.operation, CUBLASLT_MATMUL_DESC_BIAS_POINTER, bias);
    const auto alpha = static_cast<float>(product.spec.alpha);
    const auto beta = static_cast<float>(product.spec.beta);
    const cublasStatus_t status =
        cublasLtMatmul(handleOf(queue_), plan.operation.handle, &alpha, product.b.first.data,
                       plan.layouts[1].handle, product.a.first.data, plan.layouts[0].handle, &beta,
                       addend(product).first.data, plan.layouts[2].handle, product.d.first.data,
                       plan.layouts[3].handle, &plan.algorithm, queue_.blasWorkspace(),
                       queue_.blasWorkspaceBytes(), stream);
    if (status == CUBLAS_STATUS_NOT_SUPPORTED || status == CUBLAS_STATUS_INVALID_VALUE) {
        plan.usable = false; // refused before anything was enqueued
        return false;
    }
    checkBlas(status, "cublasLtMatmul", __FILE__, __LINE__);
    return true;
}

} // namespace inlay::kernels::cuda
