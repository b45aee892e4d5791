#include "engine/networks/conv_stack.h"

#include <algorithm>

namespace inlay::engine {

namespace {

ConvLayer convolution(std::int64_t size, std::int64_t channels,
                      ConvActivation activation = ConvActivation::Relu, std::int64_t stride = 1) {
    ConvLayer layer;
    layer.size = size;
    layer.channels = channels;
    layer.activation = activation;
    layer.stride = stride;
    return layer;
}

ConvLayer normedConvolution(std::int64_t size, std::int64_t channels) {
    ConvLayer layer = convolution(size, channels, ConvActivation::LeakyRelu);
    layer.padding = ConvPadding::Same;
    layer.batchNorm = true;
    return layer;
}

ConvLayer maxPool(std::int64_t size = 2, std::int64_t stride = 2) {
    ConvLayer layer;
    layer.kind = ConvLayerKind::MaxPool;
    layer.size = size;
    layer.stride = stride;
    return layer;
}

ConvLayer meanPool() {
    ConvLayer layer;
    layer.kind = ConvLayerKind::MeanPool;
    return layer;
}

/// conv5 - pool - conv3 - pool - conv3 - pool - conv2, section 1.2 of the design's page.
std::vector<ConvLayer> paperCifar(std::int64_t firstStride) {
    return {convolution(5, 64, ConvActivation::Relu, firstStride),
            maxPool(),
            convolution(3, 128),
            maxPool(),
            convolution(3, 256),
            maxPool(),
            convolution(2, 128)};
}

/// The second network of the triplet paper's code, section 1.2 of the design's page: windows in
/// padding that keeps the size, each followed by two 1 x 1 convolutions. 32 > 15 > 7 > 1.
std::vector<ConvLayer> paperNin() {
    std::vector<ConvLayer> layers;
    const auto block = [&](std::int64_t size, std::int64_t first, std::int64_t second,
                           std::int64_t third) {
        layers.push_back(convolution(size, first));
        layers.back().padding = ConvPadding::Same;
        layers.push_back(convolution(1, second));
        layers.push_back(convolution(1, third));
    };
    block(5, 192, 160, 96);
    layers.push_back(maxPool(3, 2));
    block(5, 192, 192, 192);
    layers.push_back(maxPool(3, 2));
    block(3, 192, 192, 192);
    layers.push_back(maxPool(7, 7));
    return layers;
}

std::vector<ConvLayer> spatialContrasting() {
    std::vector<ConvLayer> layers;
    for (const std::int64_t channels : {96, 192}) {
        for (int i = 0; i < 3; ++i)
            layers.push_back(normedConvolution(3, channels));
        layers.push_back(maxPool());
    }
    layers.push_back(normedConvolution(3, 192));
    layers.push_back(normedConvolution(1, 192));
    // A 1 x 1 convolution to the classes before the mean is the same map as the head behind it.
    layers.push_back(meanPool());
    return layers;
}

std::vector<ConvLayer> presetLayers(ConvPreset preset) {
    switch (preset) {
    case ConvPreset::Small:
        return {convolution(5, 16),
                maxPool(),
                convolution(3, 32),
                maxPool(),
                convolution(3, 64, ConvActivation::None),
                maxPool()};
    case ConvPreset::PaperMnist:
        return {convolution(5, 32), maxPool(),           convolution(3, 64),
                maxPool(),          convolution(3, 128), maxPool()};
    case ConvPreset::PaperCifar:
        return paperCifar(1);
    case ConvPreset::PaperStl:
        return paperCifar(3);
    case ConvPreset::PaperNin:
        return paperNin();
    case ConvPreset::SpatialContrasting:
        return spatialContrasting();
    case ConvPreset::Custom:
        break;
    }
    return {};
}

std::string sizeText(std::int64_t a, std::int64_t b) {
    return std::to_string(a) + " x " + std::to_string(b);
}

/// Turns the layer list into stages.
class StageMaker {
public:
    explicit StageMaker(const NetworkInput& input)
        : map_{input.height, input.width, input.channels} {}

    void add(const ConvLayer& layer) {
        switch (layer.kind) {
        case ConvLayerKind::Convolution:
            return addConvolution(layer);
        case ConvLayerKind::MaxPool:
            return addMaxPool(layer);
        case ConvLayerKind::MeanPool: {
            ConvStage stage = begin(layer, "mean", "Mean of the pixels");
            return finish(stage, {1, 1, map_.channels});
        }
        case ConvLayerKind::Dropout: {
            ConvStage stage = begin(layer, "dropout." + std::to_string(dropouts_++), "Dropout");
            return finish(stage, map_);
        }
        case ConvLayerKind::Linear:
            return addLinear(layer, "blocks." + std::to_string(blocks_),
                             "Linear layer " + std::to_string(blocks_ + 1));
        }
    }

    void addHead(std::int64_t classes) {
        ConvLayer layer;
        layer.kind = ConvLayerKind::Linear;
        layer.channels = classes;
        layer.activation = ConvActivation::None;
        addLinear(layer, "head", "Head");
        stages_.back().isHead = true;
    }

    std::vector<ConvStage> take() { return std::move(stages_); }

private:
    ConvStage begin(const ConvLayer& layer, std::string name, std::string title) const {
        ConvStage stage;
        stage.layer = layer;
        stage.name = std::move(name);
        stage.title = std::move(title);
        stage.in = map_;
        return stage;
    }

    void finish(ConvStage& stage, MapSize out) {
        stage.out = out;
        map_ = out;
        stages_.push_back(std::move(stage));
    }

    kernels::Windows windows(const ConvLayer& layer) const {
        return kernels::slidingWindows(
            1, map_.height, map_.width, map_.channels, layer.size, layer.stride,
            layer.padding == ConvPadding::Same ? kernels::Padding::Same : kernels::Padding::Valid);
    }

    void addConvolution(const ConvLayer& layer) {
        const std::string number = std::to_string(blocks_ + 1);
        ConvStage stage = begin(layer, "blocks." + std::to_string(blocks_),
                                "Convolution " + number + " (" + sizeText(layer.size, layer.size) +
                                    ", " + std::to_string(layer.channels) + ")");
        ++blocks_;
        stage.windows = windows(layer);
        finish(stage, {stage.windows.outHeight, stage.windows.outWidth, layer.channels});
    }

    void addMaxPool(const ConvLayer& layer) {
        const kernels::Windows pool = windows(layer);
        const MapSize out{pool.outHeight, pool.outWidth, map_.channels};
        const std::string name = "pool." + std::to_string(pools_++);
        ConvStage* before = stages_.empty() ? nullptr : &stages_.back();
        const bool joins = before != nullptr && before->pool.taps() == 1 && pool.taps() > 1 &&
                           before->layer.kind == ConvLayerKind::Convolution &&
                           !before->layer.batchNorm;
        if (joins) {
            before->pool = pool;
            before->out = map_ = out;
            return;
        }
        ConvStage stage = begin(layer, name, "Max pooling");
        stage.windows = pool;
        finish(stage, out);
    }

    void addLinear(const ConvLayer& layer, std::string name, std::string title) {
        ConvStage stage = begin(layer, std::move(name), std::move(title));
        ++blocks_;
        finish(stage, {1, 1, layer.channels});
    }

    MapSize map_;
    std::vector<ConvStage> stages_;
    int blocks_ = 0;
    int pools_ = 0;
    int dropouts_ = 0;
};

/// "blocks.1 (conv 3 x 3)"
std::string describe(const ConvStage& stage, std::int64_t size) {
    const bool pools = stage.layer.kind == ConvLayerKind::MaxPool;
    return stage.name + " (" + (pools ? "max pooling " : "convolution ") + sizeText(size, size) +
           ")";
}

/// The sentence for windows that do not fit their map; empty when they do.
std::string misfit(const std::string& layer, const kernels::Windows& w, const NetworkInput& input) {
    if (w.outHeight > 0 && w.outWidth > 0)
        return {};
    return layer + " has a window larger than its map of " + sizeText(w.height, w.width) +
           ", so that nothing is left of it; images of " + sizeText(input.height, input.width) +
           " are too small for this network.";
}

} // namespace

std::vector<ConvLayer> convLayers(const ConvNetConfig& config) {
    if (config.preset == ConvPreset::Custom)
        return config.stack;
    std::vector<ConvLayer> layers;
    for (const ConvLayer& layer : presetLayers(config.preset)) {
        layers.push_back(layer);
        if (layer.kind == ConvLayerKind::MaxPool && config.dropout > 0.0) {
            ConvLayer drop;
            drop.kind = ConvLayerKind::Dropout;
            drop.rate = config.dropout;
            layers.push_back(drop);
        }
    }
    return layers;
}

std::vector<ConvStage> convStages(const ConvNetConfig& config, const NetworkInput& input) {
    StageMaker maker(input);
    for (const ConvLayer& layer : convLayers(config))
        maker.add(layer);
    if (input.classes > 0)
        maker.addHead(input.classes);
    return maker.take();
}

std::vector<Issue> checkConvNet(const ConvNetConfig& config, const NetworkInput& input) {
    const bool custom = config.preset == ConvPreset::Custom;
    const std::string key = custom ? "stack" : "preset";
    if (custom && config.stack.empty())
        return {{key, "The layer list is empty; it needs at least one layer."}};
    for (std::size_t i = 0; custom && i < config.stack.size(); ++i) {
        const ConvLayer& layer = config.stack[i];
        if (layer.kind == ConvLayerKind::MaxPool && layer.size > 16)
            return {{"stack[" + std::to_string(i) + "].size",
                     std::to_string(layer.size) + " is too large for a pooling; allowed is 1 to "
                                                  "16."}};
    }
    for (const ConvStage& stage : convStages(config, input)) {
        const bool slides = stage.layer.kind == ConvLayerKind::Convolution ||
                            stage.layer.kind == ConvLayerKind::MaxPool;
        if (!slides)
            continue;
        std::string sentence = misfit(describe(stage, stage.layer.size), stage.windows, input);
        if (sentence.empty() && stage.pool.taps() > 1)
            sentence = misfit("The max pooling " +
                                  sizeText(stage.pool.kernelHeight, stage.pool.kernelWidth) +
                                  " behind " + stage.name,
                              stage.pool, input);
        if (!sentence.empty())
            return {{key, sentence}};
    }
    return {};
}

std::vector<LayerShape> convLayerShapes(const ConvNetConfig& config, const NetworkInput& input,
                                        std::int64_t batch) {
    std::vector<LayerShape> layers;
    for (const ConvStage& stage : convStages(config, input)) {
        if (stage.layer.kind == ConvLayerKind::Convolution) {
            // The first one has few inputs, mostly one channel: it is an embedding of the pixels.
            layers.push_back(
                {stage.name, stage.title,
                 layers.empty() ? LayerRole::Embed : LayerRole::Convolution,
                 stage.windows.columns(), stage.layer.channels,
                 RowLayout{batch, stage.windows.outHeight * stage.windows.outWidth, false}});
        } else if (stage.layer.kind == ConvLayerKind::Linear) {
            layers.push_back({stage.name, stage.title,
                              stage.isHead ? LayerRole::Head : LayerRole::Mlp,
                              stage.in.pixels() * stage.in.channels, stage.layer.channels,
                              RowLayout{batch, 1, false}});
        }
    }
    return layers;
}

kernels::Activation kernelActivation(ConvActivation activation) {
    switch (activation) {
    case ConvActivation::None:
        return kernels::Activation::None;
    case ConvActivation::Relu:
        return kernels::Activation::Relu;
    case ConvActivation::LeakyRelu:
        return kernels::Activation::LeakyRelu;
    }
    return kernels::Activation::None;
}

} // namespace inlay::engine
