#pragma once

#include <string>

#include "engine/operators/stl/stl_triple.h"

namespace inlay::engine {

/// Where a triple comes from, kept in its file.
struct TripleOrigin {
    std::string start;  // id of the start the fit began with
    double error = 0.0; // |T - That|^2 / tile^3
};

/// Writes E_X, E_W and D (f64, rank x tile^2) as a safetensors file. Throws Error when it cannot.
void writeTriple(const std::string& path, const StlTriple& triple, const TripleOrigin& origin);

/// Reads what writeTriple() wrote, or the encoders of a trained network whose layers share one set
/// of them (`shared/<group>/E_X` …); an E_W that is not there is then the best one for the other
/// two, by least squares. Throws Error naming the file: it is no safetensors file, holds no set of
/// encoders or several, shapes disagree, a number is not finite, or the triple is all zero.
StlTriple readTriple(const std::string& path);

} // namespace inlay::engine
