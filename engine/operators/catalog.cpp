#include "engine/operators/catalog.h"

#include <algorithm>
#include <typeindex>
#include <utility>

#include "engine/operators/operator_schemas.h"

namespace inlay::engine {
namespace {

template <class Config>
OperatorConfig readConfig(const AnySchema& schema, const Json& values) {
    return static_cast<const Schema<Config>&>(schema).read(values);
}

template <class Config>
OperatorFamily family(std::string title, std::string summary, Schema<Config> schema) {
    return {.id = familyOf(Config{}),
            .title = std::move(title),
            .summary = std::move(summary),
            .schema = std::make_shared<const Schema<Config>>(std::move(schema)),
            .defaults = Config{},
            .read = readConfig<Config>,
            .plan = planOperator,
            .make = makeOperator};
}

std::vector<OperatorFamily> makeCatalog() {
    return {
        family("Dense", "A full matrix.", denseSchema()),
        family("Low rank", "The product of two thin matrices.", lowRankSchema()),
        family("Block diagonal", "Separate blocks on the diagonal.", blockDiagonalSchema()),
        family("Strassen-Tile", "Tile products with fewer multiplications in a learned basis.",
               stlSchema()),
        family("Butterfly", "Stages of 2 x 2 blocks, n log n weights.", butterflySchema()),
        family("2:4 sparse", "Two nonzero weights in every four.", twoFourSchema()),
        family("Monarch", "Two block-diagonal matrices with a permutation between them.",
               monarchSchema()),
        family("Block tensor-train", "Low-rank blocks: two cores of block-diagonal form.",
               bttSchema()),
    };
}

std::type_index typeOf(const OperatorConfig& config) {
    return std::visit([](const auto& held) { return std::type_index(typeid(held)); }, config);
}

} // namespace

const std::vector<OperatorFamily>& operatorCatalog() {
    static const std::vector<OperatorFamily> catalog = makeCatalog();
    return catalog;
}

const OperatorFamily* findOperatorFamily(std::string_view id) {
    const auto& catalog = operatorCatalog();
    const auto found = std::find_if(catalog.begin(), catalog.end(),
                                    [id](const OperatorFamily& row) { return row.id == id; });
    return found == catalog.end() ? nullptr : &*found;
}

std::vector<Alternative> operatorVariant() {
    std::vector<Alternative> alternatives;
    for (const OperatorFamily& row : operatorCatalog())
        alternatives.push_back(
            {{row.id, row.title, row.summary}, row.schema, typeOf(row.defaults)});
    return alternatives;
}

} // namespace inlay::engine
