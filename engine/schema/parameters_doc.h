#pragma once

#include <string>
#include <vector>

#include "engine/schema/any_schema.h"

namespace inlay::engine {

/// What the pages say of one kind.
struct DocumentedKind {
    std::string id;
    std::string title;
    std::string summary;
    /// Not owned.
    const AnySchema* schema = nullptr;
};

/// The page docs/parameters.md: a section a kind, a table a group, a row a parameter with type,
/// default, allowed values, unit, help and when it is active.
std::string parametersMarkdown(const std::vector<DocumentedKind>& kinds);

/// The same of one kind as plain text for a terminal, lines of at most 100 columns where words
/// allow it.
std::string describeText(const DocumentedKind& kind);

} // namespace inlay::engine
