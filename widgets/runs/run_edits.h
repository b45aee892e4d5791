#pragma once

#include <functional>
#include <vector>

#include <QObject>
#include <QPointer>
#include <QString>

#include "engine/store/run_record.h"

class QUndoStack;

namespace inlay::engine {
class RunStore;
}

namespace inlay::widgets {

class StoreClient;

/// What a person changes in the list of runs, each as a command that can be undone. Commands hold
/// ids and old values only; they write through the client, and the watcher shows what came of it.
class RunEdits : public QObject {
    Q_OBJECT

public:
    /// Both outlive the edits; the stack is emptied when the store changes.
    RunEdits(QUndoStack* stack, StoreClient* store, QObject* parent = nullptr);

    void rename(engine::RunId run, const QString& before, const QString& after);
    void setNotes(engine::RunId run, const QString& before, const QString& after);
    /// (run, whether it had a star) of each.
    void setStar(const std::vector<std::pair<engine::RunId, bool>>& before, bool star);
    /// To the runs that lack it.
    void addTag(const std::vector<engine::RunId>& runs, const QString& tag);
    void removeTag(const std::vector<engine::RunId>& runs, const QString& tag);
    /// The places of a ranking by eye become results of the runs it compared.
    void writePlaces(engine::RunId session);
    void moveToBin(const std::vector<engine::RunId>& runs);
    void restore(const std::vector<engine::RunId>& runs);
    /// 0 = none.
    void setBaseline(engine::ProjectId project, engine::RunId before, engine::RunId after);

signals:
    /// Something was asked of the store: look again.
    void written();

private:
    using Work = std::function<void(engine::RunStore&)>;
    void push(const QString& text, Work apply, Work revert);

    QUndoStack* stack_;
    QPointer<StoreClient> store_;
};

} // namespace inlay::widgets
