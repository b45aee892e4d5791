#include "widgets/views/catalog.h"

#include <QCoreApplication>

#include "widgets/views/bench/lab_view.h"
#include "widgets/views/compare/compare_view.h"
#include "widgets/views/train/training_view.h"

namespace inlay::widgets {

const std::vector<ViewKind>& viewCatalog() {
    static const std::vector<ViewKind> kinds = {
        {QStringLiteral("layers"),
         {QStringLiteral("bench")},
         QCoreApplication::translate("ViewKind", "Layers"),
         QStringLiteral("layers"),
         [](const ViewContext& context, QWidget* parent) -> View* {
             return new LabView(context, parent);
         }},
        {QStringLiteral("train"),
         {QStringLiteral("train")},
         QCoreApplication::translate("ViewKind", "Training"),
         QStringLiteral("chart"),
         [](const ViewContext& context, QWidget* parent) -> View* {
             return new TrainingView(context, parent);
         }},
        {QStringLiteral("compare"),
         {},
         QCoreApplication::translate("ViewKind", "Compare"),
         QStringLiteral("compare"),
         [](const ViewContext& context, QWidget* parent) -> View* {
             return new CompareView(context, parent);
         }},
    };
    return kinds;
}

} // namespace inlay::widgets
