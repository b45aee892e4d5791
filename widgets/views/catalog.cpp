#include "widgets/views/catalog.h"

#include <QCoreApplication>

#include "widgets/views/bench/amm_view.h"
#include "widgets/views/bench/lab_view.h"
#include "widgets/views/butterfly/autoencoder_view.h"
#include "widgets/views/butterfly/sketch_view.h"
#include "widgets/views/clustering/graph_view.h"
#include "widgets/views/clustering/stream_view.h"
#include "widgets/views/compare/compare_view.h"
#include "widgets/views/embeddings/embedding_view.h"
#include "widgets/views/paged_view.h"
#include "widgets/views/ranking/active_view.h"
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
        context,
        {page<LabView>("bench"), page<AmmView>("amm"), page<AutoencoderView>("autoencoder"),
         page<SketchView>("sketch")},
        {QStringLiteral("layers"),
         QCoreApplication::translate("ViewKind", "What does a cheaper layer really cost?"),
         QCoreApplication::translate(
             "ViewKind", "Choose the kind Operator lab in the set-up and run it: every family is "
                         "timed beside the dense layer of its shape. The kind Approximate product "
                         "fits the products of Strassen-Tile layers, Butterfly autoencoder trains "
                         "butterflies beside PCA.")},
        parent);
}

View* makeClusteringView(const ViewContext& context, QWidget* parent) {
    return new PagedView(
        context, {page<StreamView>("streaming_kmeans"), page<GraphView>("graph_clustering")},
        {QStringLiteral("clusters"), QCoreApplication::translate("ViewKind", "See clusters form"),
         QCoreApplication::translate(
             "ViewKind", "Choose a kind of clustering in the set-up and run it: streaming k-means "
                         "shows buffers, centers and cost against time, graph clustering the "
                         "matrix in found order, round by round.")},
        parent);
}

View* makeRankingView(const ViewContext& context, QWidget* parent) {
    return new PagedView(
        context, {page<OnlineView>("online_ranking"), page<ActiveView>("active_ranking")},
        {QStringLiteral("ranking"), QCoreApplication::translate("ViewKind", "See a ranking form"),
         QCoreApplication::translate(
             "ViewKind", "Choose a kind of ranking in the set-up and run it: online ranking shows "
                         "regret and its bound, active ranking what every bought comparison is "
                         "worth.")},
        parent);
}

} // namespace

const std::vector<ViewKind>& viewCatalog() {
    static const std::vector<ViewKind> kinds = {
        {QStringLiteral("layers"),
         {QStringLiteral("bench"), QStringLiteral("amm"), QStringLiteral("autoencoder"),
          QStringLiteral("sketch")},
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
        {QStringLiteral("clustering"),
         {QStringLiteral("streaming_kmeans"), QStringLiteral("graph_clustering")},
         QCoreApplication::translate("ViewKind", "Clustering"),
         QStringLiteral("clusters"),
         makeClusteringView},
        {QStringLiteral("ranking"),
         {QStringLiteral("online_ranking"), QStringLiteral("active_ranking")},
         QCoreApplication::translate("ViewKind", "Ranking"),
         QStringLiteral("ranking"),
         makeRankingView},
        {QStringLiteral("embeddings"), EmbeddingView::kinds(),
         QCoreApplication::translate("ViewKind", "Embeddings"), QStringLiteral("embeddings"),
         [](const ViewContext& context, QWidget* parent) -> View* {
             return new EmbeddingView(context, parent);
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
