#include "engine/experiments/embed/embed_files.h"

#include <algorithm>
#include <fstream>

#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/interop/csv.h"
#include "engine/interop/npy.h"

namespace inlay::engine::embed {
namespace {

class Lines {
public:
    explicit Lines(const std::string& path)
        : path_(path)
        , file_(path, std::ios::binary) {}

    void add(const std::string& line) { file_ << line << '\n'; }
    void close() {
        file_.close();
        if (!file_)
            throw Error(fmt::format("{} cannot be written", path_));
    }

private:
    std::string path_;
    std::ofstream file_;
};

std::string labelOf(const EmbedPoints& points, std::int64_t i) {
    const std::int32_t label = points.labels[static_cast<std::size_t>(i)];
    return label < 0 ? std::string() : points.classNames[static_cast<std::size_t>(label)];
}

std::string joined(PointsView layout, std::int64_t i, char separator) {
    std::string line;
    for (std::int64_t d = 0; d < layout.dimension; ++d) {
        if (d > 0)
            line += separator;
        line += fmt::format("{}", layout.row(i)[d]);
    }
    return line;
}

} // namespace

void writeLayoutCsv(const std::string& path, PointsView layout, const EmbedPoints& points) {
    Lines lines(path);
    const bool labeled = !points.labels.empty();
    lines.add(
        fmt::format("point,x,y{}{}", layout.dimension == 3 ? ",z" : "", labeled ? ",label" : ""));
    for (std::int64_t i = 0; i < layout.count; ++i)
        lines.add(
            fmt::format("{},{}{}", i, joined(layout, i, ','),
                        labeled ? fmt::format(",{}", csvText(labelOf(points, i))) : std::string()));
    lines.close();
}

void writeLayoutNpy(const std::string& path, PointsView layout) {
    NpyWriter writer(path, NpyType::F32, {layout.count, layout.dimension});
    writer.write(layout.values);
    writer.close();
}

void writeLayoutTsv(const std::string& path, PointsView layout) {
    Lines lines(path);
    for (std::int64_t i = 0; i < layout.count; ++i)
        lines.add(joined(layout, i, '\t'));
    lines.close();
}

void writeMetadataTsv(const std::string& path, const EmbedPoints& points) {
    Lines lines(path);
    for (std::int64_t i = 0; i < points.count; ++i) {
        // A tab or a line break would be another column or row.
        std::string label = labelOf(points, i);
        std::replace_if(
            label.begin(), label.end(), [](char c) { return c == '\t' || c == '\n' || c == '\r'; },
            ' ');
        lines.add(label);
    }
    lines.close();
}

} // namespace inlay::engine::embed
