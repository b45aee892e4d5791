#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <QWidget>

#include "engine/runner/experiment_kind.h"
#include "engine/schema/project_file.h"
#include "widgets/forms/form_worker.h"

class QLabel;
class QPushButton;
class QScrollArea;
class QToolButton;

namespace inlay::widgets {

class ConfigForm;
class CostCard;
class FormRow;
class FormSection;

/// The right dock: the kind, the form made from its schema, live cost, and what one does with the
/// set-up. Everything typed is checked on a worker; issues show at their fields.
class SetupPanel : public QWidget {
    Q_OBJECT

public:
    /// The kinds live as long as the program; at least one.
    explicit SetupPanel(std::vector<const engine::ExperimentKind*> kinds,
                        QWidget* parent = nullptr);

    /// Shows a project of a known kind; `path` is the file it was read from, empty for none.
    void setProject(engine::ProjectFile project, const QString& path = {});
    /// As typed: config reduced to what differs from the defaults.
    engine::ProjectFile project() const;
    QString path() const { return path_; }

    /// The choices of the device field; "auto" and "cpu" until this is called.
    void setDevices(const QStringList& devices);
    /// While true the cost card says that the machine is being measured.
    void setMeasuring(bool measuring);
    /// Checks and counts the cost again, e.g. after a measurement.
    void recheck();

    /// The line that runs this set-up from a terminal.
    QString commandLine() const;
    /// Whether the last check is of what is typed now and found nothing.
    bool isReady() const;
    ConfigForm* form() const { return form_; }

signals:
    /// A person changed something.
    void changed();
    /// Run was pressed and the set-up has no issues. With variants or a grid it makes several runs.
    void runWanted(const inlay::engine::ProjectFile& project);
    /// The sweep dialog was accepted; grid and seeds are those of the dialog.
    void sweepWanted(const inlay::engine::ProjectFile& project);
    void measureWanted();
    /// The file was written, or `problem` says why not.
    void saved(const QString& path, const QString& problem);
    /// A check came back.
    void checked();

public slots:
    /// Emits runWanted(), at once or when the running check has found nothing; otherwise goes to
    /// the first field with an issue.
    void run();
    /// Opens the sweep dialog; it does not block the window.
    void openSweep();
    void copyCommandLine();
    void saveAs();

private:
    void buildForm();
    void buildRunBar();
    FormRow* addRunRow(engine::FieldInfo field);
    const engine::ExperimentKind& kind() const { return *kind_; }
    void chooseKind(const std::string& id);
    void showRunRows();
    void takeEdit();
    void showReport(const SetupReport& report);
    void showBanner(const QString& text);
    void orderTabs();
    void updateRunButton();

    std::vector<const engine::ExperimentKind*> kinds_;
    const engine::ExperimentKind* kind_;
    FormWorker worker_;
    engine::ProjectFile base_;    // as given or saved last
    engine::ProjectFile project_; // parts that the form does not show: variants, grid, tags, notes
    QString path_;
    std::map<std::string, engine::Json> configOfKind_;

    QScrollArea* area_ = nullptr;
    FormRow* kindRow_ = nullptr;
    ConfigForm* form_ = nullptr;
    CostCard* card_ = nullptr;
    FormSection* runSection_ = nullptr;
    FormRow* title_ = nullptr;
    FormRow* device_ = nullptr;
    FormRow* threads_ = nullptr;
    FormRow* seed_ = nullptr;
    QLabel* banner_ = nullptr;
    QPushButton* run_ = nullptr;
    QPushButton* sweep_ = nullptr;
    QToolButton* copy_ = nullptr;
    QToolButton* save_ = nullptr;

    std::uint64_t wantedCheck_ = 0;
    SetupReport report_;
    bool runWhenChecked_ = false;
};

} // namespace inlay::widgets
