#include "widgets/views/bench/lab_plan.h"

#include <algorithm>
#include <optional>

#include "engine/analysis/machine_profile.h"
#include "engine/analysis/singular_values.h"
#include "engine/base/error.h"
#include "engine/experiments/bench/bench_plan.h"
#include "engine/experiments/catalog.h"

namespace inlay::widgets {

Lab planLab(const engine::ProjectFile& project) {
    const engine::ExperimentKind& kind = *engine::findKind("bench");
    std::optional<engine::MachineProfile> profile;
    try {
        profile = engine::loadProfileFor(project.device, project.threads);
    } catch (const engine::Error&) {
        // Said by the set-up's own card; predicted times are left out.
    }
    const engine::bench::BenchPlan plan =
        engine::bench::planBench(kind.schema().complete(project.config), project.device,
                                 project.threads, profile ? &*profile : nullptr, project.seed);
    Lab lab;
    for (const engine::Json& row : plan.rows)
        lab.cells.push_back(labCell(row));
    for (const auto& [label, picture] : plan.pictures) {
        LabPicture one;
        one.label = QString::fromStdString(label);
        one.rows = static_cast<int>(picture.rows);
        one.columns = static_cast<int>(picture.columns);
        one.values = picture.values;
        one.stages = static_cast<int>(picture.stages);
        one.wiring = picture.wiring;
        const auto cell =
            std::find_if(lab.cells.begin(), lab.cells.end(),
                         [&](const LabCell& other) { return other.label == one.label; });
        if (cell != lab.cells.end() && cell->family != QLatin1String("stl"))
            one.singularValues = engine::singularValues(one.values, one.rows, one.columns);
        lab.pictures.push_back(std::move(one));
    }
    return lab;
}

Lab withMeasured(const Lab& plan, const Lab& measured) {
    Lab lab = plan;
    for (LabCell& cell : lab.cells) {
        const auto found =
            std::find_if(measured.cells.begin(), measured.cells.end(), [&](const LabCell& other) {
                return other.label == cell.label && other.pass == cell.pass &&
                       other.in == cell.in && other.out == cell.out && other.rows == cell.rows &&
                       (cell.threads == 0 || other.threads == cell.threads);
            });
        if (found != measured.cells.end())
            cell = *found;
    }
    for (const QString& label : lab.labels())
        if (const LabBreakEven* found = measured.breakEvenOf(label))
            lab.breakEvens.push_back(*found);
    return lab;
}

} // namespace inlay::widgets
