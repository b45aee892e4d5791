#include "widgets/forms/sweep_dialog.h"

#include <algorithm>
#include <utility>

#include <QComboBox>
#include <QCompleter>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QToolButton>
#include <QVBoxLayout>

#include "widgets/forms/number_edit.h"
#include "widgets/plots/numbers.h"
#include "widgets/theme/icons.h"
#include "widgets/theme/metrics.h"

namespace inlay::widgets {

using engine::ExperimentKind;
using engine::FieldInfo;
using engine::FieldType;
using engine::GridAxis;
using engine::Issue;
using engine::Json;
using engine::ProjectFile;

namespace {

FieldInfo seedsField() {
    FieldInfo field;
    field.key = "seeds";
    field.type = FieldType::Integer;
    field.minimum = 1;
    field.maximum = double(engine::kMostRuns);
    return field;
}

QString duration(double seconds) {
    if (seconds < 90)
        return SweepDialog::tr("%1 s").arg(formatNumber(seconds, 2, QLocale()));
    if (seconds < 5400)
        return SweepDialog::tr("%1 min").arg(formatNumber(seconds / 60, 2, QLocale()));
    return SweepDialog::tr("%1 h").arg(formatNumber(seconds / 3600, 2, QLocale()));
}

} // namespace

SweepDialog::SweepDialog(const ExperimentKind& kind, ProjectFile project, QWidget* parent)
    : QDialog(parent)
    , kind_(kind)
    , project_(std::move(project)) {
    setModal(false);
    setWindowTitle(tr("Run sweep – Inlay"));
    resize(scaled(520, font()), sizeHint().height());
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(scaled(12, font()), scaled(12, font()), scaled(12, font()),
                               scaled(12, font()));
    layout->setSpacing(scaled(8, font()));
    auto* intro =
        new QLabel(tr("Every combination of the values below becomes a run of one group."), this);
    intro->setProperty("role", QStringLiteral("muted"));
    intro->setWordWrap(true);
    layout->addWidget(intro);
    list_ = new QVBoxLayout;
    list_->setSpacing(scaled(measure::kFormRowGap, font()));
    layout->addLayout(list_);
    auto* add = new QToolButton(this);
    add->setText(tr("Add parameter"));
    add->setIcon(icon(QStringLiteral("plus")));
    add->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    add->setFocusPolicy(Qt::StrongFocus);
    connect(add, &QToolButton::clicked, this, [this] {
        addAxis({}, {});
        axes_.back().key->setFocus();
    });
    layout->addWidget(add, 0, Qt::AlignLeft);

    auto* seedRow = new QHBoxLayout;
    auto* seedLabel = new QLabel(tr("Seeds for each"), this);
    seeds_ = new NumberEdit(seedsField(), this);
    seeds_->setAccessibleName(tr("Seeds for each combination"));
    seeds_->setToolTip(tr("Runs from seed %1 on").arg(project_.seed));
    seeds_->setValue(project_.seeds);
    seedLabel->setBuddy(seeds_);
    seedRow->addWidget(seedLabel);
    seedRow->addWidget(seeds_);
    seedRow->addStretch(1);
    layout->addLayout(seedRow);
    connect(seeds_, &NumberEdit::edited, this, &SweepDialog::update);

    summary_ = new QLabel(this);
    summary_->setWordWrap(true);
    problem_ = new QLabel(this);
    problem_->setProperty("role", QStringLiteral("bad"));
    problem_->setWordWrap(true);
    problem_->setTextFormat(Qt::PlainText);
    layout->addWidget(summary_);
    layout->addWidget(problem_);
    layout->addStretch(1);

    auto* buttons = new QHBoxLayout;
    buttons->addStretch(1);
    auto* cancel = new QPushButton(tr("Cancel"), this);
    connect(cancel, &QPushButton::clicked, this, &QDialog::reject);
    start_ = new QPushButton(this);
    start_->setProperty("primary", true);
    start_->setDefault(true);
    start_->setEnabled(false);
    connect(start_, &QPushButton::clicked, this, [this] {
        emit sweepWanted(this->project());
        accept();
    });
    buttons->addWidget(cancel);
    buttons->addWidget(start_);
    layout->addLayout(buttons);

    connect(&worker_, &FormWorker::checked, this, &SweepDialog::showReport);
    for (const GridAxis& axis : project_.grid) {
        QStringList values;
        for (const Json& value : axis.values)
            values << QString::fromStdString(value.is_string() ? value.get<std::string>()
                                                               : engine::dumpJson(value));
        addAxis(QString::fromStdString(axis.key), values.join(QStringLiteral(", ")));
    }
    if (axes_.empty())
        addAxis({}, {});
    update();
}

void SweepDialog::addAxis(const QString& key, const QString& values) {
    Axis axis{new QWidget(this), nullptr, nullptr};
    auto* layout = new QHBoxLayout(axis.widget);
    axis.widget->setMinimumHeight(scaled(measure::kFieldHeight, font()) +
                                  scaled(measure::kFormRowGap, font()));
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(scaled(measure::kGap, font()));
    axis.key = new QComboBox(axis.widget);
    axis.key->setEditable(true);
    axis.key->setInsertPolicy(QComboBox::NoInsert);
    axis.key->setAccessibleName(tr("Parameter"));
    axis.key->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    axis.key->setMinimumContentsLength(12);
    for (const FieldInfo& field : kind_.schema().fields(project_.config)) {
        axis.key->addItem(QString::fromStdString(field.key));
        axis.key->setItemData(axis.key->count() - 1,
                              QString::fromStdString(field.title + ": " + field.help),
                              Qt::ToolTipRole);
    }
    axis.key->completer()->setFilterMode(Qt::MatchContains);
    axis.key->completer()->setCompletionMode(QCompleter::PopupCompletion);
    axis.key->setCurrentText(key);
    axis.key->lineEdit()->setPlaceholderText(tr("Parameter"));
    axis.key->lineEdit()->setAccessibleName(tr("Parameter"));
    axis.values = new QLineEdit(values, axis.widget);
    axis.values->setPlaceholderText(tr("Values, e.g. 16, 24, 32"));
    axis.values->setAccessibleName(tr("Values, separated by commas"));
    auto* remove = new QToolButton(axis.widget);
    remove->setIcon(icon(QStringLiteral("close")));
    remove->setToolTip(tr("Remove this parameter"));
    remove->setAccessibleName(remove->toolTip());
    remove->setFocusPolicy(Qt::StrongFocus);
    layout->addWidget(axis.key, 3);
    layout->addWidget(axis.values, 2);
    layout->addWidget(remove);
    connect(axis.key, &QComboBox::currentTextChanged, this, &SweepDialog::update);
    connect(axis.values, &QLineEdit::textChanged, this, &SweepDialog::update);
    connect(remove, &QToolButton::clicked, this,
            [this, widget = axis.widget] { removeAxis(widget); });
    list_->addWidget(axis.widget);
    axes_.push_back(axis);
    update();
}

void SweepDialog::removeAxis(QWidget* widget) {
    std::erase_if(axes_, [widget](const Axis& axis) { return axis.widget == widget; });
    list_->removeWidget(widget);
    widget->hide();
    widget->deleteLater();
    update();
}

ProjectFile SweepDialog::project() const {
    ProjectFile out = project_;
    out.grid.clear();
    for (const Axis& axis : axes_) {
        const std::string key = axis.key->currentText().trimmed().toStdString();
        const std::string values = axis.values->text().trimmed().toStdString();
        if (key.empty() && values.empty())
            continue;
        for (GridAxis& parsed : engine::parseGrid({key + "=" + values}).axes) {
            // People put blanks behind commas.
            for (Json& value : parsed.values)
                if (value.is_string())
                    value = engine::valueFromText(
                        QString::fromStdString(value.get<std::string>()).trimmed().toStdString());
            out.grid.push_back(std::move(parsed));
        }
    }
    const Json seeds = seeds_->value();
    if (seeds.is_number_integer())
        out.seeds = seeds.get<std::int64_t>();
    return out;
}

std::size_t SweepDialog::runs() const {
    const ProjectFile wanted = project();
    return engine::sweepSize(wanted.variants, wanted.grid, wanted.seeds);
}

void SweepDialog::setSecondsPerRun(double seconds) {
    secondsPerRun_ = seconds;
    update();
}

void SweepDialog::update() {
    if (!start_)
        return;
    gridIssues_.clear();
    for (const Axis& axis : axes_) {
        const std::string key = axis.key->currentText().trimmed().toStdString();
        const std::string values = axis.values->text().trimmed().toStdString();
        if (key.empty() && values.empty())
            continue;
        for (const Issue& issue : engine::parseGrid({key + "=" + values}).issues)
            gridIssues_.push_back(issue);
    }
    const Json seeds = seeds_->value();
    if (!seeds.is_number_integer() || seeds.get<std::int64_t>() < 1 ||
        seeds.get<std::int64_t>() > std::int64_t(engine::kMostRuns))
        gridIssues_.push_back({"seeds", "seeds is " + engine::valueText(seeds) +
                                            ", allowed is a whole number, 1 to " +
                                            std::to_string(engine::kMostRuns)});
    const ProjectFile wanted = project();
    const std::size_t count = engine::sweepSize(wanted.variants, wanted.grid, wanted.seeds);
    QStringList factors;
    if (wanted.variants.size() > 1)
        factors << tr("%1 variants").arg(wanted.variants.size());
    for (const GridAxis& axis : wanted.grid)
        factors << tr("%1 of %2").arg(axis.values.size()).arg(QString::fromStdString(axis.key));
    if (wanted.seeds > 1)
        factors << tr("%1 seeds").arg(wanted.seeds);
    QString text = count == 1 ? tr("1 run") : tr("%1 runs").arg(count);
    if (!factors.isEmpty())
        text += QStringLiteral(": ") + factors.join(QString::fromUtf8(" × "));
    if (secondsPerRun_)
        text += QStringLiteral(". ") +
                tr("About %1, one after the other, if each takes as long as the set-up.")
                    .arg(duration(*secondsPerRun_ * double(count)));
    summary_->setText(text);
    start_->setText(count == 1 ? tr("Queue 1 run") : tr("Queue %1 runs").arg(count));
    start_->setEnabled(false);
    worker_.check(kind_, wanted);
}

void SweepDialog::showReport(const SetupReport& report) {
    QStringList sentences;
    std::vector<Issue> all = gridIssues_;
    all.insert(all.end(), report.issues.begin(), report.issues.end());
    for (const Issue& issue : all)
        if (!sentences.contains(QString::fromStdString(issue.message)))
            sentences << QString::fromStdString(issue.message);
    constexpr qsizetype kShown = 2;
    QStringList shown = sentences.mid(0, kShown);
    if (sentences.size() > kShown)
        shown << tr("… and %n more.", nullptr, static_cast<int>(sentences.size() - kShown));
    problem_->setText(shown.join(QLatin1Char('\n')));
    problem_->setVisible(!sentences.isEmpty());
    start_->setEnabled(sentences.isEmpty());
    emit checked();
}

QString SweepDialog::summary() const {
    return summary_->text();
}

QString SweepDialog::problem() const {
    return problem_->text();
}

} // namespace inlay::widgets
