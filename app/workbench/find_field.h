#pragma once

#include <functional>
#include <vector>

#include <QLineEdit>
#include <QPointer>

#include "engine/store/run_record.h"

class QStandardItemModel;

namespace inlay::app {

/// The field in the tool bar that finds commands and runs by any part of their names.
class FindField : public QLineEdit {
    Q_OBJECT

public:
    struct RunName {
        engine::RunId run = 0;
        QString name;
    };

    /// Both are asked for when the field gets the focus.
    FindField(std::function<QList<QAction*>()> commands, std::function<std::vector<RunName>()> runs,
              QWidget* parent = nullptr);

signals:
    void runChosen(inlay::engine::RunId run);

protected:
    void focusInEvent(QFocusEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    void fill();
    void choose(const QModelIndex& index);

    std::function<QList<QAction*>()> commands_;
    std::function<std::vector<RunName>()> runs_;
    QStandardItemModel* items_;
    QList<QPointer<QAction>> actions_;
};

} // namespace inlay::app
