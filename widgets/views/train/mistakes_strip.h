#pragma once

#include <vector>

#include <QImage>
#include <QWidget>

namespace inlay::widgets {

/// A sample that the network gets wrong.
struct MistakeImage {
    QImage image;
    int label = 0;
    int predicted = 0;
    /// Probability that the network gave to its answer.
    double confidence = 0;
};

/// Pictures of mistakes with "4 → 9" and the confidence below each; as many as fit.
class MistakesStrip : public QWidget {
    Q_OBJECT

public:
    explicit MistakesStrip(QWidget* parent = nullptr);

    /// `subtitle` says of which step and how many there are.
    void setMistakes(std::vector<MistakeImage> mistakes, const QString& subtitle);
    const std::vector<MistakeImage>& mistakes() const { return mistakes_; }
    /// Shown while there are none.
    void setEmptyText(const QString& text);

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;
    bool event(QEvent* event) override;

private:
    struct Grid {
        int columns = 1;
        int rows = 1;
        int cellWidth = 0;
        int cellHeight = 0;
        int picture = 0;
        int top = 0;
        int left = 0;
    };
    Grid grid() const;

    std::vector<MistakeImage> mistakes_;
    QString subtitle_;
    QString emptyText_;
};

} // namespace inlay::widgets
