#include "widgets/forms/setup_panel.h"

#include <algorithm>
#include <utility>

#include <QClipboard>
#include <QFileDialog>
#include <QFileInfo>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QToolButton>
#include <QVBoxLayout>

#include "widgets/forms/command_line.h"
#include "widgets/forms/config_form.h"
#include "widgets/forms/form_row.h"
#include "widgets/forms/form_section.h"
#include "widgets/forms/sweep_dialog.h"
#include "widgets/operators/cost_card.h"
#include "widgets/theme/icons.h"
#include "widgets/theme/metrics.h"

namespace inlay::widgets {

using engine::Choice;
using engine::ExperimentKind;
using engine::FieldInfo;
using engine::FieldType;
using engine::Issue;
using engine::Json;
using engine::ProjectFile;

namespace {

FieldInfo runField(const char* key, const QString& title, const QString& help, FieldType type) {
    FieldInfo field;
    field.key = key;
    field.title = title.toStdString();
    field.help = help.toStdString();
    field.type = type;
    return field;
}

FieldInfo deviceField(const QStringList& devices) {
    FieldInfo field =
        runField("device", SetupPanel::tr("Device"),
                 SetupPanel::tr("Where the run computes; auto: a GPU where there is one."),
                 FieldType::Choice);
    for (const QString& device : devices)
        field.choices.push_back({device.toStdString(), device.toStdString(), ""});
    field.defaultValue = "auto";
    return field;
}

} // namespace

SetupPanel::SetupPanel(std::vector<const ExperimentKind*> kinds, QWidget* parent)
    : QWidget(parent)
    , kinds_(std::move(kinds))
    , kind_(kinds_.front()) {
    buildForm();
    buildRunBar();
    connect(&worker_, &FormWorker::checked, this, &SetupPanel::showReport);
    connect(&worker_, &FormWorker::saved, this,
            [this](const QString& path, const QString& problem) {
                if (problem.isEmpty()) {
                    path_ = path;
                    const std::string folder = QFileInfo(path).absolutePath().toStdString();
                    base_ = project();
                    base_.config =
                        engine::withAbsolutePaths(kind().schema(), base_.config, base_.folder);
                    base_.folder = folder;
                    project_.folder = folder;
                }
                showBanner(problem);
                emit saved(path, problem);
            });
    ProjectFile first;
    first.kind = kind().id();
    first.version = kind().version();
    setProject(first);
}

void SetupPanel::buildForm() {
    auto* content = new QWidget;
    auto* layout = new QVBoxLayout(content);
    const int padding = scaled(measure::kDockPadding, font());
    layout->setContentsMargins(padding, padding, padding, padding);
    layout->setSpacing(scaled(9, font()));

    FieldInfo kindField =
        runField("kind", tr("Kind"), tr("What kind of experiment to run."), FieldType::Choice);
    for (const ExperimentKind* each : kinds_)
        kindField.choices.push_back({each->id(), each->title(), each->summary()});
    kindRow_ = new FormRow(kindField, content);
    connect(kindRow_, &FormRow::edited, this, [this] {
        if (kindRow_->value().is_string())
            chooseKind(kindRow_->value().get<std::string>());
    });
    layout->addWidget(kindRow_);

    form_ = new ConfigForm(content);
    layout->addWidget(form_);
    card_ = new CostCard(form_);
    form_->setCompanion("network.", card_);
    connect(card_, &CostCard::measureWanted, this, &SetupPanel::measureWanted);
    connect(form_, &ConfigForm::changed, this, &SetupPanel::takeEdit);
    connect(form_, &ConfigForm::rebuilt, this, &SetupPanel::orderTabs);

    runSection_ = new FormSection(tr("Run"), content);
    layout->addWidget(runSection_);
    title_ = addRunRow(
        runField("title", tr("Name"), tr("How the run is called in the list."), FieldType::Text));
    device_ = addRunRow(deviceField({QStringLiteral("auto"), QStringLiteral("cpu")}));
    FieldInfo threads =
        runField("threads", tr("Threads"),
                 tr("Threads of the compute library; 0 = all. Results repeat bit for bit with the "
                    "same number."),
                 FieldType::Integer);
    threads.minimum = 0;
    threads.maximum = 4096;
    threads.defaultValue = 0;
    threads_ = addRunRow(threads);
    FieldInfo seed = runField("seed", tr("Seed"),
                              tr("Of start values, order and everything else that is drawn, the "
                                 "data excepted."),
                              FieldType::Integer);
    seed.minimum = 0;
    seed.defaultValue = 1;
    seed_ = addRunRow(seed);
    runSection_->setRows(FormSection::Rows::Main, {title_, device_, threads_, seed_});
    layout->addStretch(1);

    area_ = new QScrollArea(this);
    area_->setWidgetResizable(true);
    area_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    area_->setFrameShape(QFrame::NoFrame);
    area_->setWidget(content);
    area_->setFocusPolicy(Qt::NoFocus);
    content->setAutoFillBackground(false);
    area_->viewport()->setAutoFillBackground(false);
}

FormRow* SetupPanel::addRunRow(FieldInfo field) {
    auto* row = new FormRow(std::move(field), runSection_);
    connect(row, &FormRow::edited, this, &SetupPanel::takeEdit);
    return row;
}

void SetupPanel::buildRunBar() {
    banner_ = new QLabel(this);
    banner_->setProperty("role", QStringLiteral("bad"));
    banner_->setWordWrap(true);
    banner_->setTextFormat(Qt::PlainText);
    banner_->setContentsMargins(scaled(measure::kDockPadding, font()), scaled(6, font()),
                                scaled(measure::kDockPadding, font()), 0);
    banner_->hide();

    run_ = new QPushButton(icon(QStringLiteral("run"), IconColor::OnAccent), tr("Run"), this);
    run_->setProperty("primary", true);
    connect(run_, &QPushButton::clicked, this, &SetupPanel::run);
    sweep_ = new QPushButton(icon(QStringLiteral("sweep")), tr("Run sweep…"), this);
    sweep_->setToolTip(tr("Several runs that differ in chosen parameters and seeds"));
    connect(sweep_, &QPushButton::clicked, this, &SetupPanel::openSweep);
    const auto tool = [this](const QString& name, const QString& text) {
        auto* button = new QToolButton(this);
        button->setIcon(icon(name));
        button->setToolTip(text);
        button->setAccessibleName(text);
        button->setFocusPolicy(Qt::StrongFocus);
        return button;
    };
    copy_ = tool(QStringLiteral("copy"), tr("Copy command line"));
    connect(copy_, &QToolButton::clicked, this, &SetupPanel::copyCommandLine);
    save_ = tool(QStringLiteral("save"), tr("Save as project"));
    connect(save_, &QToolButton::clicked, this, &SetupPanel::saveAs);

    auto* rule = new QFrame(this);
    rule->setProperty("separator", true);
    rule->setFixedHeight(1);
    auto* bar = new QWidget(this);
    bar->setMinimumHeight(scaled(measure::kRunBarHeight, font()));
    auto* row = new QHBoxLayout(bar);
    const int padding = scaled(measure::kDockPadding, font());
    row->setContentsMargins(padding, 0, padding, 0);
    row->setSpacing(scaled(measure::kGap, font()));
    row->addWidget(run_);
    row->addWidget(sweep_);
    row->addStretch(1);
    row->addWidget(copy_);
    row->addWidget(save_);

    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    layout->addWidget(area_, 1);
    layout->addWidget(rule);
    layout->addWidget(banner_);
    layout->addWidget(bar);
}

void SetupPanel::setProject(ProjectFile project, const QString& path) {
    const auto known = std::find_if(kinds_.begin(), kinds_.end(), [&](const ExperimentKind* each) {
        return project.kind == each->id();
    });
    Q_ASSERT(known != kinds_.end());
    kind_ = *known;
    project_ = std::move(project);
    base_ = project_;
    path_ = path;
    configOfKind_.clear();
    kindRow_->setValue(project_.kind);
    showRunRows();
    showBanner({});
    form_->setConfig(kind().schema(), project_.config);
    recheck();
}

void SetupPanel::showRunRows() {
    title_->setValue(project_.title);
    device_->setValue(project_.device);
    threads_->setValue(project_.threads);
    seed_->setValue(project_.seed);
}

ProjectFile SetupPanel::project() const {
    ProjectFile out = project_;
    out.kind = kind().id();
    out.version = kind().version();
    out.config = form_->values();
    out.title = title_->value().get<std::string>();
    if (device_->value().is_string())
        out.device = device_->value().get<std::string>();
    if (threads_->value().is_number_integer())
        out.threads = static_cast<int>(
            std::clamp<std::int64_t>(threads_->value().get<std::int64_t>(), 0, 4096));
    if (seed_->value().is_number_integer())
        out.seed = seed_->value().get<std::int64_t>();
    return out;
}

void SetupPanel::chooseKind(const std::string& id) {
    if (id == kind().id())
        return;
    configOfKind_[kind().id()] = form_->values();
    for (const ExperimentKind* each : kinds_)
        if (id == each->id())
            kind_ = each;
    // Variants and grid name keys of the other kind.
    project_.variants.clear();
    project_.grid.clear();
    form_->setConfig(kind().schema(), configOfKind_[id]);
    takeEdit();
}

void SetupPanel::setDevices(const QStringList& devices) {
    const Json now = device_->value();
    FormRow* old = device_;
    device_ = addRunRow(deviceField(devices));
    device_->setValue(now);
    old->hide();
    old->deleteLater();
    runSection_->setRows(FormSection::Rows::Main, {title_, device_, threads_, seed_});
    orderTabs();
}

void SetupPanel::setMeasuring(bool measuring) {
    card_->setMeasuring(measuring ? CostCard::Measuring::Yes : CostCard::Measuring::No);
}

void SetupPanel::takeEdit() {
    recheck();
    emit changed();
}

void SetupPanel::recheck() {
    runSection_->setSummary(tr("%1, seed %2").arg(device_->valueInWords(), seed_->valueInWords()));
    updateRunButton();
    wantedCheck_ = worker_.check(kind(), project());
}

bool SetupPanel::isReady() const {
    return report_.generation == wantedCheck_ && report_.issues.empty();
}

void SetupPanel::showReport(const SetupReport& report) {
    report_ = report;
    // Numbers that no project can hold are checked where they are typed.
    for (const auto& [row, most] :
         {std::pair{threads_, std::int64_t{4096}}, {seed_, std::int64_t{INT64_MAX}}}) {
        const Json value = row->value();
        if (value.is_number_integer() && value.get<std::int64_t>() >= 0 &&
            value.get<std::int64_t>() <= most)
            continue;
        const std::string allowed =
            most == INT64_MAX ? "a whole number from 0 on" : "a whole number, 0 to 4096";
        report_.issues.push_back(
            {row->field().key,
             row->field().key + " is " + engine::valueText(value) + ", allowed is " + allowed});
    }
    const std::vector<Issue> homeless = form_->setIssues(report_.issues);
    std::map<FormRow*, QStringList> own;
    QStringList rest;
    for (const Issue& issue : homeless) {
        FormRow* home = nullptr;
        for (FormRow* row : {title_, device_, threads_, seed_})
            if (issue.key == row->field().key)
                home = row;
        (home ? own[home] : rest) << QString::fromStdString(issue.message);
    }
    for (FormRow* row : {title_, device_, threads_, seed_})
        row->setIssues(own[row]);
    showBanner(rest.join(QLatin1Char('\n')));
    if (report_.cost && report_.cost->issues.empty())
        card_->setCost(*report_.cost, report_.profileProblem);
    else
        card_->setOutdated();
    if (std::exchange(runWhenChecked_, false))
        run();
    emit checked();
}

void SetupPanel::showBanner(const QString& text) {
    banner_->setText(text);
    banner_->setVisible(!text.isEmpty());
}

void SetupPanel::updateRunButton() {
    const std::size_t runs = engine::sweepSize(project_.variants, project_.grid, project_.seeds);
    run_->setText(runs > 1 ? tr("Run all %1").arg(runs) : tr("Run"));
    run_->setToolTip(runs > 1 ? tr("Starts every variant and grid point of the project")
                              : tr("Starts this set-up as a run"));
}

void SetupPanel::run() {
    if (report_.generation != wantedCheck_) {
        runWhenChecked_ = true;
        return;
    }
    if (report_.issues.empty()) {
        emit runWanted(project());
        return;
    }
    form_->focusFirstIssue();
    for (FormRow* row : {title_, device_, threads_, seed_})
        if (!row->issues().isEmpty()) {
            runSection_->setFolded(false);
            row->focusEditor();
            return;
        }
}

void SetupPanel::openSweep() {
    auto* dialog = new SweepDialog(kind(), project(), this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    if (report_.cost && report_.cost->now.stepSeconds) {
        const Json full = kind().schema().complete(form_->values());
        const Json* epochs = engine::findPath(full, "epochs");
        if (epochs && epochs->is_number())
            dialog->setSecondsPerRun(*report_.cost->now.stepSeconds *
                                     double(report_.cost->stepsPerEpoch) * epochs->get<double>());
    }
    connect(dialog, &SweepDialog::sweepWanted, this, &SetupPanel::sweepWanted);
    dialog->show();
}

QString SetupPanel::commandLine() const {
    return runCommandLine(projectKind(kind()), base_, path_, project());
}

void SetupPanel::copyCommandLine() {
    QGuiApplication::clipboard()->setText(commandLine());
}

void SetupPanel::saveAs() {
    auto* dialog = new QFileDialog(this, tr("Save as project"), path_);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setNameFilter(tr("Inlay projects (*.inlay.json)"));
    dialog->setDefaultSuffix(QStringLiteral("inlay.json"));
    connect(dialog, &QFileDialog::fileSelected, this,
            [this](const QString& path) { worker_.save(kind(), project(), path); });
    dialog->open();
}

void SetupPanel::orderTabs() {
    if (!save_)
        return;
    QWidget* last = kindRow_->chainTabOrder(nullptr);
    last = form_->chainTabOrder(last);
    setTabOrder(last, runSection_->header());
    last = runSection_->header();
    for (FormRow* row : {title_, device_, threads_, seed_})
        last = row->chainTabOrder(last);
    for (QWidget* next : std::initializer_list<QWidget*>{run_, sweep_, copy_, save_}) {
        setTabOrder(last, next);
        last = next;
    }
}

} // namespace inlay::widgets
