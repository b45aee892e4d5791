#pragma once

#include <cstdint>

#include <QDialog>

#include "engine/base/json.h"
#include "engine/experiments/train/convert.h"
#include "engine/store/run_record.h"

class QLabel;
class QPushButton;
class QTimer;

namespace inlay::widgets {

class ConfigForm;
class StoreClient;

/// Asks how a trained run is converted: layers, family with its keys, fine-tuning. Every change is
/// checked against the run's own model, off the GUI thread; it does not block the window.
class ConvertDialog : public QDialog {
    Q_OBJECT

public:
    /// The store outlives the dialog.
    ConvertDialog(StoreClient& store, engine::RunId run, const QString& name,
                  QWidget* parent = nullptr);

    ConfigForm* form() const { return form_; }
    /// Values of the form, as engine::train::convertSchema() has them.
    engine::Json values() const;
    QString summary() const;
    QString problem() const;

signals:
    void convertWanted(engine::RunId run, const inlay::engine::train::ConvertRequest& request);
    /// A check came back.
    void checked();

private:
    struct Report {
        std::vector<engine::Issue> issues;
        engine::train::ConversionPreview preview;
    };
    void build(const QString& name);
    void begin();
    void edited();
    void check();
    void showReport(const Report& report);

    StoreClient& store_;
    engine::RunId run_;
    std::uint64_t generation_ = 0;
    ConfigForm* form_ = nullptr;
    QLabel* summary_ = nullptr;
    QLabel* problem_ = nullptr;
    QPushButton* start_ = nullptr;
    QTimer* quiet_ = nullptr;
};

} // namespace inlay::widgets
