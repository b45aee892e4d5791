#include "widgets/views/paged_view.h"

#include <utility>

#include <QStackedWidget>
#include <QVBoxLayout>

#include "widgets/plots/empty_state.h"
#include "widgets/runs/run_watcher.h"

namespace inlay::widgets {

PagedView::PagedView(ViewContext viewContext, std::vector<Page> pages, Words words, QWidget* parent)
    : View(viewContext, parent)
    , pages_(std::move(pages))
    , made_(pages_.size(), nullptr)
    , shown_(pages_.size()) {
    setProperty("surface", true);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    stack_ = new QStackedWidget(this);
    empty_ = new EmptyState(words.iconName, words.heading, words.text, stack_);
    stack_->addWidget(empty_);
    layout->addWidget(stack_);
    // A run may be chosen before the watcher has read it.
    connect(context().watcher, &RunWatcher::runsChanged, this, [this] { choosePage(); });
}

void PagedView::setRuns(const std::vector<engine::RunId>& runs) {
    runs_ = runs;
    for (std::size_t i = 0; i < made_.size(); ++i)
        if (draft_ != nullptr && made_[i] == draft_)
            shown_[i].clear(); // it shows its draft: the same run is news to it
    draft_ = nullptr;
    choosePage();
}

void PagedView::setBaseline(engine::RunId run) {
    baseline_ = run;
    for (View* view : made_)
        if (view != nullptr)
            view->setBaseline(run);
}

View* PagedView::page(std::size_t index) {
    View*& view = made_[index];
    if (view == nullptr) {
        view = pages_[index].make(context(), stack_);
        stack_->addWidget(view);
        connect(view, &View::actionWanted, this, &View::actionWanted);
        connect(view, &View::notice, this, &View::notice);
        view->setBaseline(baseline_);
    }
    return view;
}

void PagedView::setDraft(const engine::ProjectFile& project) {
    for (std::size_t i = 0; i < pages_.size(); ++i) {
        if (pages_[i].kind.toStdString() != project.kind)
            continue;
        View* view = page(i);
        auto* shows = dynamic_cast<ShowsDraft*>(view);
        if (shows == nullptr)
            return;
        draft_ = view;
        shows->setDraft(project);
        choosePage();
    }
}

void PagedView::choosePage() {
    const auto table = context().watcher->runs();
    const std::ptrdiff_t row = runs_.empty() ? -1 : table->indexOf(runs_.front());
    if (row >= 0) {
        const QString kind = QString::fromStdString(table->row(static_cast<std::size_t>(row)).kind);
        for (std::size_t i = 0; i < pages_.size(); ++i)
            if (pages_[i].kind == kind) {
                View* view = page(i);
                if (shown_[i] != runs_) {
                    shown_[i] = runs_;
                    view->setRuns(runs_);
                }
                stack_->setCurrentWidget(view);
                return;
            }
    }
    stack_->setCurrentWidget(draft_ != nullptr ? static_cast<QWidget*>(draft_) : empty_);
}

} // namespace inlay::widgets
