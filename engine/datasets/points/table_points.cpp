#include <utility>

#include <fmt/format.h>

#include "engine/base/error.h"
#include "engine/datasets/points/point_source.h"
#include "engine/interop/byte_stream.h"

namespace inlay::engine {
namespace {

constexpr std::uintmax_t kReadThroughBytes = std::uintmax_t{256} << 20;
constexpr std::int64_t kRowsOfLargeFiles = 100'000;

class TablePoints final : public PointStream {
public:
    explicit TablePoints(const TableConfig& config)
        : config_(config)
        , pipe_(isStandardInput(config.path.string()))
        , reader_(open()) {}

    std::int64_t dims() const override { return reader_->columns(); }
    std::optional<std::int64_t> count() const override {
        if (config_.badRows == BadRows::Drop)
            return {};
        return reader_->promisedRows();
    }
    bool canReplay() const override { return !pipe_; }
    void rewind() override { reader_ = open(); }
    std::int64_t read(double* out, std::int64_t rows, std::int32_t*) override {
        return reader_->read(out, rows);
    }
    std::int64_t dropped() const override { return reader_->droppedRows(); }
    std::vector<std::string> titles() const override { return reader_->titles(); }

private:
    std::unique_ptr<RowReader> open() const {
        return openRows(config_.path.string(), {config_.badRows, config_.skipColumns});
    }

    TableConfig config_;
    bool pipe_;
    std::unique_ptr<RowReader> reader_;
};

std::optional<std::int64_t> readThrough(const TableConfig& config) {
    TablePoints points(config);
    std::error_code failure;
    const auto bytes = std::filesystem::file_size(config.path, failure);
    const bool large = failure || bytes > kReadThroughBytes;
    const std::int64_t piece = std::max<std::int64_t>(1, (1 << 18) / points.dims());
    std::vector<double> rows(static_cast<std::size_t>(piece * points.dims()));
    std::int64_t count = 0;
    for (;;) {
        const std::int64_t got = points.read(rows.data(), piece, nullptr);
        count += got;
        if (got < piece)
            return count;
        if (large && count >= kRowsOfLargeFiles)
            return points.count();
    }
}

} // namespace

std::unique_ptr<PointStream> openPoints(const PointSource& source) {
    if (const auto* norm25 = std::get_if<Norm25Config>(&source))
        return openNorm25(*norm25);
    if (const auto* mixture = std::get_if<MixtureConfig>(&source))
        return openMixture(*mixture);
    return std::make_unique<TablePoints>(std::get<TableConfig>(source));
}

std::vector<Issue> checkPointSource(const PointSource& source, std::optional<std::int64_t>& count) {
    const auto* table = std::get_if<TableConfig>(&source);
    if (!table) {
        count = openPoints(source)->count();
        return {};
    }
    if (table->path.empty())
        return {{"source.path", "source.path is empty; name a table (CSV, TSV, NPY or IDX), or "
                                "/dev/stdin"}};
    if (isStandardInput(table->path.string()))
        return {};
    if (std::filesystem::is_directory(table->path))
        return {{"source.path", fmt::format("{} is a folder; name a table (CSV, TSV, NPY or IDX)",
                                            table->path.string())}};
    try {
        count = readThrough(*table);
    } catch (const Error& error) {
        return {{"source.path", error.what()}};
    }
    return {};
}

} // namespace inlay::engine
