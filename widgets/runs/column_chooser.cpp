#include "widgets/runs/column_chooser.h"

#include <algorithm>

#include <QLabel>
#include <QLineEdit>
#include <QListView>
#include <QSortFilterProxyModel>
#include <QStandardItemModel>
#include <QVBoxLayout>

#include "widgets/theme/metrics.h"

namespace inlay::widgets {

ColumnChooser::ColumnChooser(const RunColumnCatalog& catalog, const engine::RunTable& runs,
                             const std::vector<RunColumnId>& chosen, QWidget* parent)
    : QFrame(parent, Qt::Popup)
    , all_(catalog.available(runs))
    , chosen_(chosen)
    , items_(new QStandardItemModel(this))
    , filtered_(new QSortFilterProxyModel(this)) {
    setAttribute(Qt::WA_DeleteOnClose);
    setProperty("card", true);
    setAccessibleName(tr("Columns"));
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(8, 8, 8, 8);
    auto* title = new QLabel(tr("Columns"));
    title->setProperty("role", QStringLiteral("title"));
    layout->addWidget(title);
    auto* filter = new QLineEdit;
    filter->setPlaceholderText(tr("Find a parameter or result"));
    filter->setAccessibleName(tr("Find a column"));
    filter->setClearButtonEnabled(true);
    layout->addWidget(filter);
    for (std::size_t i = 0; i < all_.size(); ++i) {
        const RunColumnStyle style = catalog.style(all_[i]);
        const QString key = QString::fromStdString(all_[i].key);
        const bool namesKey = !key.isEmpty() && style.title != key;
        auto* item =
            new QStandardItem(namesKey ? tr("%1 (%2)").arg(style.title, key) : style.title);
        item->setToolTip(style.toolTip);
        item->setCheckable(true);
        item->setEditable(false);
        item->setCheckState(std::find(chosen_.begin(), chosen_.end(), all_[i]) != chosen_.end()
                                ? Qt::Checked
                                : Qt::Unchecked);
        item->setData(static_cast<int>(i), Qt::UserRole);
        items_->appendRow(item);
    }
    filtered_->setSourceModel(items_);
    filtered_->setFilterCaseSensitivity(Qt::CaseInsensitive);
    auto* list = new QListView;
    list->setModel(filtered_);
    list->setUniformItemSizes(true);
    list->setAccessibleName(tr("Columns that can be shown"));
    layout->addWidget(list, 1);
    resize(scaled(300, font()), scaled(380, font()));
    connect(filter, &QLineEdit::textChanged, filtered_,
            &QSortFilterProxyModel::setFilterFixedString);
    connect(items_, &QStandardItemModel::itemChanged, this, &ColumnChooser::announce);
    filter->setFocus();
}

void ColumnChooser::announce() {
    // Chosen ones keep their place, new ones come last.
    for (int row = 0; row < items_->rowCount(); ++row) {
        const QStandardItem* item = items_->item(row);
        const RunColumnId& column =
            all_[static_cast<std::size_t>(item->data(Qt::UserRole).toInt())];
        const auto found = std::find(chosen_.begin(), chosen_.end(), column);
        if (item->checkState() == Qt::Checked && found == chosen_.end())
            chosen_.push_back(column);
        else if (item->checkState() != Qt::Checked && found != chosen_.end())
            chosen_.erase(found);
    }
    emit columnsChosen(chosen_);
}

} // namespace inlay::widgets
