#include "engine/experiments/active_ranking/item_list.h"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <fstream>
#include <map>

#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/experiments/active_ranking/run_cards.h"
#include "engine/interop/idx.h"

namespace inlay::engine::active_ranking {
namespace {

namespace fs = std::filesystem;

std::string lowerExtension(const fs::path& path) {
    std::string extension = path.extension().string();
    std::transform(extension.begin(), extension.end(), extension.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return extension;
}

bool isPicture(const fs::path& path) {
    const std::string extension = lowerExtension(path);
    return extension == ".png" || extension == ".jpg" || extension == ".jpeg" ||
           extension == ".bmp";
}

bool isIdx(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    unsigned char head[3] = {};
    file.read(reinterpret_cast<char*>(head), sizeof head);
    const bool isGzip = head[0] == 0x1F && head[1] == 0x8B;
    return file && (isGzip || (head[0] == 0 && head[1] == 0 && head[2] == 0x08));
}

// 0 = all, and then too many is an error rather than a surprise of hours.
void keepFirst(ItemList& list, const fs::path& path, std::int64_t count) {
    const auto found = static_cast<std::int64_t>(list.names.size());
    const std::int64_t most = std::min(found, kMostPersonItems);
    if (found < 2)
        list.problem = fmt::format("{} has {} items; a person ranks 2 to {}", path.string(), found,
                                   kMostPersonItems);
    else if (count == 0 && found > most)
        list.problem = fmt::format("{} has {} items; choose the first 2 to {} of them with count",
                                   path.string(), found, most);
    else if (count > most || count == 1)
        list.problem = fmt::format("count is {} and {} has {} items; allowed is 2 to {}", count,
                                   path.string(), found, most);
    if (!list.problem.empty())
        return;
    if (count == 0)
        return;
    list.names.resize(static_cast<std::size_t>(count));
    if (!list.files.empty())
        list.files.resize(static_cast<std::size_t>(count));
    if (!list.cards.empty())
        list.cards.resize(static_cast<std::size_t>(count));
}

void readTexts(ItemList& list, const fs::path& path) {
    std::ifstream file(path);
    if (!file) {
        list.problem = fmt::format("{} cannot be read", path.string());
        return;
    }
    std::map<std::string, std::size_t> lines;
    std::string line;
    for (std::size_t number = 1; std::getline(file, line); ++number) {
        if (!line.empty() && line.back() == '\r')
            line.pop_back();
        if (line.find('\0') != std::string::npos) {
            list.problem = fmt::format("{} is no text file (line {})", path.string(), number);
            return;
        }
        if (line.find_first_not_of(" \t") == std::string::npos) {
            list.problem = fmt::format("line {} of {} is empty; an item must have a text", number,
                                       path.string());
            return;
        }
        const auto [known, isNew] = lines.emplace(line, number);
        if (!isNew) {
            list.problem = fmt::format("line {} of {} repeats line {}: \"{}\"", number,
                                       path.string(), known->second, line);
            return;
        }
        list.names.push_back(line);
    }
}

void readFolder(ItemList& list, const fs::path& path) {
    std::error_code failure;
    std::vector<fs::path> pictures;
    for (const fs::directory_entry& entry : fs::directory_iterator(path, failure)) {
        if (entry.is_regular_file(failure) && isPicture(entry.path()))
            pictures.push_back(entry.path());
    }
    if (failure) {
        list.problem = fmt::format("{} cannot be read: {}", path.string(), failure.message());
        return;
    }
    if (pictures.empty()) {
        list.problem = fmt::format("{} holds no picture (.png, .jpg, .jpeg, .bmp)", path.string());
        return;
    }
    std::sort(pictures.begin(), pictures.end());
    for (const fs::path& picture : pictures) {
        list.names.push_back(picture.filename().string());
        list.files.push_back(fs::absolute(picture).string());
    }
}

void readImages(ItemList& list, const fs::path& path, std::int64_t count) {
    const IdxArray images = readIdx(path.string(), kIdxImages);
    for (std::int64_t i = 0; i < images.header.records(); ++i)
        list.names.push_back(fmt::format("image {}", i + 1));
    keepFirst(list, path, count);
    if (!list.problem.empty())
        return;
    const auto kept = static_cast<std::int64_t>(list.names.size());
    const auto bytes = static_cast<std::size_t>(kept * images.header.recordBytes());
    constexpr std::size_t kMostBytes = std::size_t{1} << 20;
    if (bytes > kMostBytes) {
        list.problem = fmt::format("{} images of {} have {} bytes; at most {} are shown", kept,
                                   path.string(), bytes, kMostBytes);
        return;
    }
    list.images.name = "items/images";
    list.images.type = FrameType::U8;
    list.images.shape = {kept, images.header.shape[1], images.header.shape[2]};
    list.images.data.resize(bytes);
    std::memcpy(list.images.data.data(), images.bytes.data(), bytes);
}

void readCards(ItemList& list, const fs::path& path, std::int64_t count) {
    list.cards = readRunCards(path);
    for (const Json& card : list.cards)
        list.names.push_back(card.at("name"));
    keepFirst(list, path, count);
}

} // namespace

ItemList readItems(const std::filesystem::path& path, std::int64_t count) {
    ItemList list;
    std::error_code failure;
    if (!fs::exists(path, failure)) {
        list.problem = fmt::format("there is no file or folder {}", path.string());
        return list;
    }
    const bool isFolder = fs::is_directory(path, failure);
    const bool isCards = !isFolder && lowerExtension(path) == ".json";
    if (isCards || (!isFolder && isIdx(path))) {
        try {
            if (isCards)
                readCards(list, path, count);
            else
                readImages(list, path, count);
        } catch (const Error& error) {
            list.problem = error.what();
        }
        return list;
    }
    if (isFolder)
        readFolder(list, path);
    else
        readTexts(list, path);
    if (list.problem.empty())
        keepFirst(list, path, count);
    return list;
}

} // namespace inlay::engine::active_ranking
