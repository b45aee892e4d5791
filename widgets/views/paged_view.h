#pragma once

#include <functional>
#include <vector>

#include <QString>

#include "widgets/views/draft.h"
#include "widgets/views/view.h"

class QStackedWidget;

namespace inlay::widgets {

class EmptyState;

/// One tab for several kinds of one area (streaming and graph clustering): shows the page of the
/// current run's kind. A page is made when its first run is chosen.
class PagedView : public View, public ShowsDraft {
    Q_OBJECT

public:
    struct Page {
        QString kind; // id of the experiment kind
        std::function<View*(const ViewContext& context, QWidget* parent)> make;
    };
    /// What stands there while no run of these kinds is chosen.
    struct Words {
        QString iconName;
        QString heading;
        QString text;
    };

    PagedView(ViewContext context, std::vector<Page> pages, Words words, QWidget* parent);

    void setRuns(const std::vector<engine::RunId>& runs) override;
    void setBaseline(engine::RunId run) override;
    /// Goes to the page of its kind, which stands there until runs are chosen, unless another page
    /// shows a run.
    void setDraft(const engine::ProjectFile& project) override;

private:
    void choosePage();
    View* page(std::size_t index);

    std::vector<Page> pages_;
    std::vector<View*> made_;
    /// What each page was told last: it follows its runs by itself.
    std::vector<std::vector<engine::RunId>> shown_;
    QStackedWidget* stack_ = nullptr;
    EmptyState* empty_ = nullptr;
    View* draft_ = nullptr; // the page that was given a draft since runs were chosen last
    std::vector<engine::RunId> runs_;
    engine::RunId baseline_ = 0;
};

} // namespace inlay::widgets
