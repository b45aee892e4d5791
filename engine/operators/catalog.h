#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/operators/make.h"
#include "engine/schema/any_schema.h"

namespace inlay::engine {

/// One family of operators: what forms, flags, tables, tests and benchmarks go through.
struct OperatorFamily {
    std::string id;      // as in "kind"; the folder's name
    std::string title;   // "Strassen-Tile"
    std::string summary; // one sentence
    std::shared_ptr<const AnySchema> schema;
    OperatorConfig defaults;
    OperatorConfig (*read)(const AnySchema& schema, const Json& values);
    OperatorPlan (*plan)(const OperatorConfig& config, std::int64_t in, std::int64_t out,
                         const RowLayout& rows);
    std::unique_ptr<LinearOperator> (*make)(const OperatorConfig& config,
                                            const OperatorBuild& build);
};

/// Every family, in the order of OperatorConfig's alternatives.
const std::vector<OperatorFamily>& operatorCatalog();

/// The row with this id, or null.
const OperatorFamily* findOperatorFamily(std::string_view id);

/// The alternatives of a schema's variant field that holds an OperatorConfig.
std::vector<Alternative> operatorVariant();

} // namespace inlay::engine
