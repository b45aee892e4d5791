#include "widgets/views/train/mistakes_reader.h"

#include <algorithm>
#include <cstring>

#include "engine/base/json.h"
#include "engine/store/run_store.h"

namespace inlay::widgets {
namespace {

const char* const kImages = "mistakes/images";
const char* const kTable = "mistakes";

double numberOf(const engine::Json& row, const char* key) {
    const auto found = row.find(key);
    return found == row.end() ? 0 : engine::numberFromJson(*found).value_or(0);
}

} // namespace

Mistakes readMistakes(engine::RunStore& store, engine::RunId run) {
    Mistakes result;
    const std::vector<engine::FrameRecord> headers = store.frames(run, kImages);
    if (headers.empty())
        return result;
    const auto newest =
        std::max_element(headers.begin(), headers.end(), [](const auto& a, const auto& b) {
            return std::pair(a.attempt, a.step) < std::pair(b.attempt, b.step);
        });
    const auto frame = store.frame(run, kImages, newest->attempt, newest->step);
    if (!frame || frame->type != engine::FrameType::U8 || frame->shape.size() != 3)
        return result;
    const auto height = static_cast<int>(frame->shape[1]);
    const auto width = static_cast<int>(frame->shape[2]);
    std::vector<engine::Json> rows;
    for (const engine::ResultRow& row : store.resultRows(run, kTable)) {
        if (row.attempt != frame->attempt)
            continue;
        engine::Json data = engine::parseJson(row.data, "a row of mistakes");
        if (static_cast<std::int64_t>(numberOf(data, "step")) == frame->step)
            rows.push_back(std::move(data));
    }
    result.step = frame->step;
    const auto count = std::min(rows.size(), static_cast<std::size_t>(frame->shape[0]));
    for (std::size_t i = 0; i < count; ++i) {
        MistakeImage one;
        one.image = QImage(width, height, QImage::Format_Grayscale8);
        const auto size = static_cast<std::size_t>(width);
        for (int y = 0; y < height; ++y)
            std::memcpy(one.image.scanLine(y),
                        frame->data.data() +
                            (i * static_cast<std::size_t>(height) + static_cast<std::size_t>(y)) *
                                size,
                        size);
        one.label = static_cast<int>(numberOf(rows[i], "label"));
        one.predicted = static_cast<int>(numberOf(rows[i], "predicted"));
        one.confidence = numberOf(rows[i], "confidence");
        result.images.push_back(std::move(one));
    }
    return result;
}

} // namespace inlay::widgets
