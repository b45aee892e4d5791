#pragma once

#include <map>
#include <string>

#include "engine/schema/any_schema.h"

namespace inlay::widgets {

/// Sets the discriminator `key` ("network.operator.kind") of a partial config. What was typed for
/// the alternative that leaves is kept here and comes back with it.
class KindMemory {
public:
    void choose(const engine::AnySchema& schema, engine::Json& values, const std::string& key,
                const std::string& chosen);

private:
    /// Discriminator and alternative to the values of its keys.
    std::map<std::pair<std::string, std::string>, std::map<std::string, engine::Json>> kept_;
};

/// Removes the value at a dotted path and the objects this empties.
void erasePath(engine::Json& root, const std::string& dotted);

} // namespace inlay::widgets
