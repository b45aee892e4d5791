#include "widgets/views/catalog.h"

#include <QCoreApplication>

#include "widgets/views/bench/amm_view.h"
#include "widgets/views/bench/lab_view.h"
#include "widgets/views/clustering/stream_view.h"
#include "widgets/views/compare/compare_view.h"
#include "widgets/views/paged_view.h"
#include "widgets/views/ranking/online_view.h"
#include "widgets/views/train/training_view.h"

namespace inlay::widgets {
namespace {

template <class Made>
PagedView::Page page(const char* kind) {
    return {QString::fromLatin1(kind), [](const ViewContext& context, QWidget* parent) -> View* {
                return new Made(context, parent);
            }};
}

View* makeLayersView(const ViewContext& context, QWidget* parent) {
    return new PagedView(
        context, {page<LabView>("bench"), page<AmmView>("amm")},
        {QStringLiteral("layers"),
         QCoreApplication::translate("ViewKind", "What does a cheaper layer really cost?"),
         QCoreApplication::translate(
             "ViewKind", "Choose the kind Operator lab in the set-up and run it: every family is "
                         "timed beside the dense layer of its shape. The kind Approximate product "
                         "fits the products of Strassen-Tile layers.")},
        parent);
}

} // namespace

const std::vector<ViewKind>& viewCatalog() {
    static const std::vector<ViewKind> kinds = {
        {QStringLiteral("layers"),
         {QStringLiteral("bench"), QStringLiteral("amm")},
         QCoreApplication::translate("ViewKind", "Layers"),
         QStringLiteral("layers"),
         makeLayersView},
        {QStringLiteral("train"),
         {QStringLiteral("train")},
         QCoreApplication::translate("ViewKind", "Training"),
         QStringLiteral("chart"),
         [](const ViewContext& context, QWidget* parent) -> View* {
             return new TrainingView(context, parent);
         }},
        {QStringLiteral("ranking"),
         {QStringLiteral("online_ranking")},
         QCoreApplication::translate("ViewKind", "Ranking"),
         QStringLiteral("ranking"),
         [](const ViewContext& context, QWidget* parent) -> View* {
             return new OnlineView(context, parent);
        {QStringLiteral("clustering"),
         {QStringLiteral("streaming_kmeans")},
         QCoreApplication::translate("ViewKind", "Clustering"),
         QStringLiteral("clusters"),
         [](const ViewContext& context, QWidget* parent) -> View* {
             return new StreamView(context, parent);
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
