#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include <Eigen/Core>

#include "engine/schema/any_schema.h"
#include "engine/schema/issue.h"

namespace inlay::engine::sketch {

/// X_i = U diag(decay) C_i + noise: every matrix has the same `rank` directions U among its n
/// coordinates, i^-1/2 as strong, normal C_i, and normal noise of deviation `noise`.
struct SharedSubspace {
    std::int64_t coordinates = 64;
    std::int64_t columns = 32;
    std::int64_t rank = 12;
    double noise = 0.05;
};

/// Each image of an IDX file is a matrix; empty: procedural digits, 28 x 28.
struct ImageSet {
    std::filesystem::path path;
};

/// NPY or IDX of three dimensions (matrices x n x d), or a table that is cut into matrices of
/// `rowsEach` rows.
struct FileSet {
    std::filesystem::path path;
    std::int64_t rowsEach = 0; // 0: the file has three dimensions
};

using MatrixSetSource = std::variant<SharedSubspace, ImageSet, FileSet>;

std::vector<Alternative> matrixSetAlternatives();

struct MatrixSetConfig {
    MatrixSetSource source = SharedSubspace{};
    std::int64_t training = 100;
    std::int64_t testing = 50;
    double topSingularValue = 10; // of every matrix after scaling
    bool shuffle = true;          // one random order of the coordinates for all
    std::uint64_t seed = 1;
};

struct MatrixSet {
    std::vector<Eigen::MatrixXd> training; // n x d each
    std::vector<Eigen::MatrixXd> testing;

    std::int64_t coordinates() const { return training.front().rows(); }
    std::int64_t columns() const { return training.front().cols(); }
};

inline constexpr std::int64_t kMostSide = 4096;
inline constexpr std::int64_t kMostNumbers = std::int64_t{1} << 26;

/// Throws Error where checkMatrixSet() has an issue, or where a matrix is zero.
MatrixSet loadMatrixSet(const MatrixSetConfig& config);

/// What keeps the set from being made, keys relative to it; `coordinates` and `columns` get the
/// sizes.
std::vector<Issue> checkMatrixSet(const MatrixSetConfig& config, std::int64_t& coordinates,
                                  std::int64_t& columns);

} // namespace inlay::engine::sketch
