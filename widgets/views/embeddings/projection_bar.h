#pragma once

#include <QWidget>

#include "widgets/views/embeddings/projection.h"

class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QHBoxLayout;
class QLabel;
class QProgressBar;
class QPushButton;
class QSpinBox;

namespace inlay::widgets {

class ElidedLabel;

/// The settings of the chosen projection in one line, and the button that computes it; while it
/// runs, how far it is, Pause and Cancel. PCA needs no button: it is there at once.
class ProjectionBar : public QWidget {
    Q_OBJECT

public:
    explicit ProjectionBar(QWidget* parent);

    /// Shows the settings of `choice`; emits nothing.
    void setChoice(const ProjectionChoice& choice);
    /// Snapshots that there are, and points that would be projected.
    void setExtent(int snapshots, std::int64_t points);

    enum class State { Shown, Wanted, Running, Paused };
    void setState(State state);
    State state() const { return state_; }
    void setProgress(const ProjectionProgress& progress);
    /// What is to be said of what is shown: notes, why it ended. `isBad` for a failure.
    void setRemark(const QString& text, bool isBad = false);

    QPushButton* startButton() const { return start_; }
    QPushButton* pauseButton() const { return pause_; }
    QPushButton* cancelButton() const { return cancel_; }
    QString statusText() const;

protected:
    void resizeEvent(QResizeEvent* event) override;

signals:
    void choiceChanged(const inlay::widgets::ProjectionChoice& choice);
    void startWanted();
    void pauseWanted(bool paused);
    void cancelWanted();

private:
    QWidget* field(QHBoxLayout* row, const QString& name, QWidget* editor, const QString& help);
    void changed();
    void refresh();
    void arrange();

    ProjectionChoice choice_;
    State state_ = State::Shown;
    int snapshots_ = 0;
    std::int64_t points_ = 0;
    bool isFilling_ = false;
    bool remarkIsBad_ = false;
    QString remark_;
    qint64 startedMs_ = 0;

    QDoubleSpinBox* perplexity_;
    QSpinBox* iterations_;
    QSpinBox* neighbors_;
    QDoubleSpinBox* distance_;
    QComboBox* basis_;
    QComboBox* scope_;
    QSpinBox* seed_;
    QWidget* settings_;
    QWidget* second_;
    QHBoxLayout* rows_[2];
    QHBoxLayout* fields_;
    bool isTwoRows_ = false;
    QWidget* perplexityField_;
    QWidget* iterationsField_;
    QWidget* neighborsField_;
    QWidget* distanceField_;
    QWidget* basisField_;
    QWidget* scopeField_;
    QWidget* seedField_;
    QLabel* basisName_ = nullptr;
    QProgressBar* progress_;
    ElidedLabel* status_;
    QPushButton* start_;
    QPushButton* pause_;
    QPushButton* cancel_;
};

} // namespace inlay::widgets
