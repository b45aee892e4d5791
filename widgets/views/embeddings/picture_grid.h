#pragma once

#include <vector>

#include <QImage>
#include <QWidget>

namespace inlay::widgets {

/// Pictures of one size in rows, each enlarged by a whole number, with frames over them and a tool
/// tip each: filters of the first layer, images with their windows.
class PictureGrid : public QWidget {
    Q_OBJECT

public:
    struct Frame {
        QRectF box; // in pixels of the picture
        int color = 0;
    };
    struct Picture {
        QImage image;
        std::vector<Frame> frames;
        QString words;
    };

    explicit PictureGrid(QWidget* parent);

    void setPictures(std::vector<Picture> pictures);
    const std::vector<Picture>& pictures() const { return pictures_; }
    void setEmptyText(const QString& text);
    /// Words above the pictures.
    void setCaption(const QString& caption);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;
    bool event(QEvent* event) override;

private:
    struct Grid {
        int columns = 1;
        int side = 1;
        int left = 0;
        int top = 0;
        int gap = 0;
        int shown = 0;
    };
    Grid grid() const;
    QRectF boxOf(int index, const Grid& grid) const;

    std::vector<Picture> pictures_;
    QString emptyText_;
    QString caption_;
};

} // namespace inlay::widgets
