#include "engine/datasets/image_sources.h"

#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/interop/text_file.h"
#include "engine/interop/text_lines.h"

namespace inlay::engine {

namespace fs = std::filesystem;

Dataset datasetOf(LabeledImages images, const std::vector<std::string>& classNames,
                  std::vector<std::string>& warnings) {
    Dataset data;
    data.count = images.count;
    data.shape = {static_cast<int>(images.height), static_cast<int>(images.width),
                  static_cast<int>(images.channels)};
    data.bytes = std::move(images.bytes);
    data.scale = 1.0f / 255.0f;
    data.labels = std::move(images.labels);
    data.classNames = classNames;
    warnings.insert(warnings.end(), images.warnings.begin(), images.warnings.end());
    return data;
}

std::string locateFile(const std::string& folder, const std::string& name) {
    std::error_code ignored;
    if (folder.empty())
        throw Error("no folder is given");
    if (!fs::exists(folder, ignored))
        throw Error(fmt::format("{} does not exist", folder));
    if (!fs::is_directory(folder, ignored))
        throw Error(fmt::format("{} is not a folder", folder));
    const fs::path file = fs::path(folder) / name;
    if (!fs::is_regular_file(file, ignored))
        throw Error(fmt::format("{} has no file {}", folder, name));
    return file.string();
}

std::vector<std::string> readClassNames(const std::string& path) {
    std::error_code ignored;
    std::vector<std::string> names;
    if (!fs::is_regular_file(path, ignored))
        return names;
    const std::string text = readTextFile(path);
    TextLines lines(text);
    for (std::string_view line; lines.next(line);)
        if (const std::string_view name = trimmed(line); !name.empty())
            names.emplace_back(name);
    return names;
}

} // namespace inlay::engine
