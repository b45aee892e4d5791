#include "engine/runner/tensor_file.h"

#include <algorithm>
#include <cassert>
#include <span>

#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/interop/safetensors.h"

namespace inlay::engine {
namespace {

constexpr const char* kStateKey = "state";

SafetensorsType typeOf(DType dtype) {
    switch (static_cast<int>(dtype)) {
    case 0:
        return SafetensorsType::F32;
    case 1:
        return SafetensorsType::BF16;
    case 2:
        return SafetensorsType::F64;
    case 3:
        return SafetensorsType::I32;
    default:
        return SafetensorsType::U8;
    }
}

std::string shapeText(const std::vector<std::int64_t>& sizes) {
    return Shape(sizes).text();
}

/// Host copies of tensors with the descriptions that the file format wants.
struct HostTensors {
    std::vector<std::vector<std::uint8_t>> bytes;
    std::vector<SafetensorsTensor> tensors;
};

HostTensors copyToHost(const std::vector<CheckpointTensor>& tensors) {
    HostTensors host;
    host.bytes.reserve(tensors.size());
    for (const CheckpointTensor& entry : tensors) {
        host.bytes.push_back(entry.tensor->toBytes());
        host.tensors.push_back({entry.name, typeOf(entry.tensor->dtype()),
                                entry.tensor->shape().sizes(),
                                std::as_bytes(std::span(host.bytes.back()))});
    }
    return host;
}

} // namespace

void writeCheckpointFile(const std::string& path, const std::vector<CheckpointTensor>& tensors,
                         const Json& state) {
    const HostTensors host = copyToHost(tensors);
    writeSafetensors(path, host.tensors, {{kStateKey, dumpJson(state)}});
}

bool checkpointHolds(const std::string& path, const std::vector<CheckpointTensor>& tensors) {
    const SafetensorsFile file(path);
    return std::all_of(tensors.begin(), tensors.end(), [&file](const CheckpointTensor& entry) {
        return file.find(entry.name) != nullptr;
    });
}

Json readCheckpointFile(const std::string& path, const std::vector<CheckpointTensor>& tensors) {
    const SafetensorsFile file(path);
    const auto text = file.metadata().find(kStateKey);
    if (text == file.metadata().end())
        throw Error(fmt::format("{} is not a training checkpoint: it has no state.", path));
    std::vector<std::uint8_t> raw;
    for (const CheckpointTensor& entry : tensors) {
        const SafetensorsEntry& found = file.at(entry.name);
        if (found.shape != entry.tensor->shape().sizes() ||
            found.type != typeOf(entry.tensor->dtype()))
            throw Error(fmt::format(
                "{} belongs to another network: {} is {} {} there and {} {} "
                "here.",
                path, entry.name, safetensorsTypeName(found.type), shapeText(found.shape),
                safetensorsTypeName(typeOf(entry.tensor->dtype())), entry.tensor->shape().text()));
        raw.resize(entry.tensor->bytes());
        file.read(found, std::as_writable_bytes(std::span(raw)));
        entry.tensor->setBytes(raw);
    }
    return parseJson(text->second, path);
}

void writeModelFile(const std::string& path, const std::vector<CheckpointTensor>& tensors,
                    const Json& description) {
    const HostTensors host = copyToHost(tensors);
    writeSafetensors(path, host.tensors, {{"inlay", dumpJson(description)}});
}

} // namespace inlay::engine
