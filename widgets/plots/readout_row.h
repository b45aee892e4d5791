#pragma once

#include <vector>

#include <QWidget>

namespace inlay::widgets {

enum class Tone { Normal, Good, Warn, Bad };

/// One figure of a row of read-outs: caption above, value with unit and secondary words below.
struct Readout {
    QString caption;
    /// Already formatted ("97.86"); "–" for none.
    QString value;
    QString unit;
    QString secondary;
    Tone tone = Tone::Normal;
    QString toolTip;

    bool operator==(const Readout&) const = default;
};

/// A row of figures separated by hairlines. When narrow it drops secondary words first, then
/// captions, never the values.
class ReadoutRow : public QWidget {
    Q_OBJECT

public:
    explicit ReadoutRow(QWidget* parent = nullptr);

    void setReadouts(std::vector<Readout> readouts);
    const std::vector<Readout>& readouts() const { return readouts_; }

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;
    void changeEvent(QEvent* event) override;
    bool event(QEvent* event) override;

private:
    double cellWidth() const;

    std::vector<Readout> readouts_;
};

} // namespace inlay::widgets
