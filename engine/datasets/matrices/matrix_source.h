#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "engine/base/random.h"
#include "engine/schema/any_schema.h"
#include "engine/schema/issue.h"

namespace inlay::engine {

// Matrices X (coordinates x samples, n x d) that low-rank experiments work on.

/// `rank` random orthonormal directions; each sample combines them with independent normal
/// coefficients of variance 0.01: "Gaussian 1" and "Gaussian 2" of the butterfly paper.
struct GaussianMatrix {
    std::int64_t coordinates = 1024;
    std::int64_t samples = 1024;
    std::int64_t rank = 32;
};

enum class SpectrumDecay { Power, Geometric };

/// Random singular vectors and the singular values i^-rate (power) or rate^i (geometric), i from 1.
struct SpectrumMatrix {
    std::int64_t coordinates = 256;
    std::int64_t samples = 256;
    SpectrumDecay decay = SpectrumDecay::Power;
    double rate = 1.0;
};

/// Images of 28 x 28 in [0, 1], padded to 32 x 32 by normal noise of variance 0.01, column first:
/// n = 1024. From an IDX file, or procedural digits.
struct ImageMatrix {
    std::filesystem::path path;
    std::int64_t samples = 1024;
};

enum class SamplesAre { Rows, Columns };

/// A table of numbers: CSV, TSV, NPY, NPZ, IDX.
struct FileMatrix {
    std::filesystem::path path;
    SamplesAre samplesAre = SamplesAre::Rows;
};

using MatrixSource = std::variant<GaussianMatrix, SpectrumMatrix, ImageMatrix, FileMatrix>;

std::vector<Alternative> matrixSourceAlternatives();

/// What happens to X once it is made.
struct MatrixPreparation {
    bool center = false; // subtract the mean sample
    bool shuffle = true; // a random order of the coordinates: no spatial structure is left
    std::uint64_t seed = 1;
};

/// Sample by sample: values[s * coordinates + i] is X[i, s].
struct SampleMatrix {
    std::int64_t coordinates = 0; // n
    std::int64_t samples = 0;     // d
    std::vector<double> values;

    /// ||X||_F^2
    double energy() const;
};

/// At most so many coordinates, samples and numbers.
inline constexpr std::int64_t kMostMatrixSide = 16384;
inline constexpr std::int64_t kMostMatrixNumbers = std::int64_t{1} << 24;

/// Makes or reads X. Throws Error where checkMatrix() has an issue.
SampleMatrix loadMatrix(const MatrixSource& source, const MatrixPreparation& preparation);

/// What keeps a matrix from being made, keys starting with `key`; files are read. Without issues
/// `coordinates` and `samples` get its sizes.
std::vector<Issue> checkMatrix(const MatrixSource& source, const std::string& key,
                               std::int64_t& coordinates, std::int64_t& samples);

} // namespace inlay::engine
