#include "app/workbench/find_field.h"

#include <QAbstractItemView>
#include <QAction>
#include <QCompleter>
#include <QKeyEvent>
#include <QStandardItemModel>
#include <QTimer>

#include "widgets/theme/icons.h"

namespace inlay::app {
namespace {

enum ItemRole { CommandRole = Qt::UserRole + 1, RunRole };

} // namespace

FindField::FindField(std::function<QList<QAction*>()> commands,
                     std::function<std::vector<RunName>()> runs, QWidget* parent)
    : QLineEdit(parent)
    , commands_(std::move(commands))
    , runs_(std::move(runs))
    , items_(new QStandardItemModel(this)) {
    setPlaceholderText(tr("Find a command or a run"));
    setAccessibleName(tr("Find a command or a run"));
    addAction(widgets::icon(QStringLiteral("search"), widgets::IconColor::Muted),
              QLineEdit::LeadingPosition);
    auto* completer = new QCompleter(items_, this);
    completer->setCaseSensitivity(Qt::CaseInsensitive);
    completer->setFilterMode(Qt::MatchContains);
    completer->setMaxVisibleItems(14);
    setCompleter(completer);
    connect(completer, qOverload<const QModelIndex&>(&QCompleter::activated), this,
            &FindField::choose);
}

void FindField::focusInEvent(QFocusEvent* event) {
    QLineEdit::focusInEvent(event);
    // The popup gives the focus back while it is in use.
    if (event->reason() != Qt::PopupFocusReason)
        fill();
}

void FindField::fill() {
    items_->clear();
    actions_.clear();
    for (QAction* action : commands_()) {
        if (!action->isEnabled() || action->isSeparator() || action->text().isEmpty())
            continue;
        const QString shortcut = action->shortcut().toString(QKeySequence::NativeText);
        QString text = action->text().remove(QLatin1Char('&'));
        if (!shortcut.isEmpty())
            text = tr("%1 (%2)").arg(text, shortcut);
        auto* item = new QStandardItem(action->icon(), text);
        item->setData(static_cast<int>(actions_.size()), CommandRole);
        actions_ << action;
        items_->appendRow(item);
    }
    for (const RunName& run : runs_()) {
        auto* item = new QStandardItem(widgets::icon(QStringLiteral("chart")), run.name);
        item->setData(QVariant::fromValue<qlonglong>(run.run), RunRole);
        items_->appendRow(item);
    }
}

void FindField::choose(const QModelIndex& index) {
    const QVariant command = index.data(CommandRole);
    const QVariant run = index.data(RunRole);
    // The completer writes its text into the field after this signal.
    QTimer::singleShot(0, this, [this, command, run] {
        clear();
        clearFocus();
        if (run.isValid())
            emit runChosen(run.toLongLong());
        else if (command.isValid() && actions_.value(command.toInt()))
            actions_.value(command.toInt())->trigger();
    });
}

void FindField::keyPressEvent(QKeyEvent* event) {
    const bool isEnter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
    if (isEnter && !text().isEmpty() && completer()->completionCount() > 0) {
        completer()->popup()->hide();
        choose(completer()->completionModel()->index(0, 0));
        return;
    }
    if (event->key() == Qt::Key_Escape) {
        clear();
        clearFocus();
        return;
    }
    QLineEdit::keyPressEvent(event);
}

} // namespace inlay::app
