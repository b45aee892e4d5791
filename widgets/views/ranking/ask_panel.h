#pragma once

#include <memory>
#include <optional>
#include <vector>

#include <QElapsedTimer>
#include <QWidget>

#include "engine/runner/question_desk.h"
#include "widgets/views/ranking/active_reader.h"

class QLabel;
class QLineEdit;
class QProgressBar;
class QPushButton;
class QTimer;

namespace inlay::widgets {

class ItemCard;
class StoreClient;

/// Two cards and the keys to choose between them: Left, Right, Down for a tie, S to skip, Ctrl+Z to
/// take the last answer back. Questions and answers go through the store, 20 ms apart while one is
/// awaited.
class AskPanel : public QWidget {
    Q_OBJECT

public:
    AskPanel(StoreClient& store, QWidget* parent);

    /// The run whose questions are shown; 0 for none.
    void setRun(engine::RunId run);
    /// Whether the run's process listens; without it a question stays but cannot be answered.
    void setListening(bool listening);
    void setThings(std::vector<ActiveItem> things);

    QLineEdit* annotator() const { return annotator_; }
    const std::optional<engine::OpenQuestion>& question() const { return question_; }
    /// Milliseconds from the last answer to the question after it.
    double lastWaitMs() const { return lastWaitMs_; }

public slots:
    /// "left", "right", "tie", "skip".
    void answer(const QString& word);
    void undo();

signals:
    void questionShown();

protected:
    bool event(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    QPushButton* makeButton(const QString& text, const QString& key, const QString& word);
    void look();
    void take(std::optional<engine::OpenQuestion> question);
    void show(const engine::OpenQuestion& question);
    void refresh();
    QString timeLeft(double answered, double about) const;

    StoreClient& store_;
    engine::RunId run_ = 0;
    bool listening_ = false;
    std::shared_ptr<engine::QuestionDesk> desk_; // used on the store's thread only
    std::optional<engine::OpenQuestion> question_;
    bool waiting_ = false; // an answer is on its way
    std::vector<ActiveItem> things_;
    QTimer* poll_;
    QElapsedTimer shownAt_;
    QElapsedTimer answeredAt_;
    double lastWaitMs_ = 0;
    double paceSeconds_ = 0; // running mean of the person's own time a question

    QLabel* heading_;
    QLabel* between_;
    ItemCard* left_;
    ItemCard* right_;
    QPushButton* tie_;
    QPushButton* skip_;
    QPushButton* undo_;
    QLabel* counts_;
    QLabel* left_over_;
    QProgressBar* progress_;
    QLabel* facts_;
    QLineEdit* annotator_;
};

} // namespace inlay::widgets
