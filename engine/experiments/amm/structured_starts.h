#pragma once

#include <cstdint>
#include <span>

#include "engine/operators/stl/stl_triple.h"

namespace inlay::engine::amm {

// Two ways to read a tile product off a product of polynomials (systems/stl-and-24.md 1.6). With
// all of their rows they are exact, but no ring of polynomials or commuting group has fewer
// products than tile^3; with fewer rows they are a start, nothing more. Decoders are least squares,
// slices evened out.

/// X's tile as sum x_ij u^i v^j, W's as sum w_jp v^(t-1-j) z^p; the coefficient of u^i v^(t-1) z^p
/// in their product is Y's entry (i, p). A row evaluates both at a point of a grid of
/// t x (2t-1) x t Chebyshev points, which determines the product: t^2 (2t-1) rows.
std::int64_t polynomialRowCount(std::int64_t tile);
StlTriple polynomialTriple(std::int64_t tile, std::span<const std::int64_t> rows);

/// H. Cohn and C. Umans, "A group-theoretic approach to fast matrix multiplication" (2003), over
/// the cyclic group of t^3 elements: X's entry (i, j) at i + t^2 j, W's (j, p) at t p - t^2 j, Y's
/// (i, p) at i + t p. Their subsets {i}, {t^2 j}, {t p} have the triple product property: i - i' +
/// t (p - p') + t^2 (j - j') = 0 modulo t^3 only where i = i', j = j', p = p'. Fourier coefficients
/// multiply: one product for a real character, three for a pair of complex ones (Karatsuba).
/// Characters by number from 0; there are t^3 / 2 + 1, rounded down.
std::int64_t characterCount(std::int64_t tile);
/// The products of these characters in their order, at most `rank` of them.
StlTriple cyclicTriple(std::int64_t tile, std::span<const std::int64_t> characters,
                       std::int64_t rank);

} // namespace inlay::engine::amm
