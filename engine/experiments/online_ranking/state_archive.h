#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "engine/interop/safetensors.h"

namespace inlay::engine::online_ranking {

/// Writes the state of a run to a checkpoint or fills it from one: each part of the state names its
/// members once, in value() and values(), for both ways.
class StateArchive {
public:
    /// Collects.
    StateArchive() = default;
    /// Restores into values of the same sizes; throws Error for others. `file` outlives the
    /// archive.
    explicit StateArchive(const SafetensorsFile& file)
        : file_(&file) {}

    bool restoring() const { return file_ != nullptr; }
    void enter(const std::string& prefix) { prefix_ = prefix; }

    void value(const std::string& name, double& value);
    void value(const std::string& name, std::int64_t& value);
    void values(const std::string& name, std::vector<double>& values);
    void values(const std::string& name, std::vector<std::int32_t>& values);
    void values(const std::string& name, std::vector<std::int64_t>& values);

    /// Writes what was collected.
    void save(const std::string& path, const SafetensorsMetadata& metadata) const;

private:
    struct Tensor {
        std::string name;
        SafetensorsType type;
        std::int64_t count;
        std::vector<std::byte> bytes;
    };
    template <class Value>
    void transfer(const std::string& name, SafetensorsType type, std::vector<Value>& values);

    const SafetensorsFile* file_ = nullptr;
    std::string prefix_;
    std::deque<Tensor> tensors_;
};

} // namespace inlay::engine::online_ranking
