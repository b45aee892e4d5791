#include "widgets/runs/run_table_model.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <QCoreApplication>
#include <QDateTime>
#include <QFont>
#include <QLocale>
#include <QPointer>
#include <QThreadPool>

#include "widgets/plots/state_chip.h"
#include "widgets/runs/run_edits.h"

namespace inlay::widgets {
namespace {

// internalId of a top row; a run below group g has g + 1.
constexpr quintptr kTop = 0;

std::vector<RunColumnId> usualColumns() {
    return {{RunField::Result, {}}, {RunField::SpeedUp, {}}};
}

QString runTitle(const engine::RunRecord& run) {
    return run.name.empty() ? RunTableModel::tr("Run %1").arg(run.id)
                            : QString::fromStdString(run.name);
}

} // namespace

RunTableModel::RunTableModel(std::shared_ptr<const RunColumnCatalog> catalog, QObject* parent)
    : QAbstractItemModel(parent)
    , catalog_(std::move(catalog))
    , runs_(std::make_shared<engine::RunTable>())
    , chosen_(usualColumns()) {
    auto empty = std::make_shared<RunArrangement>();
    empty->table = runs_;
    arrangement_ = empty;
    sections_ = sectionsFor(*arrangement_);
}

void RunTableModel::setRuns(std::shared_ptr<const engine::RunTable> runs) {
    runs_ = std::move(runs);
    rearrange();
}

void RunTableModel::setProject(engine::ProjectId project) {
    if (wish_.project == project)
        return;
    wish_.project = project;
    rearrange();
}

void RunTableModel::setBaseline(engine::RunId run) {
    if (wish_.baseline == run)
        return;
    wish_.baseline = run;
    rearrange();
}

QString RunTableModel::setQuery(const QString& text) {
    const engine::ParsedQuery parsed = engine::parseRunQuery(text.toStdString());
    if (!parsed.issues.empty()) {
        QStringList sentences;
        for (const engine::QueryIssue& issue : parsed.issues)
            sentences << QString::fromStdString(issue.message);
        return sentences.join(QStringLiteral("; "));
    }
    wish_.query = parsed.query;
    rearrange();
    return {};
}

void RunTableModel::setGrouping(RunGrouping grouping) {
    if (wish_.grouping == grouping)
        return;
    wish_.grouping = grouping;
    rearrange();
}

void RunTableModel::setDifferences(Differences differences) {
    if (differences_ == differences)
        return;
    differences_ = differences;
    updateSections();
}

void RunTableModel::setColumns(std::vector<RunColumnId> columns) {
    chosen_ = std::move(columns);
    isChosen_ = true;
    updateSections();
}

std::vector<RunColumnId> RunTableModel::shownColumns() const {
    std::vector<RunColumnId> columns;
    for (const Section& section : sections_)
        if (!section.isDifference && section.id.field != RunField::Name)
            columns.push_back(section.id);
    return columns;
}

void RunTableModel::setSort(const RunColumnId& column, Qt::SortOrder order) {
    if (wish_.sortBy == column && wish_.order == order)
        return;
    wish_.sortBy = column;
    wish_.order = order;
    rearrange();
}

void RunTableModel::sort(int column, Qt::SortOrder order) {
    if (column >= 0 && column < columnCount())
        setSort(columnAt(column), order);
}

void RunTableModel::rearrange() {
    ++generation_;
    // One at a time; the newest wish is taken up when the worker is free.
    if (isArranging_) {
        isStale_ = true;
        return;
    }
    isArranging_ = true;
    isStale_ = false;
    const QPointer<RunTableModel> self(this);
    QThreadPool::globalInstance()->start(
        [self, runs = runs_, wish = wish_, catalog = catalog_, generation = generation_] {
            auto made =
                std::make_shared<const RunArrangement>(arrangeRuns(runs, wish, catalog->kinds()));
            QMetaObject::invokeMethod(
                QCoreApplication::instance(),
                [self, made, generation] {
                    if (!self)
                        return;
                    self->isArranging_ = false;
                    if (generation == self->generation_)
                        self->show(made);
                    else if (self->isStale_)
                        self->rearrange();
                },
                Qt::QueuedConnection);
        });
}

bool RunTableModel::hasSameShape(const RunArrangement& other) const {
    if (other.nodes.size() != arrangement_->nodes.size())
        return false;
    for (std::size_t i = 0; i < other.nodes.size(); ++i) {
        const auto& one = arrangement_->nodes[i].rows;
        const auto& two = other.nodes[i].rows;
        if (one.size() != two.size())
            return false;
        for (std::size_t k = 0; k < one.size(); ++k)
            if (arrangement_->table->row(one[k]).id != other.table->row(two[k]).id)
                return false;
    }
    return true;
}

void RunTableModel::show(std::shared_ptr<const RunArrangement> arrangement) {
    const std::vector<Section> sections = sectionsFor(*arrangement);
    if (sections.size() == sections_.size() && hasSameShape(*arrangement)) {
        // Not a reset: a person may be typing into a cell.
        const bool isTitledAnew = sections != sections_;
        arrangement_ = std::move(arrangement);
        sections_ = sections;
        if (isTitledAnew)
            emit headerDataChanged(Qt::Horizontal, 0, columnCount() - 1);
        if (rowCount() > 0)
            emit dataChanged(index(0, 0), index(rowCount() - 1, columnCount() - 1));
        for (int group = 0; group < rowCount(); ++group) {
            const QModelIndex parent = index(group, 0);
            if (const int children = rowCount(parent); children > 0)
                emit dataChanged(index(0, 0, parent),
                                 index(children - 1, columnCount() - 1, parent));
        }
    } else {
        beginResetModel();
        arrangement_ = std::move(arrangement);
        sections_ = sections;
        endResetModel();
    }
    emit arranged();
}

std::vector<RunTableModel::Section>
RunTableModel::sectionsFor(const RunArrangement& arrangement) const {
    std::vector<Section> sections;
    const RunColumnId name;
    sections.push_back({name, catalog_->style(name), false});
    for (const RunColumnId& column : columnsFor(arrangement)) {
        sections.push_back(column.field == RunField::Result
                               ? resultSection(arrangement)
                               : Section{column, catalog_->style(column), false});
        const RunColumnStyle style = sections.back().style;
        if (differences_ == Differences::Shown && arrangement.startsWithBaseline &&
            style.better != engine::Better::Neither && column.field != RunField::SpeedUp)
            sections.push_back({column, style, true});
    }
    return sections;
}

std::vector<RunColumnId> RunTableModel::columnsFor(const RunArrangement& arrangement) const {
    std::vector<RunColumnId> columns = chosen_;
    if (isChosen_ || arrangement.nodes.empty())
        return columns;
    if (std::all_of(arrangement.speedUps.begin(), arrangement.speedUps.end(),
                    [](double ratio) { return std::isnan(ratio); }))
        columns.back() = {RunField::Duration, {}};
    return columns;
}

/// Titled by what the runs are judged by, where that is the same for all.
RunTableModel::Section RunTableModel::resultSection(const RunArrangement& arrangement) const {
    const RunColumnId result{RunField::Result, {}};
    const engine::RunColumn* common = nullptr;
    std::string kind;
    for (const RunNode& node : arrangement.nodes)
        for (const std::uint32_t row : node.rows) {
            const engine::RunColumn* own = arrangement.results[row].column;
            if (own == nullptr)
                continue;
            const std::string& ownKind = arrangement.table->row(row).kind;
            if (common == nullptr) {
                common = own;
                kind = ownKind;
            } else if ((own != common || kind != ownKind) &&
                       !(isAccuracy(*own) && isAccuracy(*common))) {
                return {result, catalog_->style(result), false, true};
            }
        }
    if (common == nullptr)
        return {result, catalog_->style(result), false};
    if (isAccuracy(*common))
        return {result, catalog_->style({RunField::Accuracy, {}}), false};
    RunColumnStyle style = catalog_->style({RunField::Metric, common->key}, kind);
    // A member of a pattern has no title of its own; its name would be wider than the numbers.
    if (style.title.toStdString() == common->key)
        style.title = catalog_->style(result).title;
    return {result, style, false};
}

void RunTableModel::updateSections() {
    beginResetModel();
    sections_ = sectionsFor(*arrangement_);
    endResetModel();
    emit arranged();
}

const RunColumnId& RunTableModel::columnAt(int section) const {
    return sections_[static_cast<std::size_t>(section)].id;
}

bool RunTableModel::isDifference(int section) const {
    return sections_[static_cast<std::size_t>(section)].isDifference;
}

QModelIndex RunTableModel::indexOf(engine::RunId run) const {
    const auto& nodes = arrangement_->nodes;
    for (std::size_t i = 0; i < nodes.size(); ++i)
        for (std::size_t k = 0; k < nodes[i].rows.size(); ++k)
            if (arrangement_->table->row(nodes[i].rows[k]).id == run) {
                const QModelIndex top = index(static_cast<int>(i), 0);
                return nodes[i].rows.size() == 1 ? top : index(static_cast<int>(k), 0, top);
            }
    return {};
}

QModelIndex RunTableModel::index(int row, int column, const QModelIndex& parent) const {
    if (row < 0 || column < 0 || row >= rowCount(parent) || column >= columnCount(parent))
        return {};
    return createIndex(row, column,
                       parent.isValid() ? static_cast<quintptr>(parent.row()) + 1 : kTop);
}

QModelIndex RunTableModel::parent(const QModelIndex& child) const {
    if (!child.isValid() || child.internalId() == kTop)
        return {};
    return createIndex(static_cast<int>(child.internalId()) - 1, 0, kTop);
}

int RunTableModel::rowCount(const QModelIndex& parent) const {
    const auto& nodes = arrangement_->nodes;
    if (!parent.isValid())
        return static_cast<int>(nodes.size());
    if (parent.internalId() != kTop || parent.column() != 0)
        return 0;
    const std::size_t runs = nodes[static_cast<std::size_t>(parent.row())].rows.size();
    return runs > 1 ? static_cast<int>(runs) : 0;
}

int RunTableModel::columnCount(const QModelIndex&) const {
    return static_cast<int>(sections_.size());
}

RunTableModel::Place RunTableModel::placeOf(const QModelIndex& index) const {
    const bool isTop = index.internalId() == kTop;
    const auto node = isTop ? static_cast<std::size_t>(index.row())
                            : static_cast<std::size_t>(index.internalId()) - 1;
    Place place;
    place.node = &arrangement_->nodes[node];
    place.row = place.node->rows[isTop ? 0 : static_cast<std::size_t>(index.row())];
    place.isGroup = isTop && place.node->rows.size() > 1;
    return place;
}

RunCell RunTableModel::cellOf(const QModelIndex& index) const {
    const Place place = placeOf(index);
    const RunColumnId& column = columnAt(index.column());
    return place.isGroup ? arrangement_->cell(*place.node, column)
                         : arrangement_->cell(place.row, column);
}

double RunTableModel::differenceOf(const QModelIndex& index) const {
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    if (!arrangement_->startsWithBaseline || (index.internalId() == kTop && index.row() == 0) ||
        index.internalId() == 1)
        return none;
    const RunCell own = cellOf(index);
    const RunCell baseline =
        arrangement_->cell(arrangement_->nodes.front(), columnAt(index.column()));
    if (own.type != RunCell::Type::Number || baseline.type != RunCell::Type::Number)
        return none;
    return own.number - baseline.number;
}

QString RunTableModel::displayText(const QModelIndex& index) const {
    const Section& section = sections_[static_cast<std::size_t>(index.column())];
    if (section.isDifference) {
        const double difference = differenceOf(index);
        return std::isnan(difference)
                   ? QString()
                   : runNumberText(difference, section.style, NumberRole::Difference);
    }
    const Place place = placeOf(index);
    const engine::RunRecord& run = arrangement_->table->row(place.row);
    if (section.id.field == RunField::Name) {
        if (place.isGroup) {
            const QString name = runGroupName(run.name);
            return name.isEmpty() ? tr("Untitled") : name;
        }
        const bool isChild = index.internalId() != kTop;
        return isChild ? tr("seed %1").arg(run.seed) : runTitle(run);
    }
    const RunCell cell = cellOf(index);
    if (cell.type == RunCell::Type::Missing)
        return QStringLiteral("–");
    if (section.id.field == RunField::State && !place.isGroup)
        return runStateTitle(runStateFrom(cell.text));
    if (section.id.field == RunField::Kind)
        return catalog_->kindTitle(run.kind);
    if (section.id.field == RunField::Created)
        return QLocale().toString(QDateTime::fromMSecsSinceEpoch(static_cast<qint64>(cell.number)),
                                  QLocale::ShortFormat);
    if (cell.type == RunCell::Type::Text)
        return cell.text;
    const engine::RunColumn* judging = nullptr;
    if (section.isMixed)
        judging = place.isGroup ? arrangement_->judging(*place.node)
                                : arrangement_->results[place.row].column;
    if (judging != nullptr)
        return runValueText(cell.number,
                            catalog_->style({RunField::Metric, judging->key}, run.kind));
    return runNumberText(cell.number, section.style);
}

QString RunTableModel::toolTip(const QModelIndex& index) const {
    const Place place = placeOf(index);
    const engine::RunRecord& run = arrangement_->table->row(place.row);
    if (place.isGroup)
        return tr("%1\nMean of %2 that differ in nothing but the seed")
            .arg(displayText(index.siblingAtColumn(0)),
                 runCountText(static_cast<std::int64_t>(place.node->rows.size())));
    QStringList lines{runTitle(run)};
    QString state =
        runStateTitle(runStateFrom(QString::fromUtf8(engine::nameOf(run.status).data())));
    if (engine::isActive(run.status) && run.totalSteps > 0) {
        state = tr("%1, step %L2 of %L3").arg(state).arg(run.step).arg(run.totalSteps);
        if (run.etaMs >= 0)
            state = tr("%1, %2 left").arg(state, durationText(run.etaMs));
    }
    lines << state;
    if (const engine::RunColumn* judging = arrangement_->results[place.row].column) {
        const RunColumnStyle style = catalog_->style({RunField::Metric, judging->key}, run.kind);
        lines << tr("%1: %2").arg(style.plainTitle,
                                  runValueText(judging->numbers[place.row], style));
    }
    if (run.parentRun) {
        const auto parent = arrangement_->table->indexOf(*run.parentRun);
        lines << tr("Forked from %1")
                     .arg(parent < 0 ? tr("run %1").arg(*run.parentRun)
                                     : runTitle(arrangement_->table->row(
                                           static_cast<std::size_t>(parent))));
    }
    if (!run.message.empty())
        lines << QString::fromStdString(run.message);
    for (const std::string& flag : run.flags)
        lines << tr("Flag: %1").arg(QString::fromStdString(flag).replace(u'_', u' '));
    if (!run.tags.empty())
        lines << tr("Tags: %1").arg(arrangement_->cell(place.row, {RunField::Tags, {}}).text);
    if (!run.notes.empty())
        lines << QString::fromStdString(run.notes);
    lines << tr("Seed %1, %2").arg(run.seed).arg(QString::fromStdString(run.device));
    return lines.join(QLatin1Char('\n'));
}

QVariant RunTableModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid())
        return {};
    const Section& section = sections_[static_cast<std::size_t>(index.column())];
    const Place place = placeOf(index);
    const engine::RunRecord& run = arrangement_->table->row(place.row);
    switch (role) {
    case Qt::DisplayRole:
        return displayText(index);
    case Qt::EditRole:
        if (section.id.field == RunField::Name)
            return QString::fromStdString(run.name);
        if (section.id.field == RunField::Notes)
            return QString::fromStdString(run.notes);
        return displayText(index);
    case Qt::ToolTipRole:
        return toolTip(index);
    case Qt::AccessibleTextRole:
        if (section.id.field == RunField::Name && !place.isGroup)
            return tr("%1, %2%3")
                .arg(displayText(index),
                     runStateTitle(
                         runStateFrom(QString::fromUtf8(engine::nameOf(run.status).data()))),
                     run.star ? tr(", starred") : QString());
        return displayText(index);
    case Qt::TextAlignmentRole:
        return QVariant(Qt::AlignVCenter |
                        (section.style.isNumeric ? Qt::AlignRight : Qt::AlignLeft));
    case RunIdRole:
        return QVariant::fromValue<qlonglong>(run.id);
    case RunIdsRole: {
        QVariantList ids;
        if (place.isGroup)
            for (const std::uint32_t row : place.node->rows)
                ids << QVariant::fromValue<qlonglong>(arrangement_->table->row(row).id);
        else
            ids << QVariant::fromValue<qlonglong>(run.id);
        return ids;
    }
    case StateRole: {
        if (!place.isGroup)
            return QString::fromUtf8(engine::nameOf(run.status).data());
        // The most telling state of a group: what runs, then what went wrong.
        for (const auto status :
             {engine::RunStatus::Running, engine::RunStatus::Paused, engine::RunStatus::Queued,
              engine::RunStatus::Failed, engine::RunStatus::Diverged, engine::RunStatus::Lost,
              engine::RunStatus::Stopped})
            for (const std::uint32_t row : place.node->rows)
                if (arrangement_->table->row(row).status == status)
                    return QString::fromUtf8(engine::nameOf(status).data());
        return QStringLiteral("finished");
    }
    case StarRole:
        return !place.isGroup && run.star;
    case BaselineRole:
        if (place.isGroup)
            return arrangement_->startsWithBaseline && index.row() == 0;
        return run.id == wish_.baseline;
    case InBaselineRowRole:
        return arrangement_->startsWithBaseline &&
               (index.internalId() == 1 || (index.internalId() == kTop && index.row() == 0));
    case ProgressRole:
        if (engine::isActive(run.status) && run.totalSteps > 0 && !place.isGroup)
            return static_cast<double>(run.step) / static_cast<double>(run.totalSteps);
        return {};
    case GroupRole:
        return place.isGroup ? static_cast<int>(place.node->rows.size()) : 1;
    case BetterRole: {
        const double difference = section.isDifference ? differenceOf(index) : 0.0;
        if (std::isnan(difference) || difference == 0)
            return 0;
        return (difference > 0) == (section.style.better == engine::Better::Higher) ? 1 : -1;
    }
    case LiveRole:
        return !place.isGroup && engine::isActive(run.status);
    default:
        return {};
    }
}

bool RunTableModel::setData(const QModelIndex& index, const QVariant& value, int role) {
    if (role != Qt::EditRole || edits_ == nullptr || !index.isValid())
        return false;
    const engine::RunRecord& run = arrangement_->table->row(placeOf(index).row);
    const QString text = value.toString().trimmed();
    if (columnAt(index.column()).field == RunField::Notes)
        edits_->setNotes(run.id, QString::fromStdString(run.notes), text);
    else
        edits_->rename(run.id, QString::fromStdString(run.name), text);
    return true;
}

Qt::ItemFlags RunTableModel::flags(const QModelIndex& index) const {
    if (!index.isValid())
        return {};
    Qt::ItemFlags flags = Qt::ItemIsSelectable | Qt::ItemIsEnabled;
    const RunField field = columnAt(index.column()).field;
    const bool isText = field == RunField::Name || field == RunField::Notes;
    if (isText && edits_ != nullptr && !placeOf(index).isGroup)
        flags |= Qt::ItemIsEditable;
    return flags;
}

QVariant RunTableModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || section < 0 || section >= columnCount())
        return {};
    const Section& column = sections_[static_cast<std::size_t>(section)];
    switch (role) {
    case Qt::DisplayRole:
        if (column.isDifference)
            return QStringLiteral("Δ");
        if (column.id.field == RunField::Name && wish_.grouping == RunGrouping::Seeds)
            return tr("Group");
        return column.style.title;
    case Qt::ToolTipRole:
        if (column.isDifference)
            return tr("%1: difference from the pinned baseline").arg(column.style.title);
        return column.style.toolTip.isEmpty() ? column.style.title : column.style.toolTip;
    case Qt::AccessibleTextRole:
        return column.isDifference ? tr("%1, difference").arg(column.style.title)
                                   : column.style.title;
    case Qt::TextAlignmentRole:
        return QVariant(Qt::AlignVCenter |
                        (column.style.isNumeric ? Qt::AlignRight : Qt::AlignLeft));
    default:
        return {};
    }
}

} // namespace inlay::widgets
