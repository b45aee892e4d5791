#include "widgets/views/clustering/cluster_list.h"

#include <algorithm>
#include <cmath>

#include <QHeaderView>
#include <QLocale>

#include "widgets/plots/numbers.h"
#include "widgets/theme/metrics.h"

namespace inlay::widgets {
namespace {

enum Column { kCluster, kSize, kShare, kRadius, kNearest, kSeparation, kSilhouette, kColumns };

constexpr double kColumnWidth = 78;

double valueOf(const StreamCluster& cluster, int column) {
    switch (column) {
    case kSize:
        return cluster.size;
    case kShare:
        return cluster.share;
    case kRadius:
        return cluster.radius;
    case kNearest:
        return cluster.nearest;
    case kSeparation:
        return cluster.separation;
    case kSilhouette:
        return cluster.silhouette;
    default:
        return cluster.cluster;
    }
}

} // namespace

void ClusterModel::setClusters(std::vector<StreamCluster> clusters) {
    beginResetModel();
    clusters_ = std::move(clusters);
    endResetModel();
}

int ClusterModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(clusters_.size());
}

int ClusterModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : kColumns;
}

QVariant ClusterModel::data(const QModelIndex& index, int role) const {
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue(Qt::Alignment(Qt::AlignRight | Qt::AlignVCenter));
    if (role != Qt::DisplayRole)
        return {};
    const StreamCluster& cluster = clusters_[static_cast<std::size_t>(index.row())];
    const double value = valueOf(cluster, index.column());
    const QLocale locale;
    switch (index.column()) {
    case kCluster:
    case kSize:
        return formatStep(value, locale);
    case kNearest:
        return value < 0 ? QStringLiteral("–") : formatStep(value, locale);
    case kShare:
        return QString(locale.toString(100 * value, 'f', 1) + QStringLiteral(" %"));
    case kSilhouette:
        return std::isfinite(value) ? locale.toString(value, 'f', 3) : QStringLiteral("–");
    default:
        return formatNumber(value, 4, locale);
    }
}

QVariant ClusterModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || section < 0 || section >= kColumns)
        return {};
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue(Qt::Alignment(Qt::AlignRight | Qt::AlignVCenter));
    const QString titles[] = {tr("Cluster"), tr("Points"),   tr("Cost"),      tr("Radius"),
                              tr("Nearest"), tr("Distance"), tr("Silhouette")};
    const QString tips[] = {tr("Number of the center in the files of centers and assignments"),
                            tr("Points nearest to this center"),
                            tr("Share of the cost"),
                            tr("Root mean square distance of its points to the center"),
                            tr("The other center that is nearest"),
                            tr("Distance to it"),
                            tr("Mean silhouette over the sampled points: 1 = well apart, below 0 = "
                               "nearer to another cluster")};
    if (role == Qt::DisplayRole)
        return titles[section];
    if (role == Qt::ToolTipRole)
        return tips[section];
    return {};
}

void ClusterModel::sort(int column, Qt::SortOrder order) {
    beginResetModel();
    std::stable_sort(clusters_.begin(), clusters_.end(),
                     [&](const StreamCluster& a, const StreamCluster& b) {
                         const double x = valueOf(a, column);
                         const double y = valueOf(b, column);
                         return order == Qt::AscendingOrder ? x < y : x > y;
                     });
    endResetModel();
}

ClusterList::ClusterList(ClusterModel* model, QWidget* parent)
    : QTableView(parent)
    , model_(model) {
    setModel(model);
    setAccessibleName(tr("Clusters"));
    setShowGrid(false);
    setSelectionBehavior(SelectRows);
    setSelectionMode(SingleSelection);
    setTabKeyNavigation(false);
    setWordWrap(false);
    setSortingEnabled(true);
    sortByColumn(kShare, Qt::DescendingOrder);
    verticalHeader()->hide();
    verticalHeader()->setDefaultSectionSize(scaled(measure::kRowHeight, font()));
    horizontalHeader()->setAccessibleName(tr("Columns of the clusters"));
    horizontalHeader()->setHighlightSections(false);
    horizontalHeader()->setFixedHeight(scaled(measure::kRowHeight, font()));
    horizontalHeader()->setSectionResizeMode(QHeaderView::Stretch);
    horizontalHeader()->setMinimumSectionSize(scaled(40, font()));
    setVerticalScrollMode(ScrollPerPixel);
    connect(selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            [this](const QModelIndex& current) {
                emit clusterChosen(
                    current.isValid()
                        ? model_->clusters()[static_cast<std::size_t>(current.row())].cluster
                        : -1);
            });
}

void ClusterList::resort() {
    model_->sort(horizontalHeader()->sortIndicatorSection(),
                 horizontalHeader()->sortIndicatorOrder());
}

// Where there is no room for all columns, the neighbors go first.
void ClusterList::resizeEvent(QResizeEvent* event) {
    QTableView::resizeEvent(event);
    const int each = scaled(kColumnWidth, font());
    const int room = viewport()->width();
    setColumnHidden(kNearest, room < kColumns * each);
    setColumnHidden(kSeparation, room < (kColumns - 1) * each);
    setColumnHidden(kRadius, room < (kColumns - 2) * each);
}

void ClusterList::select(int cluster) {
    const auto& clusters = model_->clusters();
    for (std::size_t row = 0; row < clusters.size(); ++row)
        if (clusters[row].cluster == cluster) {
            setCurrentIndex(model_->index(static_cast<int>(row), 0));
            return;
        }
    clearSelection();
    setCurrentIndex({});
}

} // namespace inlay::widgets
