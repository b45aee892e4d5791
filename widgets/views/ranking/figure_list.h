#pragma once

#include <optional>
#include <vector>

#include <QWidget>

#include "widgets/theme/series_style.h"

namespace inlay::widgets {

/// A narrow list of figures: rows "name  value", some with the key of a curve, under headings.
class FigureList : public QWidget {
    Q_OBJECT

public:
    struct Row {
        QString name;
        QString value; // empty: a heading
        std::optional<SeriesStyle> style;
        bool isStrong = false;

        bool operator==(const Row&) const = default;
    };

    explicit FigureList(QWidget* parent = nullptr);

    void setTitle(const QString& title, const QString& subtitle);
    void setRows(std::vector<Row> rows);
    const std::vector<Row>& rows() const { return rows_; }

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;
    void changeEvent(QEvent* event) override;

private:
    QString title_;
    QString subtitle_;
    std::vector<Row> rows_;
};

} // namespace inlay::widgets
