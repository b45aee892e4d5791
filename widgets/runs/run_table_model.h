#pragma once

#include <memory>
#include <vector>

#include <QAbstractItemModel>

#include "widgets/runs/run_arrangement.h"

namespace inlay::widgets {

class StoreClient;
class RunEdits;

/// The runs of a snapshot as rows, or as groups of seeds with their runs below. Filtering, sorting
/// and grouping happen on a worker; the result replaces the old one when it is there, and an
/// answer to an older wish is dropped.
///
/// Columns: the run first, then the chosen ones; while there is a baseline and differences are
/// wanted, each numeric column with a direction is followed by its difference. Until a person
/// chooses, they are the result and the speed-up, or how long a run took where none has a twin.
class RunTableModel : public QAbstractItemModel {
    Q_OBJECT

public:
    enum Role {
        RunIdRole = Qt::UserRole, ///< qlonglong; of a group the first run
        RunIdsRole,               ///< QVariantList
        StateRole,                ///< "running"
        StarRole,
        BaselineRole, ///< the pinned run
        InBaselineRowRole,
        ProgressRole, ///< 0 to 1 while running or paused, else invalid
        GroupRole,    ///< number of runs, 1 for a run
        BetterRole,   ///< of a difference: 1 better, -1 worse, 0 neither
        LiveRole,     ///< the value still moves
        SortRole
    };

    RunTableModel(std::shared_ptr<const RunColumnCatalog> catalog, QObject* parent = nullptr);

    void setRuns(std::shared_ptr<const engine::RunTable> runs);
    void setProject(engine::ProjectId project);
    void setBaseline(engine::RunId run);
    /// The issues of the text, as one sentence; a wrong query leaves the rows as they are.
    QString setQuery(const QString& text);
    void setGrouping(RunGrouping grouping);
    enum class Differences { Hidden, Shown };
    void setDifferences(Differences differences);
    void setColumns(std::vector<RunColumnId> columns);
    const std::vector<RunColumnId>& chosenColumns() const { return chosen_; }
    /// Whether setColumns() was called.
    bool areColumnsChosen() const { return isChosen_; }
    /// What stands there, without the run and without differences.
    std::vector<RunColumnId> shownColumns() const;
    void setSort(const RunColumnId& column, Qt::SortOrder order);
    const RunWish& wish() const { return wish_; }
    /// Where renames and notes typed into a cell go; without it cells cannot be edited.
    void setEdits(RunEdits* edits) { edits_ = edits; }

    const RunArrangement& arrangement() const { return *arrangement_; }
    const RunColumnCatalog& catalog() const { return *catalog_; }
    /// The chosen column behind a section; a difference belongs to the value before it.
    const RunColumnId& columnAt(int section) const;
    bool isDifference(int section) const;
    /// First column of a run, invalid when it is not shown.
    QModelIndex indexOf(engine::RunId run) const;

    QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
    QModelIndex parent(const QModelIndex& child) const override;
    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
    bool setData(const QModelIndex& index, const QVariant& value, int role) override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    void sort(int column, Qt::SortOrder order = Qt::AscendingOrder) override;

signals:
    /// A new arrangement is shown.
    void arranged();

private:
    struct Section {
        RunColumnId id;
        RunColumnStyle style;
        bool isDifference = false;
        /// The column of results of several kinds: each has a unit of its own.
        bool isMixed = false;

        bool operator==(const Section& other) const {
            return id == other.id && isDifference == other.isDifference &&
                   style.title == other.style.title;
        }
    };
    struct Place {
        const RunNode* node = nullptr;
        std::uint32_t row = 0;
        bool isGroup = false;
    };

    void rearrange();
    void show(std::shared_ptr<const RunArrangement> arrangement);
    bool hasSameShape(const RunArrangement& other) const;
    std::vector<Section> sectionsFor(const RunArrangement& arrangement) const;
    std::vector<RunColumnId> columnsFor(const RunArrangement& arrangement) const;
    Section resultSection(const RunArrangement& arrangement) const;
    void updateSections();
    Place placeOf(const QModelIndex& index) const;
    RunCell cellOf(const QModelIndex& index) const;
    /// NaN when there is nothing to compare with.
    double differenceOf(const QModelIndex& index) const;
    QString displayText(const QModelIndex& index) const;
    QString toolTip(const QModelIndex& index) const;

    std::shared_ptr<const RunColumnCatalog> catalog_;
    RunEdits* edits_ = nullptr;
    std::shared_ptr<const engine::RunTable> runs_;
    RunWish wish_;
    Differences differences_ = Differences::Hidden;
    std::vector<RunColumnId> chosen_;
    bool isChosen_ = false;
    std::vector<Section> sections_;
    std::shared_ptr<const RunArrangement> arrangement_;
    std::uint64_t generation_ = 0;
    bool isArranging_ = false;
    bool isStale_ = false;
};

} // namespace inlay::widgets
