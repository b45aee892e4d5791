#pragma once

#include <string>

#include "engine/base/json.h"
#include "engine/schema/any_schema.h"

namespace inlay::engine {

/// One line of JSON with sorted keys and without spaces: equal configs give equal texts.
std::string canonicalJson(const Json& value);

/// 16 hexadecimal digits (64-bit FNV-1a of kind, version and the canonical reduced config). The
/// same for partial and full configs, for any order of keys, for 3 and 3.0, and whatever inactive
/// fields hold. It is stored, so it must never change.
std::string configHash(const std::string& kind, int version, const AnySchema& schema,
                       const Json& config);

} // namespace inlay::engine
