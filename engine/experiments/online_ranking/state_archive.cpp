#include "engine/experiments/online_ranking/state_archive.h"

#include <cstring>

#include <fmt/format.h>

#include "engine/base/error.h"

namespace inlay::engine::online_ranking {

template <class Value>
void StateArchive::transfer(const std::string& name, SafetensorsType type,
                            std::vector<Value>& values) {
    const std::string full = prefix_ + name;
    if (!file_) {
        Tensor tensor{full, type, static_cast<std::int64_t>(values.size()), {}};
        tensor.bytes.resize(values.size() * sizeof(Value));
        if (!values.empty())
            std::memcpy(tensor.bytes.data(), values.data(), tensor.bytes.size());
        tensors_.push_back(std::move(tensor));
        return;
    }
    const SafetensorsEntry& entry = file_->at(full);
    if (entry.type != type || entry.shape.size() != 1)
        throw Error(fmt::format("{}: {} is {}, expected a list of {}", file_->path(), full,
                                safetensorsTypeName(entry.type), safetensorsTypeName(type)));
    // A fork may have asked for other items or algorithms.
    if (entry.elements() != static_cast<std::int64_t>(values.size()))
        throw Error(fmt::format("{}: {} has {} numbers, this configuration needs {}; a run goes on "
                                "with the items and algorithms it began with",
                                file_->path(), full, entry.elements(), values.size()));
    file_->read(entry, std::as_writable_bytes(std::span(values)));
}

void StateArchive::values(const std::string& name, std::vector<double>& values) {
    transfer(name, SafetensorsType::F64, values);
}
void StateArchive::values(const std::string& name, std::vector<std::int32_t>& values) {
    transfer(name, SafetensorsType::I32, values);
}
void StateArchive::values(const std::string& name, std::vector<std::int64_t>& values) {
    transfer(name, SafetensorsType::I64, values);
}

void StateArchive::value(const std::string& name, double& value) {
    std::vector<double> one = {value};
    values(name, one);
    value = one.at(0);
}

void StateArchive::value(const std::string& name, std::int64_t& value) {
    std::vector<std::int64_t> one = {value};
    values(name, one);
    value = one.at(0);
}

void StateArchive::save(const std::string& path, const SafetensorsMetadata& metadata) const {
    std::vector<SafetensorsTensor> tensors;
    for (const Tensor& tensor : tensors_)
        tensors.push_back({tensor.name, tensor.type, {tensor.count}, tensor.bytes});
    writeSafetensors(path, tensors, metadata);
}

} // namespace inlay::engine::online_ranking
