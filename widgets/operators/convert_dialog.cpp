#include "widgets/operators/convert_dialog.h"

#include <algorithm>

#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QPushButton>
#include <QScrollArea>
#include <QTimer>
#include <QVBoxLayout>

#include "engine/base/error.h"
#include "engine/store/run_store.h"
#include "widgets/forms/config_form.h"
#include "widgets/plots/numbers.h"
#include "widgets/runs/store_client.h"
#include "widgets/theme/metrics.h"

namespace inlay::widgets {

using engine::Issue;
using engine::Json;
using engine::RunRecord;
using engine::RunStore;
namespace train = engine::train;

namespace {

// Typing a number makes several changes; one check serves them.
constexpr int kQuietMilliseconds = 150;
// Fine-tuning is shorter than training as a rule.
constexpr std::int64_t kEpochs = 3;

Json startValues(const RunRecord& run) {
    Json values = Json::object();
    const Json config = engine::parseJson(run.config, "the run's configuration");
    values["epochs"] = std::min(kEpochs, config.value("epochs", kEpochs));
    if (config.contains("learning_rate"))
        values["learning_rate"] = config.at("learning_rate");
    return values;
}

RunRecord requireRun(RunStore& store, engine::RunId run) {
    auto record = store.run(run);
    if (!record)
        throw engine::Error("This run is no longer in the store.");
    return *record;
}

QString countOf(double value) {
    return formatNumber(value, 3, QLocale());
}

QString changeOf(double before, double after) {
    return QStringLiteral("%1 → %2").arg(countOf(before), countOf(after));
}

} // namespace

ConvertDialog::ConvertDialog(StoreClient& store, engine::RunId run, const QString& name,
                             QWidget* parent)
    : QDialog(parent)
    , store_(store)
    , run_(run) {
    build(name);
    begin();
}

void ConvertDialog::build(const QString& name) {
    setModal(false);
    setWindowTitle(tr("Convert a trained run – Inlay"));
    resize(scaled(460, font()), scaled(560, font()));
    auto* layout = new QVBoxLayout(this);
    const int margin = scaled(12, font());
    layout->setContentsMargins(margin, margin, margin, margin);
    layout->setSpacing(scaled(8, font()));
    auto* intro = new QLabel(tr("Fits another family to the dense layers of “%1”, "
                                "weighed by what they see of the training data, and fine-tunes "
                                "the result as a new run.")
                                 .arg(name),
                             this);
    intro->setProperty("role", QStringLiteral("muted"));
    intro->setWordWrap(true);
    intro->setTextFormat(Qt::PlainText);
    layout->addWidget(intro);

    auto* area = new QScrollArea(this);
    area->setWidgetResizable(true);
    area->setFrameShape(QFrame::NoFrame);
    area->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    auto* content = new QWidget(area);
    auto* inside = new QVBoxLayout(content);
    inside->setContentsMargins(0, 0, scaled(8, font()), 0);
    form_ = new ConfigForm(content);
    inside->addWidget(form_);
    inside->addStretch(1);
    area->setWidget(content);
    layout->addWidget(area, 1);

    summary_ = new QLabel(this);
    summary_->setWordWrap(true);
    problem_ = new QLabel(this);
    problem_->setProperty("role", QStringLiteral("bad"));
    problem_->setWordWrap(true);
    problem_->setTextFormat(Qt::PlainText);
    problem_->hide();
    layout->addWidget(summary_);
    layout->addWidget(problem_);

    auto* buttons = new QHBoxLayout;
    buttons->addStretch(1);
    auto* cancel = new QPushButton(tr("Cancel"), this);
    connect(cancel, &QPushButton::clicked, this, &QDialog::reject);
    start_ = new QPushButton(tr("Convert and fine-tune"), this);
    start_->setProperty("primary", true);
    start_->setDefault(true);
    start_->setEnabled(false);
    connect(start_, &QPushButton::clicked, this, [this] {
        emit convertWanted(run_, train::requestOf(values()));
        accept();
    });
    buttons->addWidget(cancel);
    buttons->addWidget(start_);
    layout->addLayout(buttons);

    quiet_ = new QTimer(this);
    quiet_->setSingleShot(true);
    quiet_->setInterval(kQuietMilliseconds);
    connect(quiet_, &QTimer::timeout, this, &ConvertDialog::check);
    connect(form_, &ConfigForm::changed, this, &ConvertDialog::edited);
}

void ConvertDialog::begin() {
    form_->setConfig(train::convertSchema(), Json::object());
    form_->setEnabled(false);
    summary_->setText(tr("Reading the run…"));
    store_.ask(
        this, [run = run_](RunStore& store) { return startValues(requireRun(store, run)); },
        [this](const Json& values) {
            form_->setConfig(train::convertSchema(), values);
            form_->setEnabled(true);
            check();
        },
        [this](const QString& sentence) {
            summary_->clear();
            problem_->setText(sentence);
            problem_->show();
        });
}

Json ConvertDialog::values() const {
    return form_->values();
}

void ConvertDialog::edited() {
    ++generation_;
    start_->setEnabled(false);
    quiet_->start();
}

void ConvertDialog::check() {
    const std::vector<Issue> typed = train::convertSchema().validate(values());
    const std::uint64_t generation = ++generation_;
    if (!typed.empty()) {
        Report report;
        report.issues = typed;
        showReport(report);
        return;
    }
    store_.ask(
        this,
        [run = run_, request = train::requestOf(values())](RunStore& store) {
            const RunRecord record = requireRun(store, run);
            const engine::Launch launch = train::prepareConversion(store, record, request, {});
            Report report;
            report.issues = launch.issues;
            if (launch.issues.empty())
                report.preview = train::previewConversion(
                    engine::parseJson(record.config, "the run's configuration"),
                    launch.runs.front().config);
            return report;
        },
        [this, generation](Report report) {
            if (generation != generation_)
                return;
            for (Issue& issue : report.issues)
                issue.key = train::formKeyOf(issue.key, values());
            showReport(report);
        });
}

void ConvertDialog::showReport(const Report& report) {
    const std::vector<Issue> homeless = form_->setIssues(report.issues);
    QStringList sentences;
    for (const Issue& issue : homeless)
        sentences << QString::fromStdString(issue.message);
    problem_->setText(sentences.join(QLatin1Char('\n')));
    problem_->setVisible(!sentences.isEmpty());
    start_->setEnabled(report.issues.empty());
    if (report.issues.empty()) {
        const train::ConversionPreview& p = report.preview;
        summary_->setText(tr("%n layers. Parameters %1, multiply-adds a sample %2.", nullptr,
                             static_cast<int>(p.layers))
                              .arg(changeOf(static_cast<double>(p.parametersBefore),
                                            static_cast<double>(p.parametersAfter)),
                                   changeOf(p.multiplyAddsBefore, p.multiplyAddsAfter)));
    } else {
        summary_->setText(tr("The conversion cannot begin yet."));
    }
    emit checked();
}

QString ConvertDialog::summary() const {
    return summary_->text();
}

QString ConvertDialog::problem() const {
    return problem_->text();
}

} // namespace inlay::widgets
