#pragma once

#include <QWidget>

class QLabel;
class QSlider;
class QTimer;
class QToolButton;

namespace inlay::widgets {

/// First, back, play, forward, last, a slider and words: chooses one frame of a recorded film.
/// While it stands on the newest frame it follows a growing film; stepping back stops following.
/// Left and Right, Home and End move it while it has the focus, Space plays.
class Transport : public QWidget {
    Q_OBJECT

public:
    explicit Transport(QWidget* parent = nullptr);

    /// Number of frames. The index stays, or moves with the end when it stood there.
    void setCount(int count);
    int count() const { return count_; }
    int index() const { return index_; }
    void setIndex(int index);
    /// Words after the slider ("6,400 of 10,000 points"), for the frame it stands on.
    void setText(const QString& text);
    /// What a frame is ("round"), for the names of the buttons.
    void setFrameName(const QString& name);
    bool isPlaying() const;
    void setPlaying(bool playing);

signals:
    /// The frame to show now.
    void indexChanged(int index);

protected:
    void keyPressEvent(QKeyEvent* event) override;

private:
    QToolButton* makeButton(const QString& iconName);
    void move(int index);
    void advance();
    void refresh();

    QToolButton* first_ = nullptr;
    QToolButton* back_ = nullptr;
    QToolButton* play_ = nullptr;
    QToolButton* forward_ = nullptr;
    QToolButton* last_ = nullptr;
    QSlider* slider_ = nullptr;
    QLabel* text_ = nullptr;
    QTimer* timer_ = nullptr;
    QString frameName_;
    int count_ = 0;
    int index_ = -1;
};

} // namespace inlay::widgets
