#include "engine/operators/stl/triple_file.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include <Eigen/QR>
#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/base/json.h"
#include "engine/interop/safetensors.h"
#include "engine/operators/stl/stl_plan.h"

namespace inlay::engine {
namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Map = Eigen::Map<const Matrix>;

constexpr const char* kEncoder = "E_X";

std::vector<double> readDoubles(const SafetensorsFile& file, const SafetensorsEntry& entry) {
    std::vector<double> values;
    if (entry.type == SafetensorsType::F64) {
        values.resize(static_cast<std::size_t>(entry.elements()));
        file.read(entry, std::as_writable_bytes(std::span(values)));
    } else {
        const std::vector<float> floats = file.readFloats(entry);
        values.assign(floats.begin(), floats.end());
    }
    const auto bad = std::count_if(values.begin(), values.end(),
                                   [](double value) { return !std::isfinite(value); });
    if (bad > 0)
        throw Error(fmt::format("{} of the {} numbers of {} in {} are not finite.", bad,
                                values.size(), entry.name, file.path()));
    return values;
}

/// What stands before "E_X": nothing in a file of one triple, "shared/<group>/" in a network's.
std::string prefixOf(const SafetensorsFile& file) {
    std::vector<std::string> prefixes;
    for (const SafetensorsEntry& entry : file.entries())
        if (entry.name == kEncoder || entry.name.ends_with(std::string("/") + kEncoder))
            prefixes.push_back(entry.name.substr(0, entry.name.size() - 3));
    if (prefixes.empty())
        throw Error(fmt::format("{} holds no encoders E_X: it is no triple that a run of the kind "
                                "amm fitted, and no network with STL layers.",
                                file.path()));
    if (prefixes.size() > 1)
        throw Error(fmt::format("{} holds the encoders of {} layers ({}, {}, …); a triple is read "
                                "from a network only where all STL layers share a group.",
                                file.path(), prefixes.size(), prefixes[0] + kEncoder,
                                prefixes[1] + kEncoder));
    return prefixes.front();
}

std::int64_t tileOf(const SafetensorsFile& file, const SafetensorsEntry& entry) {
    const std::int64_t area = entry.shape.size() == 2 ? entry.shape[1] : 0;
    const auto tile = static_cast<std::int64_t>(std::lround(std::sqrt(static_cast<double>(area))));
    if (area < 1 || tile * tile != area || tile > kLargestStlTile || entry.shape[0] < 1)
        throw Error(fmt::format("{} in {} has no shape rank x tile squared with a tile of 1 to {}.",
                                entry.name, file.path(), kLargestStlTile));
    return tile;
}

/// The E_W that brings the tensor of the three closest to that of the product. For given E_X and D
/// the product l reads E_X[l]^T D[l] of it (systems/stl-and-24.md 1.6, cyclic).
std::vector<double> bestEncoderW(const StlTriple& triple) {
    const std::int64_t t = triple.tile;
    const std::int64_t area = t * t;
    const Map x(triple.x.data(), triple.rank, area);
    const Map y(triple.y.data(), triple.rank, area);
    const Matrix gram = (x * x.transpose()).cwiseProduct(y * y.transpose());
    Matrix right(triple.rank, area);
    for (std::int64_t l = 0; l < triple.rank; ++l) {
        const Map tileX(triple.x.data() + l * area, t, t);
        const Map tileY(triple.y.data() + l * area, t, t);
        Eigen::Map<Matrix>(right.data() + l * area, t, t).noalias() = tileX.transpose() * tileY;
    }
    const Matrix solved = gram.completeOrthogonalDecomposition().solve(right);
    return {solved.data(), solved.data() + solved.size()};
}

} // namespace

void writeTriple(const std::string& path, const StlTriple& triple, const TripleOrigin& origin) {
    const std::vector<std::int64_t> shape = {triple.rank, triple.tile * triple.tile};
    const auto tensor = [&](const char* name, const std::vector<double>& values) {
        return SafetensorsTensor{name, SafetensorsType::F64, shape,
                                 std::as_bytes(std::span(values))};
    };
    const SafetensorsTensor tensors[] = {tensor(kEncoder, triple.x), tensor("E_W", triple.w),
                                         tensor("D", triple.y)};
    writeSafetensors(path, tensors,
                     {{"inlay", dumpJson(Json{{"triple",
                                               {{"tile", triple.tile},
                                                {"rank", triple.rank},
                                                {"start", origin.start},
                                                {"error", origin.error}}}})}});
}

StlTriple readTriple(const std::string& path) {
    const SafetensorsFile file(path);
    const std::string prefix = prefixOf(file);
    const SafetensorsEntry& encoder = file.at(prefix + kEncoder);
    StlTriple triple;
    triple.tile = tileOf(file, encoder);
    triple.rank = encoder.shape[0];
    const auto values = [&](const SafetensorsEntry& entry) {
        if (entry.shape != encoder.shape)
            throw Error(fmt::format("{} and {} in {} are of different shape.", entry.name,
                                    encoder.name, path));
        return readDoubles(file, entry);
    };
    triple.x = values(encoder);
    triple.y = values(file.at(prefix + "D"));
    if (const SafetensorsEntry* weights = file.find(prefix + "E_W"))
        triple.w = values(*weights);
    else if (prefix.empty())
        throw Error(fmt::format("{} has no tensor E_W.", path));
    else
        triple.w = bestEncoderW(triple);
    if (!(tensorNormSquared(triple) > 0.0))
        throw Error(fmt::format("the triple in {} is all zero: layers would give nothing.", path));
    return triple;
}

} // namespace inlay::engine
