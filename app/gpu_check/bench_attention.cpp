#include <cmath>
#include <memory>

#include "app/gpu_check/op_bench.h"

namespace inlay::app {
namespace {

using namespace engine;

class AttentionLayer {
public:
    AttentionLayer(const Device& device, const kernels::Attention& spec)
        : device_(device)
        , spec_(spec)
        , qkv_(normalTensor(device, {spec.batch * spec.tokens, 3 * width()}))
        , g_(normalTensor(device, {spec.batch * spec.tokens, width()}))
        , gQkv_(device, qkv_.shape(), device.computeType())
        , out_(device, g_.shape(), device.computeType())
        , logSumExp_(device, {spec.batch * spec.heads, spec.tokens}, device.parameterType()) {
        forward();
    }

    void forward() {
        kernels::Backend& backend = device_.backend();
        backend.attention(spec_, part(qkv_, 0), part(qkv_, 1), part(qkv_, 2), out_.view(),
                          logSumExp_.view(),
                          device_.scratch(backend.attentionScratch(spec_, device_.computeType())));
    }

    void backward() {
        kernels::Backend& backend = device_.backend();
        backend.attentionBackward(
            spec_, part(qkv_, 0), part(qkv_, 1), part(qkv_, 2), out_.view(), logSumExp_.view(),
            g_.view(), part(gQkv_, 0), part(gQkv_, 1), part(gQkv_, 2),
            device_.scratch(backend.attentionBackwardScratch(spec_, device_.computeType())));
    }

    /// Two products of tokens^2 x headDim forward, five backward.
    Cost cost(bool backward) const {
        const double tokens = static_cast<double>(spec_.tokens);
        const double product = 2.0 * static_cast<double>(spec_.batch * width()) * tokens * tokens;
        const double activation = static_cast<double>(out_.bytes());
        return backward ? Cost{5.0 * product, 8.0 * activation}
                        : Cost{2.0 * product, 4.0 * activation};
    }

private:
    std::int64_t width() const { return spec_.heads * spec_.headDim; }
    kernels::View part(Tensor& tensor, std::int64_t i) const {
        return kernels::columns(tensor.view(), i * width(), width());
    }

    Device device_;
    kernels::Attention spec_;
    Tensor qkv_, g_, gQkv_, out_, logSumExp_;
};

} // namespace

void addAttentionBenches(OpBenches& benches, Scale scale) {
    struct Size {
        std::int64_t batch, tokens, heads, headDim;
    };
    const std::vector<Size> sizes =
        scale == Scale::Real
            ? std::vector<Size>{{128, 16, 4, 24}, {64, 196, 12, 64}, {16, 1024, 12, 64}}
            : std::vector<Size>{{2, 5, 2, 8}};
    for (const Size& s : sizes)
        for (const bool backward : {false, true})
            benches.push_back(
                {"attention batch=" + std::to_string(s.batch) +
                     " tokens=" + std::to_string(s.tokens) + " heads=" + std::to_string(s.heads) +
                     " head=" + std::to_string(s.headDim) + (backward ? " backward" : " forward"),
                 [=](const Device& device) {
                     kernels::Attention spec{s.batch,   s.tokens, s.heads, s.heads,
                                             s.headDim, false,    1.0};
                     spec.scale = 1.0 / std::sqrt(static_cast<double>(s.headDim));
                     auto layer = std::make_shared<AttentionLayer>(device, spec);
                     std::function<void()> call = [layer] {
                         layer->forward();
                     };
                     if (backward)
                         call = [layer] {
                             layer->backward();
                         };
                     return Prepared{call, layer->cost(backward), {}};
                 }});
}

} // namespace inlay::app
