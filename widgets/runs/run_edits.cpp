#include "widgets/runs/run_edits.h"

#include <QUndoCommand>
#include <QUndoStack>

#include "engine/experiments/active_ranking/place_column.h"
#include "engine/store/run_store.h"
#include "widgets/runs/run_columns.h"
#include "widgets/runs/store_client.h"

namespace inlay::widgets {
namespace {

QString countOf(const std::vector<engine::RunId>& runs) {
    return runCountText(static_cast<std::int64_t>(runs.size()));
}

class EditCommand : public QUndoCommand {
public:
    using Work = std::function<void(engine::RunStore&)>;

    EditCommand(const QString& text, QPointer<StoreClient> store, QPointer<RunEdits> edits,
                Work apply, Work revert)
        : QUndoCommand(text)
        , store_(std::move(store))
        , edits_(std::move(edits))
        , apply_(std::move(apply))
        , revert_(std::move(revert)) {}

    void redo() override { write(apply_); }
    void undo() override { write(revert_); }

private:
    void write(const Work& work) {
        if (!store_ || !edits_)
            return;
        store_->ask(edits_, work, [edits = edits_] { emit edits->written(); });
    }

    QPointer<StoreClient> store_;
    QPointer<RunEdits> edits_;
    Work apply_;
    Work revert_;
};

} // namespace

RunEdits::RunEdits(QUndoStack* stack, StoreClient* store, QObject* parent)
    : QObject(parent)
    , stack_(stack)
    , store_(store) {}

void RunEdits::push(const QString& text, Work apply, Work revert) {
    stack_->push(new EditCommand(text, store_, this, std::move(apply), std::move(revert)));
}

void RunEdits::rename(engine::RunId run, const QString& before, const QString& after) {
    if (before == after)
        return;
    const auto to = [run](const QString& name) {
        return [run, name = name.toStdString()](engine::RunStore& store) {
            store.rename(run, name);
        };
    };
    push(tr("rename run"), to(after), to(before));
}

void RunEdits::setNotes(engine::RunId run, const QString& before, const QString& after) {
    if (before == after)
        return;
    const auto to = [run](const QString& notes) {
        return [run, notes = notes.toStdString()](engine::RunStore& store) {
            store.setNotes(run, notes);
        };
    };
    push(tr("change notes"), to(after), to(before));
}

void RunEdits::setStar(const std::vector<std::pair<engine::RunId, bool>>& before, bool star) {
    push(
        star ? tr("add star") : tr("remove star"),
        [before, star](engine::RunStore& store) {
            store.transaction([&] {
                for (const auto& [run, had] : before)
                    store.setStar(run, star);
            });
        },
        [before](engine::RunStore& store) {
            store.transaction([&] {
                for (const auto& [run, had] : before)
                    store.setStar(run, had);
            });
        });
}

void RunEdits::addTag(const std::vector<engine::RunId>& runs, const QString& tag) {
    const std::string text = tag.toStdString();
    const auto add = [runs, text](engine::RunStore& store) {
        store.transaction([&] {
            for (const engine::RunId run : runs)
                store.addTag(run, text);
        });
    };
    const auto remove = [runs, text](engine::RunStore& store) {
        store.transaction([&] {
            for (const engine::RunId run : runs)
                store.removeTag(run, text);
        });
    };
    push(tr("add tag \"%1\"").arg(tag), add, remove);
}

void RunEdits::removeTag(const std::vector<engine::RunId>& runs, const QString& tag) {
    const std::string text = tag.toStdString();
    const auto add = [runs, text](engine::RunStore& store) {
        store.transaction([&] {
            for (const engine::RunId run : runs)
                store.addTag(run, text);
        });
    };
    const auto remove = [runs, text](engine::RunStore& store) {
        store.transaction([&] {
            for (const engine::RunId run : runs)
                store.removeTag(run, text);
        });
    };
    push(tr("remove tag \"%1\"").arg(tag), remove, add);
}

void RunEdits::writePlaces(engine::RunId session) {
    push(
        tr("add places as a column"),
        [session](engine::RunStore& store) {
            engine::active_ranking::writePlaceColumn(store, session);
        },
        [session](engine::RunStore& store) {
            engine::active_ranking::removePlaceColumn(store, session);
        });
}

void RunEdits::moveToBin(const std::vector<engine::RunId>& runs) {
    push(
        tr("move %1 to the bin").arg(countOf(runs)),
        [runs](engine::RunStore& store) { store.moveToBin(runs); },
        [runs](engine::RunStore& store) { store.restore(runs); });
}

void RunEdits::restore(const std::vector<engine::RunId>& runs) {
    push(
        tr("restore %1").arg(countOf(runs)),
        [runs](engine::RunStore& store) { store.restore(runs); },
        [runs](engine::RunStore& store) { store.moveToBin(runs); });
}

void RunEdits::setBaseline(engine::ProjectId project, engine::RunId before, engine::RunId after) {
    const auto to = [project](engine::RunId run) {
        return [project, run](engine::RunStore& store) {
            store.setBaseline(project, run == 0 ? std::nullopt : std::optional(run));
        };
    };
    push(after == 0 ? tr("unpin baseline") : tr("pin baseline"), to(after), to(before));
}

} // namespace inlay::widgets
