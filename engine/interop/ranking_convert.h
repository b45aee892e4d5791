#pragma once

#include <string>
#include <vector>

#include "engine/interop/preflib.h"

namespace inlay::engine {

/// Writes the file `from` in the format that the ending of `to` names, and returns what is odd.
///
/// | from                | to                                                        |
/// |---------------------|-----------------------------------------------------------|
/// | orders              | .soc .soi .toc .toi that can hold them; .csv, .pwg (pairs) |
/// | .cat                | .cat; .toc, .toi (categories as ties); .csv, .pwg (pairs)  |
/// | .pwg, comparisons   | .csv, .pwg                                                 |
/// | .wmd                | .wmd; .csv (source,target,weight)                          |
///
/// With Unranked::Below alternatives without a place stand tied below all others. Throws Error when
/// `to` cannot hold what `from` has, with the endings that can; nothing is written then.
std::vector<std::string> convertRanking(const std::string& from, const std::string& to,
                                        Unranked unranked);

} // namespace inlay::engine
