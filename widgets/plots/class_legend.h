#pragma once

#include <vector>

#include <QWidget>

#include "widgets/plots/point_cloud.h"

namespace inlay::widgets {

/// The classes of a cloud in one line: mark and name. A click shows one class alone, Ctrl-click
/// adds or removes one, a click on the only one shows all again. What finds no room is behind
/// "12 more". Left and Right walk, Space chooses.
class ClassLegend : public QWidget {
    Q_OBJECT

public:
    explicit ClassLegend(QWidget* parent = nullptr);

    void setClasses(std::vector<CloudClass> classes);
    void setIsolated(const std::vector<int>& classes);
    const std::vector<int>& isolated() const { return isolated_; }
    /// The rectangle of a class; empty when it is behind "more".
    QRect rectOf(int index) const;

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

signals:
    void isolatedChanged(const std::vector<int>& classes);

protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void changeEvent(QEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    bool event(QEvent* event) override;

private:
    void arrange();
    void choose(int index, Qt::KeyboardModifiers modifiers);
    void openMore();
    void announce();

    std::vector<CloudClass> classes_;
    std::vector<int> isolated_;
    std::vector<QRect> rects_; // of those that fit
    QRect more_;
    int current_ = 0;
};

} // namespace inlay::widgets
