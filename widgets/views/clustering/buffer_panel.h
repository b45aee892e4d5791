#pragma once

#include <QWidget>

#include "widgets/views/clustering/stream_film.h"

namespace inlay::widgets {

/// The buffers of a streaming run as filling bars, and below them what the stream does now.
class BufferPanel : public QWidget {
    Q_OBJECT

public:
    explicit BufferPanel(QWidget* parent = nullptr);

    void setLevels(std::vector<StreamLevel> levels);
    /// `footer`: words below the bars.
    void setMoment(const StreamMoment& moment, const QString& footer);
    void setSubtitle(const QString& subtitle);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    int rowHeight() const;

    std::vector<StreamLevel> levels_;
    std::vector<double> used_;
    std::size_t centers_ = 0;
    QString subtitle_;
    QString footer_;
};

} // namespace inlay::widgets
