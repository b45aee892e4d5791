#include "widgets/views/compare/difference_model.h"

#include <algorithm>

#include <QLocale>

namespace inlay::widgets {
namespace {

bool sameKeys(const std::vector<CompareRow>& a, const std::vector<CompareRow>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& x, const auto& y) {
        return x.type == y.type && x.key == y.key && x.cells.size() == y.cells.size();
    });
}

QString spelled(const CompareCell& cell) {
    return cell.spread.isEmpty() ? cell.text : cell.text + QLatin1Char(' ') + cell.spread;
}

} // namespace

DifferenceModel::DifferenceModel(QObject* parent)
    : QAbstractTableModel(parent) {}

std::vector<std::size_t> DifferenceModel::visibleOf(const std::vector<CompareRow>& rows) const {
    std::vector<std::size_t> visible;
    std::size_t heading = rows.size();
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (rows[i].type == CompareRow::Type::Section) {
            heading = i;
            continue;
        }
        if (!rows[i].differs && shown_ == ShownRows::Differing)
            continue;
        if (heading < i)
            visible.push_back(heading);
        heading = rows.size();
        visible.push_back(i);
    }
    return visible;
}

void DifferenceModel::setRows(std::vector<CompareRow> rows, std::vector<ComparedGroup> groups) {
    std::vector<std::size_t> visible = visibleOf(rows);
    const bool isSame = sameKeys(rows, all_) && visible == visible_ &&
                        groups.size() == groups_.size() &&
                        std::equal(groups.begin(), groups.end(), groups_.begin(),
                                   [](const auto& a, const auto& b) { return a.name == b.name; });
    if (!isSame)
        beginResetModel();
    all_ = std::move(rows);
    groups_ = std::move(groups);
    visible_ = std::move(visible);
    if (!isSame)
        endResetModel();
    else if (rowCount() > 0)
        emit dataChanged(index(0, 0), index(rowCount() - 1, columnCount() - 1));
}

void DifferenceModel::setShown(ShownRows shown) {
    if (shown == shown_)
        return;
    beginResetModel();
    shown_ = shown;
    visible_ = visibleOf(all_);
    endResetModel();
}

int DifferenceModel::equalSettings() const {
    return static_cast<int>(std::count_if(all_.begin(), all_.end(), [](const auto& row) {
        return row.type == CompareRow::Type::Setting && !row.differs && row.key != "state" &&
               row.key != "kind" && row.key != "seed";
    }));
}

PlotTable DifferenceModel::table() const {
    PlotTable table;
    table.columns.resize(2 + groups_.size());
    table.columns[0] = {tr("Section"), {}, {}, true};
    table.columns[1] = {tr("Row"), {}, {}, true};
    for (std::size_t g = 0; g < groups_.size(); ++g) {
        QStringList ids;
        for (const ComparedRun& run : groups_[g].runs)
            ids << QString::number(run.id);
        table.columns[2 + g] = {groups_[g].name, {}, {ids.join(QStringLiteral(", "))}, true};
    }
    table.columns[0].texts << tr("Run");
    table.columns[1].texts << tr("Number of the run");
    // Where the figures come from, whether or not it differs.
    const auto addFact = [&](const QString& title, auto textOf) {
        table.columns[0].texts << tr("Run");
        table.columns[1].texts << title;
        for (std::size_t g = 0; g < groups_.size(); ++g)
            table.columns[2 + g].texts << textOf(groups_[g]);
    };
    addFact(tr("Seeds"), [](const ComparedGroup& group) {
        QStringList seeds;
        for (const ComparedRun& run : group.runs)
            seeds << QString::number(run.seed);
        return seeds.join(QStringLiteral(", "));
    });
    addFact(tr("Made with"), [](const ComparedGroup& group) { return group.machine; });
    QString section;
    for (const std::size_t at : visible_) {
        const CompareRow& row = all_[at];
        if (row.type == CompareRow::Type::Section) {
            section = row.title;
            continue;
        }
        table.columns[0].texts << section;
        table.columns[1].texts << row.title;
        for (std::size_t g = 0; g < groups_.size(); ++g) {
            const CompareCell& cell = row.cells[g];
            // Numbers as they are, not as they fit on the screen.
            const bool isExact = cell.value && row.type == CompareRow::Type::Quantity;
            table.columns[2 + g].texts
                << (isExact ? QString::number(*cell.value, 'g', QLocale::FloatingPointShortest)
                            : cell.text);
        }
    }
    return table;
}

QString DifferenceModel::asMarkdown() const {
    const auto escaped = [](QString text) {
        return text.replace(QLatin1Char('|'), QLatin1String("\\|"));
    };
    QString text = QStringLiteral("| ") + tr("Only what differs") + QStringLiteral(" |");
    QString rule = QStringLiteral("| --- |");
    for (const ComparedGroup& group : groups_) {
        text += QStringLiteral(" %1 |").arg(escaped(group.name));
        rule += QStringLiteral(" --- |");
    }
    text += QLatin1Char('\n') + rule + QLatin1Char('\n');
    for (const std::size_t at : visible_) {
        const CompareRow& row = all_[at];
        if (row.type == CompareRow::Type::Section)
            continue;
        text += QStringLiteral("| %1 |").arg(escaped(row.title));
        for (const CompareCell& cell : row.cells)
            text += QStringLiteral(" %1 |").arg(escaped(spelled(cell)));
        text += QLatin1Char('\n');
    }
    return text;
}

int DifferenceModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(visible_.size());
}

int DifferenceModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : 1 + static_cast<int>(groups_.size());
}

QVariant DifferenceModel::data(const QModelIndex& index, int role) const {
    const CompareRow& row = this->row(index.row());
    const bool isSection = row.type == CompareRow::Type::Section;
    if (role == SectionRole)
        return isSection;
    if (index.column() == 0 || isSection) {
        if (role == Qt::DisplayRole)
            return index.column() == 0 ? row.title : QString();
        if (role == Qt::ToolTipRole)
            return row.toolTip;
        return {};
    }
    const CompareCell& cell = row.cells[static_cast<std::size_t>(index.column() - 1)];
    switch (role) {
    case Qt::DisplayRole:
        return cell.text;
    case Qt::ToolTipRole:
        return cell.toolTip;
    case Qt::AccessibleTextRole:
        return QStringLiteral("%1, %2: %3 %4")
            .arg(row.title, groups_[static_cast<std::size_t>(index.column() - 1)].name,
                 spelled(cell), cell.delta)
            .trimmed();
    case DiffersRole:
        return cell.differs;
    case SpreadRole:
        return cell.spread;
    case DeltaRole:
        return cell.delta;
    case ToneRole:
        return static_cast<int>(cell.tone);
    default:
        return {};
    }
}

QVariant DifferenceModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal)
        return {};
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue(Qt::Alignment(Qt::AlignLeft | Qt::AlignVCenter));
    if (role != Qt::DisplayRole && role != Qt::ToolTipRole)
        return {};
    if (section == 0)
        return shown_ == ShownRows::All ? tr("All rows") : tr("Only what differs");
    const ComparedGroup& group = groups_[static_cast<std::size_t>(section - 1)];
    if (role == Qt::DisplayRole)
        return group.name;
    QStringList ids;
    for (const ComparedRun& run : group.runs)
        ids << tr("run %1 (seed %2)").arg(run.id).arg(run.seed);
    return group.name + QStringLiteral(": ") + ids.join(QStringLiteral(", ")) +
           (section == 1 ? tr("; the others are measured against it") : QString());
}

} // namespace inlay::widgets
