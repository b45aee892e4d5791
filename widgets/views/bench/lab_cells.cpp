#include "widgets/views/bench/lab_cells.h"

#include <algorithm>
#include <cstring>

#include "engine/analysis/singular_values.h"
#include "engine/base/json.h"
#include "engine/store/run_store.h"

namespace inlay::widgets {
namespace {

std::optional<double> numberOf(const engine::Json& row, const char* key) {
    const auto found = row.find(key);
    return found == row.end() ? std::nullopt : engine::numberFromJson(*found);
}

std::int64_t countOf(const engine::Json& row, const char* key) {
    return static_cast<std::int64_t>(numberOf(row, key).value_or(0));
}

QString textOf(const engine::Json& row, const char* key) {
    const auto found = row.find(key);
    return found == row.end() || !found->is_string()
               ? QString()
               : QString::fromStdString(found->get<std::string>());
}

} // namespace

LabCell labCell(const engine::Json& row) {
    LabCell cell;
    cell.label = textOf(row, "label");
    cell.family = textOf(row, "family");
    cell.rows = countOf(row, "rows");
    cell.in = countOf(row, "in");
    cell.out = countOf(row, "out");
    cell.pass = textOf(row, "pass") == QLatin1String("train") ? LabPass::Train : LabPass::Forward;
    cell.threads = static_cast<int>(countOf(row, "threads"));
    cell.seconds = numberOf(row, "median_s").value_or(0);
    cell.denseSeconds = numberOf(row, "dense_median_s").value_or(0);
    cell.spread = numberOf(row, "spread").value_or(0);
    cell.speedup = numberOf(row, "speedup").value_or(0);
    cell.multiplyAdds = numberOf(row, "multiply_adds").value_or(0);
    cell.denseMultiplyAdds = numberOf(row, "dense_multiply_adds").value_or(0);
    cell.bytes = numberOf(row, "bytes").value_or(0);
    cell.rooflineShare = numberOf(row, "roofline_share");
    cell.predictedSeconds = numberOf(row, "predicted_s");
    cell.predictedDenseSeconds = numberOf(row, "dense_predicted_s");
    cell.parameters = countOf(row, "parameters");
    cell.rankCap = countOf(row, "rank_cap");
    cell.exactness = textOf(row, "exactness");
    cell.note = textOf(row, "note");
    cell.kernel = textOf(row, "kernel");
    return cell;
}

QStringList Lab::labels() const {
    QStringList labels;
    for (const LabCell& cell : cells)
        if (!labels.contains(cell.label))
            labels << cell.label;
    return labels;
}

SeriesStyle Lab::styleOf(const QString& label) const {
    QStringList ofFamily;
    QString family;
    for (const LabCell& cell : cells)
        if (cell.label == label)
            family = cell.family;
    for (const LabCell& cell : cells)
        if (cell.family == family && !ofFamily.contains(cell.label))
            ofFamily << cell.label;
    const int rank = static_cast<int>(std::max<qsizetype>(0, ofFamily.indexOf(label)));
    // The third STL variant would have the butterfly's color, which stands beside it here.
    if (family == QLatin1String("stl") && rank == 2)
        return familyStyle(QStringLiteral("spare"));
    return familyStyle(family, rank);
}

const LabBreakEven* Lab::breakEvenOf(const QString& label) const {
    for (const LabBreakEven& one : breakEvens)
        if (one.label == label)
            return &one;
    return nullptr;
}

std::vector<const LabCell*> Lab::curve(const QString& label, LabPass pass) const {
    std::vector<const LabCell*> curve;
    for (const LabCell& cell : cells)
        if (cell.label == label && cell.pass == pass)
            curve.push_back(&cell);
    std::stable_sort(curve.begin(), curve.end(),
                     [](const LabCell* a, const LabCell* b) { return a->in < b->in; });
    // The search may have looked at a size that the run asked for too: the newer one stands.
    std::vector<const LabCell*> unique;
    for (const LabCell* cell : curve) {
        if (!unique.empty() && unique.back()->in == cell->in)
            unique.back() = cell;
        else
            unique.push_back(cell);
    }
    return unique;
}

bool Lab::has(LabPass pass) const {
    return std::any_of(cells.begin(), cells.end(),
                       [&](const LabCell& cell) { return cell.pass == pass; });
}

bool Lab::isMeasured() const {
    return std::all_of(cells.begin(), cells.end(),
                       [](const LabCell& cell) { return cell.isMeasured(); });
}

Lab readLab(engine::RunStore& store, engine::RunId run) {
    Lab lab;
    int attempt = 0;
    const auto rows = [&](const char* table) {
        std::vector<engine::ResultRow> newest = store.resultRows(run, table);
        for (const engine::ResultRow& row : newest)
            attempt = std::max(attempt, row.attempt);
        std::erase_if(newest, [&](const auto& row) { return row.attempt != attempt; });
        return newest;
    };
    for (const engine::ResultRow& row : rows("bench"))
        lab.cells.push_back(labCell(engine::parseJson(row.data, "a row of bench")));
    for (const engine::ResultRow& row : rows("break_even")) {
        const engine::Json data = engine::parseJson(row.data, "a row of break_even");
        LabBreakEven one;
        one.label = textOf(data, "label");
        if (const auto size = numberOf(data, "size"))
            one.size = static_cast<std::int64_t>(*size);
        one.searchedUpTo = countOf(data, "searched_up_to");
        lab.breakEvens.push_back(one);
    }
    QStringList seen;
    for (const LabCell& cell : lab.cells) {
        if (seen.contains(cell.label))
            continue;
        seen << cell.label;
        LabPicture picture;
        picture.label = cell.label;
        // Its shape; nothing where there is no such matrix.
        const auto matrix = [&](const char* name, std::vector<float>& values) {
            const auto frame =
                store.frame(run, name + cell.label.toStdString(), std::max(1, attempt), 0);
            if (!frame || frame->type != engine::FrameType::F32 || frame->shape.size() != 2)
                return std::vector<std::int64_t>();
            values.resize(frame->data.size() / sizeof(float));
            std::memcpy(values.data(), frame->data.data(), frame->data.size());
            return frame->shape;
        };
        const std::vector<std::int64_t> shape = matrix("matrix/", picture.values);
        if (shape.empty())
            continue;
        picture.rows = static_cast<int>(shape[0]);
        picture.columns = static_cast<int>(shape[1]);
        if (cell.family != QLatin1String("stl"))
            picture.singularValues =
                engine::singularValues(picture.values, picture.rows, picture.columns);
        if (const auto wiring = matrix("wiring/", picture.wiring); !wiring.empty())
            picture.stages = static_cast<int>(wiring[0]);
        lab.pictures.push_back(std::move(picture));
    }
    return lab;
}

} // namespace inlay::widgets
