#include "widgets/views/compare/scatter_panel.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <QAction>
#include <QComboBox>
#include <QLabel>
#include <QMenu>
#include <QToolButton>
#include <QVBoxLayout>

#include "widgets/plots/scatter_plot.h"
#include "widgets/theme/icons.h"
#include "widgets/theme/metrics.h"
#include "widgets/views/compare/elided_combo.h"

namespace inlay::widgets {
namespace {

QString keyOf(const CompareRow& row) {
    return QString::fromStdString(row.key);
}

engine::Goal goalOf(engine::Better better) {
    return better == engine::Better::Lower ? engine::Goal::Minimize : engine::Goal::Maximize;
}

} // namespace

ScatterPanel::ScatterPanel(QWidget* parent)
    : QWidget(parent)
    , comparison_(std::make_shared<Comparison>())
    , plot_(new ScatterPlot(this)) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    auto* bar = new QWidget(this);
    bar->setFixedHeight(scaled(measure::kButtonHeight + 6, font()));
    auto* row = new QHBoxLayout(bar);
    row->setContentsMargins(scaled(measure::kViewPadding, font()), scaled(4, font()),
                            scaled(measure::kViewPadding, font()), 0);
    row->setSpacing(scaled(measure::kGap, font()));
    const auto makeBox = [&](const QString& name, const QString& tip) {
        auto* box = new ElidedCombo(tip, this);
        box->setAccessibleName(name);
        box->setMinimumContentsLength(6);
        box->setMaximumWidth(scaled(240, font()));
        connect(box, &QComboBox::activated, this, [this, box] {
            box->setProperty("chosen", true);
            plot_->fit();
            update();
        });
        return box;
    };
    y_ = makeBox(tr("Result"), tr("Result on the y axis"));
    x_ = makeBox(tr("Cost"), tr("Cost, result or setting on the x axis"));
    row->addWidget(y_, 1);
    auto* against = new QLabel(tr("vs."), this);
    against->setProperty("role", QStringLiteral("muted"));
    row->addWidget(against);
    row->addWidget(x_, 1);
    auto* more = new QToolButton(this);
    more->setIcon(icon(QStringLiteral("settings")));
    more->setAccessibleName(tr("Scales of the results and costs"));
    more->setToolTip(tr("Logarithmic axes"));
    more->setPopupMode(QToolButton::InstantPopup);
    auto* menu = new QMenu(more);
    const auto addScale = [&](const QString& text) {
        QAction* action = menu->addAction(text);
        action->setCheckable(true);
        connect(action, &QAction::toggled, this, &ScatterPanel::update);
        return action;
    };
    logX_ = addScale(tr("Logarithmic x axis"));
    logY_ = addScale(tr("Logarithmic y axis"));
    more->setMenu(menu);
    row->addWidget(more);
    row->addStretch();
    column->addWidget(bar);
    column->addWidget(plot_, 1);
    plot_->setEmptyText(tr("One mark a group will appear here as soon as the runs have both "
                           "figures; costs are recorded when a run ends."));
    connect(plot_, &Plot::notice, this, &ScatterPanel::notice);
    connect(plot_, &ScatterPlot::pointHovered, this,
            [this](const QString& id) { emit groupHovered(groupOf(id)); });
    connect(plot_, &ScatterPlot::selectionChanged, this, [this](const QStringList& ids) {
        emit groupClicked(ids.isEmpty() ? -1 : groupOf(ids.last()));
    });
}

void ScatterPanel::setRows(std::shared_ptr<const Comparison> comparison,
                           const std::vector<CompareRow>& rows) {
    comparison_ = std::move(comparison);
    rows_.clear();
    for (const CompareRow& row : rows) {
        const bool isUseful = row.type == CompareRow::Type::Quantity ||
                              (row.type == CompareRow::Type::Setting && row.differs);
        const bool hasNumbers =
            std::any_of(row.cells.begin(), row.cells.end(),
                        [](const auto& cell) { return cell.value.has_value(); });
        if (isUseful && hasNumbers && row.key != "seed")
            rows_.push_back(row);
    }
    fill(y_,
         {QStringLiteral("test/accuracy"), QStringLiteral("validation/accuracy"),
          QStringLiteral("test/loss"), QStringLiteral("validation/loss")},
         false);
    fill(x_,
         {QStringLiteral("time/step_seconds"), QStringLiteral("multiply_adds"),
          QStringLiteral("parameters")},
         true);
    plot_->setProvenance(comparison_->provenance);
    update();
}

// Keeps what a person chose; else the preferred quantity that most groups have.
void ScatterPanel::fill(QComboBox* box, const QStringList& preferred, bool settingsToo) {
    const QString before = box->currentData().toString();
    QStringList keys;
    QStringList titles;
    const auto addAll = [&](CompareRow::Type type) {
        for (const CompareRow& row : rows_)
            if (row.type == type) {
                keys << keyOf(row);
                titles << row.name;
            }
    };
    addAll(CompareRow::Type::Quantity);
    if (settingsToo)
        addAll(CompareRow::Type::Setting);
    QStringList shown;
    for (int i = 0; i < box->count(); ++i)
        shown << box->itemData(i).toString();
    if (shown != keys) {
        box->clear();
        for (qsizetype i = 0; i < keys.size(); ++i)
            box->addItem(titles[i], keys[i]);
        box->setEnabled(!keys.isEmpty());
    }
    QString wanted = before;
    if (!box->property("chosen").toBool() || !keys.contains(before)) {
        std::size_t most = 0;
        wanted.clear();
        const auto consider = [&](const QString& key) {
            for (const CompareRow& row : rows_) {
                if (keyOf(row) != key)
                    continue;
                const auto known = static_cast<std::size_t>(
                    std::count_if(row.cells.begin(), row.cells.end(),
                                  [](const auto& cell) { return cell.value.has_value(); }));
                if (known > most) {
                    most = known;
                    wanted = key;
                }
            }
        };
        for (const QString& key : preferred)
            consider(key);
        for (const QString& key : keys)
            if (wanted.isEmpty() && key != y_->currentData().toString())
                consider(key);
    }
    box->setCurrentIndex(box->findData(wanted));
}

void ScatterPanel::setQuantities(const QString& x, const QString& y) {
    for (const auto& [box, key] : {std::pair(x_, x), std::pair(y_, y)})
        if (const int index = box->findData(key); index >= 0) {
            box->setProperty("chosen", true);
            box->setCurrentIndex(index);
        }
    plot_->fit();
    update();
}

const CompareRow* ScatterPanel::rowOf(const QComboBox* box) const {
    const QString key = box->currentData().toString();
    for (const CompareRow& row : rows_)
        if (keyOf(row) == key)
            return &row;
    return nullptr;
}

void ScatterPanel::update() {
    const CompareRow* x = rowOf(x_);
    const CompareRow* y = rowOf(y_);
    std::vector<ScatterPoint> points;
    bool haveSpread = false;
    if (x != nullptr && y != nullptr) {
        constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
        for (std::size_t g = 0; g < comparison_->groups.size() && g < x->cells.size(); ++g) {
            const ComparedGroup& group = comparison_->groups[g];
            const CompareCell& across = x->cells[g];
            const CompareCell& up = y->cells[g];
            ScatterPoint point;
            point.id = group.id();
            point.name = group.name;
            point.style = group.style;
            point.x = across.value.value_or(kNone);
            point.y = up.value.value_or(kNone);
            if (group.runs.size() > 1) {
                if (across.value && across.low < across.high)
                    point.xSpread = Range{across.low, across.high};
                if (up.value && up.low < up.high)
                    point.ySpread = Range{up.low, up.high};
                haveSpread = haveSpread || point.xSpread || point.ySpread;
            }
            points.push_back(std::move(point));
        }
        const auto scaleOf = [](const QAction* log) {
            return log->isChecked() ? AxisScale::Log : AxisScale::Linear;
        };
        plot_->setXAxis({x->name, {x->unit, 4}, scaleOf(logX_)});
        plot_->setYAxis({y->name, {y->unit, 4}, scaleOf(logY_)});
        plot_->setTitle(tr("%1 against %2").arg(y->name, x->name.toLower()));
    }
    QString about;
    const bool haveGoals = x != nullptr && y != nullptr && x != y &&
                           x->better != engine::Better::Neither &&
                           y->better != engine::Better::Neither;
    if (haveGoals) {
        plot_->setGoals(goalOf(x->better), goalOf(y->better));
        about = tr("front in accent");
    } else {
        plot_->clearGoals();
    }
    // Only one of them has room beside the title.
    if (haveSpread)
        about = tr("bars over seeds");
    if (x != nullptr && y != nullptr)
        plot_->setTitle(plot_->title(), about);
    std::vector<PlotMark> marks;
    if (comparison_->groups.size() > 1 && !points.empty() && std::isfinite(points.front().x))
        marks.push_back({points.front().x, tr("baseline")});
    plot_->setMarks(std::move(marks));
    if (points != plot_->points())
        plot_->setPoints(std::move(points));
}

int ScatterPanel::groupOf(const QString& id) const {
    for (std::size_t i = 0; i < comparison_->groups.size(); ++i)
        if (comparison_->groups[i].id() == id)
            return static_cast<int>(i);
    return -1;
}

QString ScatterPanel::idOf(int group) const {
    return group < 0 || static_cast<std::size_t>(group) >= comparison_->groups.size()
               ? QString()
               : comparison_->groups[static_cast<std::size_t>(group)].id();
}

void ScatterPanel::highlight(int group) {
    plot_->highlight(idOf(group));
}

void ScatterPanel::setChosen(int group) {
    const QString id = idOf(group);
    plot_->setSelected(id.isEmpty() ? QStringList() : QStringList{id});
}

} // namespace inlay::widgets
