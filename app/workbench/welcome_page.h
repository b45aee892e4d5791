#pragma once

#include <vector>

#include <QWidget>

#include "app/workbench/projects.h"

class QLabel;
class QPushButton;
class QVBoxLayout;

namespace inlay::app {

/// What the center shows while a project has no runs: what the project does, one primary button
/// that runs it, and other ways in.
class WelcomePage : public QWidget {
    Q_OBJECT

public:
    explicit WelcomePage(QWidget* parent = nullptr);

    enum class Example { No, Yes };
    /// `runs` is the number of runs the project makes.
    void setProject(const OpenedProject& project, std::size_t runs, Example example);
    void setOthers(const std::vector<OpenedProject>& others);
    /// A second button beside the primary one, for changing the set-up first.
    void setChangeAction(const QString& text, QAction* action);
    QPushButton* primary() const { return run_; }

signals:
    void runWanted();
    void openWanted();
    void projectWanted(const QString& path);

private:
    QLabel* heading_;
    QLabel* text_;
    QLabel* promise_;
    QPushButton* run_;
    QPushButton* change_;
    QWidget* othersSide_;
    QVBoxLayout* others_;
};

} // namespace inlay::app
