#include "widgets/views/embeddings/embedding_tags.h"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "engine/base/error.h"
#include "engine/base/json.h"
#include "engine/store/run_store.h"

namespace inlay::widgets {
namespace {

const char* const kArtifact = "selections.json";

} // namespace

SelectionTags readSelectionTags(engine::RunStore& store, engine::RunId run, std::int64_t count) {
    SelectionTags tags;
    for (const engine::ArtifactRecord& artifact : store.artifacts(run)) {
        if (artifact.name != kArtifact)
            continue;
        std::ifstream file(store.absolutePath(artifact.path), std::ios::binary);
        const std::string text((std::istreambuf_iterator<char>(file)), {});
        const engine::Json json = engine::parseJson(text, "the tagged selections");
        const auto all = json.find("selections");
        if (all == json.end() || !all->is_object())
            continue;
        for (const auto& [name, points] : all->items()) {
            PointSet& set = tags[QString::fromStdString(name)];
            if (points.is_array())
                for (const engine::Json& point : points)
                    if (point.is_number_unsigned() && point.get<std::int64_t>() < count)
                        set.push_back(point.get<std::uint32_t>());
            std::sort(set.begin(), set.end());
            set.erase(std::unique(set.begin(), set.end()), set.end());
        }
    }
    return tags;
}

void writeSelectionTags(engine::RunStore& store, engine::RunId run, const SelectionTags& tags) {
    engine::Json all = engine::Json::object();
    for (const auto& [name, points] : tags)
        all[name.toStdString()] = points;
    const std::string text = engine::Json({{"selections", all}}).dump();
    store.writeArtifact(run, kArtifact, 0, "application/json", [&](const std::string& path) {
        std::ofstream file(path, std::ios::binary);
        file << text;
        file.close();
        if (!file)
            throw engine::Error("The tags cannot be written to " + path + ".");
    });
}

} // namespace inlay::widgets
