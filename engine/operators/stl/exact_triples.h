#pragma once

#include "engine/operators/stl/stl_triple.h"

namespace inlay::engine {

// Exact tile products (systems/stl-and-24.md 1.4): sum_l E_X[l,a] E_W[l,b] D[l,c] is 1 where
// a = (i, j), b = (j, p), c = (i, p) and 0 elsewhere, without rounding.

/// 2 x 2 with 7 products: V. Strassen, "Gaussian elimination is not optimal", 1969.
StlTriple strassenTriple();
/// 2 x 2 with 7 products, Winograd's form, which needs 15 additions when factored.
StlTriple winogradTriple();
/// 3 x 3 with 23 products: J. Laderman, Bull. AMS 82 (1976) 126.
StlTriple ladermanTriple();
/// Tiles of tiles: a triple of outer.tile * inner.tile and outer.rank * inner.rank. Row
/// l1 * inner.rank + l2 is the product of row l1 of `outer` and row l2 of `inner`.
StlTriple composeTriples(const StlTriple& outer, const StlTriple& inner);

/// The exact triple of a tile: 2 (Strassen, 7), 3 (Laderman, 23) or 4 (Strassen twice, 49).
StlTriple exactTriple(std::int64_t tile);

} // namespace inlay::engine
