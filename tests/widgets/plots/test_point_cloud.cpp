#include <QtTest>

#include <cmath>
#include <random>

#include "widgets/plots/class_legend.h"
#include "widgets/plots/point_cloud.h"
#include "widgets/theme/theme.h"

using namespace inlay::widgets;

namespace {

CloudPoints randomPoints(std::size_t count, int dimension, unsigned seed = 1) {
    std::mt19937 random(seed);
    std::normal_distribution<float> normal;
    CloudPoints points;
    points.dimension = dimension;
    points.values.resize(count * static_cast<std::size_t>(dimension));
    for (float& value : points.values)
        value = normal(random);
    return points;
}

std::vector<CloudClass> classes(int count) {
    std::vector<CloudClass> all;
    for (int i = 0; i < count; ++i)
        all.push_back({QString::number(i), seriesStyle(i)});
    return all;
}

// What is on the screen, at `ratio` device pixels a pixel.
QImage pictureOf(PointCloud& cloud, double ratio = 1) {
    cloud.flush();
    QImage image(cloud.size() * ratio, QImage::Format_RGB32);
    image.setDevicePixelRatio(ratio);
    cloud.render(&image);
    return image;
}

QWidget* canvasOf(PointCloud& cloud) {
    return cloud.focusProxy();
}

int away(const QColor& a, const QColor& b) {
    return std::max({std::abs(a.red() - b.red()), std::abs(a.green() - b.green()),
                     std::abs(a.blue() - b.blue())});
}

void drag(QWidget* canvas, const QPolygonF& way, Qt::KeyboardModifiers modifiers) {
    const auto send = [&](QEvent::Type type, const QPointF& at, Qt::MouseButtons buttons) {
        QMouseEvent event(type, at, canvas->mapToGlobal(at),
                          type == QEvent::MouseMove ? Qt::NoButton : Qt::LeftButton, buttons,
                          modifiers);
        QCoreApplication::sendEvent(canvas, &event);
    };
    send(QEvent::MouseButtonPress, way.first(), Qt::LeftButton);
    for (const QPointF& at : way)
        send(QEvent::MouseMove, at, Qt::LeftButton);
    send(QEvent::MouseButtonRelease, way.last(), Qt::NoButton);
}

} // namespace

class TestPointCloud : public QObject {
    Q_OBJECT

    std::unique_ptr<Theme> theme_;

private slots:
    void initTestCase() {
        theme_ = std::make_unique<Theme>(*qApp);
        theme_->setChoice(ThemeChoice::Light);
    }
    void cleanupTestCase() { theme_.reset(); }

    void stampsCoverTheirArea_data() {
        QTest::addColumn<double>("radius");
        QTest::newRow("small") << 1.0;
        QTest::newRow("usual") << 2.6;
        QTest::newRow("large") << 6.0;
    }
    void stampsCoverTheirArea() {
        QFETCH(double, radius);
        const SplatStamp disc(radius, MarkerFill::Filled);
        const SplatStamp ring(radius, MarkerFill::Hollow, 1, 1);
        for (int phase = 0; phase < SplatStamp::kPhases; ++phase) {
            double full = 0;
            double hollow = 0;
            for (int i = 0; i < disc.rows() * disc.stride(); ++i) {
                full += disc.opacities(phase, 3 - phase)[i] / 256.0;
                hollow += ring.opacities(phase, 3 - phase)[i] / 256.0;
            }
            const double area = M_PI * radius * radius;
            QVERIFY2(std::abs(full - area) < 0.12 * area + 0.3, qPrintable(QString::number(full)));
            const double inner = std::max(0.0, radius - 1);
            const double band = M_PI * (radius * radius - inner * inner);
            QVERIFY(std::abs(hollow - band) < 0.15 * band + 0.3);
        }
    }

    // Marks at the edge take another way than those inside; both must give the same pixels.
    void cutMarksMatchWholeOnes() {
        const SplatStamp stamp(2.6, MarkerFill::Hollow, 0.7, 1.3);
        const std::vector<SplatLook> looks = {{0xff3080c0, &stamp}};
        const auto draw = [&](int width, float x) {
            QImage image(width, 9, QImage::Format_ARGB32_Premultiplied);
            image.fill(0xffe0d0c0);
            for (int twice = 0; twice < 2; ++twice)
                splat(image, std::vector<SplatMark>{{x, 4.3F, 0}}, looks);
            return image;
        };
        for (float x = 3.6F; x < 5.2F; x += 0.3F)
            QCOMPARE(draw(9, x), draw(40, x).copy(0, 0, 9, 9));
    }

    void splatKeepsToThePicture() {
        QImage image(9, 9, QImage::Format_ARGB32_Premultiplied);
        image.fill(Qt::transparent);
        const SplatStamp stamp(3, MarkerFill::Filled);
        const std::vector<SplatLook> looks = {{0xffff0000, &stamp}};
        const float nan = std::nanf("");
        splat(image,
              std::vector<SplatMark>{
                  {0, 0}, {9, 9}, {4.5F, -2}, {-50, 4}, {1e30F, 1e30F}, {nan, 4}, {4, nan}},
              looks);
        QCOMPARE(image.pixel(0, 0), 0xffff0000u);
        QCOMPARE(image.pixel(8, 8), 0xffff0000u);
        QCOMPARE(qAlpha(image.pixel(4, 5)), 0);
        // Half covered pixels blend over what is there, and opaque stays opaque.
        image.fill(0xff0000ff);
        splat(image, std::vector<SplatMark>{{4.5F, 4.5F, 0}}, looks);
        for (int row = 0; row < 9; ++row)
            for (int column = 0; column < 9; ++column)
                QVERIFY(qAlpha(image.pixel(column, row)) >= 254);
        QCOMPARE(image.pixel(4, 4), 0xffff0000u);
    }

    void pointsHaveTheColorOfTheirClass_data() {
        QTest::addColumn<bool>("dark");
        QTest::addColumn<double>("ratio");
        QTest::newRow("light") << false << 1.0;
        QTest::newRow("dark") << true << 1.0;
        QTest::newRow("two device pixels") << false << 2.0;
    }
    void pointsHaveTheColorOfTheirClass() {
        QFETCH(bool, dark);
        QFETCH(double, ratio);
        theme_->setChoice(dark ? ThemeChoice::Dark : ThemeChoice::Light);
        PointCloud cloud;
        cloud.resize(400, 300);
        cloud.setPoints({2, {-1, -1, 1, -1, 0, 1, 0, 0}});
        cloud.setClasses({0, 1, 2, -1}, classes(3));
        cloud.show();
        const Tokens& t = tokens(dark ? Appearance::Dark : Appearance::Light);
        // Marks of a figure are drawn at its own scale; on the screen at the window's.
        QImage image = pictureOf(cloud);
        QPointF offset = canvasOf(cloud)->pos();
        if (ratio != 1) {
            FigureOptions options;
            options.size = cloud.size();
            options.scale = ratio;
            image = cloud.figure(options);
            QCOMPARE(image.size(), cloud.size() * ratio);
        }
        for (std::uint32_t i = 0; i < 4; ++i) {
            const auto at = cloud.pixelOf(i);
            QVERIFY(at);
            const QPoint pixel = ((*at + offset) * ratio).toPoint();
            const QColor wanted =
                i < 3 ? seriesColor(seriesStyle(static_cast<int>(i)), t) : t.control;
            // 85 % over the surface, at the middle of the mark.
            const auto mixed = [&](int color, int back) {
                return 0.85 * color + 0.15 * back;
            };
            const QColor expected(static_cast<int>(mixed(wanted.red(), t.surface.red())),
                                  static_cast<int>(mixed(wanted.green(), t.surface.green())),
                                  static_cast<int>(mixed(wanted.blue(), t.surface.blue())));
            const QColor seen = image.pixelColor(pixel);
            QVERIFY2(away(seen, expected) < 12,
                     qPrintable(seen.name() + " instead of " + expected.name()));
        }
        theme_->setChoice(ThemeChoice::Light);
    }

    void unitsAreAsLongAcrossAsUp() {
        PointCloud cloud;
        cloud.setPoints(randomPoints(100, 2));
        for (const QSize size : {QSize(700, 300), QSize(300, 500)}) {
            cloud.resize(size);
            cloud.show();
            QTest::qWait(80);
            cloud.flush();
            const auto a = cloud.pixelOf(0);
            const auto b = cloud.pixelOf(1);
            const auto& v = cloud.points().values;
            const double across = (b->x() - a->x()) / (v[2] - v[0]);
            const double up = (a->y() - b->y()) / (v[3] - v[1]);
            QVERIFY2(std::abs(across / up - 1) < 0.02, qPrintable(QString::number(across / up)));
        }
    }

    void picksTheNearestPoint() {
        PointCloud cloud;
        cloud.resize(500, 400);
        cloud.setPoints(randomPoints(3000, 2));
        cloud.show();
        cloud.flush();
        std::mt19937 random(5);
        std::uniform_real_distribution<double> place(0, 400);
        int found = 0;
        for (int trial = 0; trial < 300; ++trial) {
            const QPointF pixel(place(random), place(random));
            std::int64_t best = -1;
            double least = 12;
            for (std::uint32_t i = 0; i < cloud.count(); ++i) {
                const QPointF d = *cloud.pixelOf(i) - pixel;
                if (std::hypot(d.x(), d.y()) < least) {
                    least = std::hypot(d.x(), d.y());
                    best = i;
                }
            }
            const std::int64_t picked = cloud.pointAt(pixel);
            if (best >= 0 && picked >= 0) {
                const QPointF d = *cloud.pixelOf(static_cast<std::uint32_t>(picked)) - pixel;
                QVERIFY(std::abs(std::hypot(d.x(), d.y()) - least) < 1e-3);
                ++found;
            } else {
                QCOMPARE(picked, best);
            }
        }
        QVERIFY(found > 100);
    }

    void isolatedClassesAloneArePicked() {
        PointCloud cloud;
        cloud.resize(400, 300);
        cloud.setPoints({2, {0, 0, 0.001F, 0, 1, 1}});
        cloud.setClasses({0, 1, 0}, classes(2));
        cloud.show();
        cloud.flush();
        const QPointF at = *cloud.pixelOf(0);
        QVERIFY(cloud.pointAt(at) >= 0);
        cloud.setIsolated({1});
        cloud.flush();
        QCOMPARE(cloud.pointAt(at), std::int64_t{1});
        cloud.setIsolated({0});
        cloud.flush();
        QCOMPARE(cloud.pointAt(at), std::int64_t{0});
    }

    void setsCombine() {
        const PointSet a = {1, 3, 5};
        const PointSet b = {3, 4};
        QCOMPARE(combine(a, b, SelectionChange::Replace), b);
        QCOMPARE(combine(a, b, SelectionChange::Add), (PointSet{1, 3, 4, 5}));
        QCOMPARE(combine(a, b, SelectionChange::Subtract), (PointSet{1, 5}));
        QCOMPARE(combine(a, b, SelectionChange::Intersect), (PointSet{3}));
        QCOMPARE(inverted(a, 6), (PointSet{0, 2, 4}));
        QCOMPARE(inverted({}, 2), (PointSet{0, 1}));
    }

    void lassoSelectsWhatIsInside() {
        PointCloud cloud;
        cloud.resize(500, 400);
        cloud.setPoints(randomPoints(2000, 2));
        cloud.setTool(CloudTool::Lasso);
        cloud.show();
        cloud.flush();
        QSignalSpy spy(&cloud, &PointCloud::selectionChanged);
        QPolygonF outline;
        for (int i = 0; i < 40; ++i)
            outline << QPointF(270 + 110 * std::cos(i * M_PI / 20),
                               190 + (i % 2 == 0 ? 90 : 60) * std::sin(i * M_PI / 20));
        drag(canvasOf(cloud), outline, Qt::NoModifier);
        QCOMPARE(spy.count(), 1);
        int inside = 0;
        int wrong = 0;
        for (std::uint32_t i = 0; i < cloud.count(); ++i) {
            const bool is = outline.containsPoint(*cloud.pixelOf(i), Qt::OddEvenFill);
            const bool has =
                std::binary_search(cloud.selected().begin(), cloud.selected().end(), i);
            inside += is;
            wrong += is != has;
        }
        QVERIFY(inside > 200);
        // Points on the outline's own pixels may go either way.
        QVERIFY2(wrong <= inside / 20, qPrintable(QString::number(wrong)));
    }

    void shiftAddsAndAltTakesAway() {
        PointCloud cloud;
        cloud.resize(400, 300);
        cloud.setPoints({2, {0, 0, 1, 0, 2, 0, 3, 0}});
        cloud.setTool(CloudTool::Rectangle);
        cloud.show();
        cloud.flush();
        const auto around = [&](std::uint32_t from, std::uint32_t to) {
            return QPolygonF(
                {*cloud.pixelOf(from) - QPointF(15, 15), *cloud.pixelOf(to) + QPointF(15, 15)});
        };
        QWidget* canvas = canvasOf(cloud);
        drag(canvas, around(0, 1), Qt::NoModifier);
        QCOMPARE(cloud.selected(), (PointSet{0, 1}));
        drag(canvas, around(3, 3), Qt::ShiftModifier);
        QCOMPARE(cloud.selected(), (PointSet{0, 1, 3}));
        drag(canvas, around(1, 2), Qt::AltModifier);
        QCOMPARE(cloud.selected(), (PointSet{0, 3}));
        drag(canvas, around(2, 3), Qt::AltModifier | Qt::ShiftModifier);
        QCOMPARE(cloud.selected(), (PointSet{3}));
        // The view did not move, and outside of the points nothing is selected.
        drag(canvas,
             QPolygonF({*cloud.pixelOf(0) - QPointF(15, 60), *cloud.pixelOf(3) - QPointF(15, 40)}),
             Qt::NoModifier);
        QVERIFY(cloud.selected().empty());
        QVERIFY(cloud.isFollowing());
    }

    void selectedPointsStandOut() {
        PointCloud cloud;
        cloud.resize(400, 300);
        cloud.setPoints({2, {0, 0, 1, 0.5F}});
        cloud.setClasses({0, 1}, classes(2));
        cloud.show();
        const QImage before = pictureOf(cloud);
        cloud.select({1});
        const QImage after = pictureOf(cloud);
        const QPoint corner = canvasOf(cloud)->pos();
        const auto near = [&](const QImage& image, std::uint32_t point) {
            int marks = 0;
            const QPoint at = cloud.pixelOf(point)->toPoint() + corner;
            for (int y = -7; y <= 7; ++y)
                for (int x = -7; x <= 7; ++x)
                    marks += away(image.pixelColor(at + QPoint(x, y)),
                                  tokens(Appearance::Light).accent) < 20;
            return marks;
        };
        QCOMPARE(near(before, 1), 0);
        QVERIFY(near(after, 1) > 4);
        QCOMPARE(near(after, 0), 0);
        // The others step back.
        const QPoint other = cloud.pixelOf(0)->toPoint() + corner;
        QVERIFY(after.pixelColor(other).lightness() > before.pixelColor(other).lightness() + 40);
    }

    void hoveredPointLiesOnTop() {
        PointCloud cloud;
        cloud.resize(400, 300);
        // Point 0 lies below 200 others of another class.
        CloudPoints points{2, {0, 0, 1, 1, -1, -1}};
        std::vector<std::int32_t> classOf = {2, 0, 0};
        for (int i = 0; i < 200; ++i) {
            points.values.push_back(0);
            points.values.push_back(0);
            classOf.push_back(0);
        }
        cloud.setPoints(points);
        cloud.setClasses(classOf, classes(3));
        cloud.show();
        const QColor own = seriesColor(seriesStyle(2), tokens(Appearance::Light));
        const auto middle = [&] {
            const QImage image = pictureOf(cloud);
            return image.pixelColor(cloud.pixelOf(0)->toPoint() + canvasOf(cloud)->pos());
        };
        QVERIFY(away(middle(), own) > 40);
        cloud.setHovered(0);
        QVERIFY(away(middle(), own) < 6);
    }

    void valuesTakeTheMapAndItsScale() {
        PointCloud cloud;
        cloud.resize(400, 300);
        cloud.setPoints({2, {-1, 0, 0, 0, 1, 0}});
        cloud.setValues({0, std::nanf(""), 10}, "Density", {{}, 3}, {0, 10});
        cloud.show();
        const QImage image = pictureOf(cloud);
        QVERIFY(away(cloud.colorOf(0), QColor("#440154")) < 3);
        QVERIFY(away(cloud.colorOf(2), QColor("#FDE724")) < 3);
        QCOMPARE(cloud.colorOf(1), tokens(Appearance::Light).noValue);
        const QColor seen = image.pixelColor(cloud.pixelOf(0)->toPoint() + canvasOf(cloud)->pos());
        QVERIFY(away(seen, QColor("#440154")) < 45);
        QCOMPARE(cloud.table().columns.size(), std::size_t{4});
        QVERIFY(cloud.accessibleDescription().contains("density"));
    }

    void keysWalkSelectAndPin() {
        PointCloud cloud;
        cloud.resize(400, 300);
        cloud.setTitle("Embedding");
        cloud.setPoints({2, {2, 0, 0, 0, 1, 0}});
        cloud.show();
        cloud.flush();
        QWidget* canvas = canvasOf(cloud);
        QSignalSpy pinned(&cloud, &PointCloud::pointPinned);
        QTest::keyClick(canvas, Qt::Key_Right);
        QCOMPARE(cloud.hovered(), std::int64_t{1}); // the leftmost
        QVERIFY(canvas->accessibleName().contains("Point 1"));
        QTest::keyClick(canvas, Qt::Key_Space);
        QTest::keyClick(canvas, Qt::Key_Right);
        QCOMPARE(cloud.hovered(), std::int64_t{2});
        QTest::keyClick(canvas, Qt::Key_Space);
        QCOMPARE(cloud.selected(), (PointSet{1, 2}));
        QTest::keyClick(canvas, Qt::Key_Space);
        QCOMPARE(cloud.selected(), (PointSet{1}));
        QTest::keyClick(canvas, Qt::Key_Return);
        QCOMPARE(cloud.pinned(), std::int64_t{2});
        QCOMPARE(pinned.count(), 1);
        QTest::keyClick(canvas, Qt::Key_I, Qt::ControlModifier);
        QCOMPARE(cloud.selected(), (PointSet{0, 2}));
        QTest::keyClick(canvas, Qt::Key_A, Qt::ControlModifier);
        QCOMPARE(cloud.selected().size(), std::size_t{3});
        QTest::keyClick(canvas, Qt::Key_Escape); // hover
        QTest::keyClick(canvas, Qt::Key_Escape); // pin
        QTest::keyClick(canvas, Qt::Key_Escape); // selection
        QVERIFY(cloud.selected().empty());
        QCOMPARE(cloud.pinned(), std::int64_t{-1});
    }

    void cameraKeepsLengths() {
        CloudCamera camera;
        camera.setCenter({1, 2, 3});
        for (int turn = -180; turn < 180; turn += 37)
            for (int tilt = -90; tilt <= 90; tilt += 45) {
                camera.set(turn, tilt);
                QVERIFY(std::abs(camera.view(2, 4, 6).length() - std::sqrt(14.0F)) < 1e-5F);
                QVERIFY(camera.view(1, 2, 3).length() < 1e-6F);
            }
        // From the front the axes are those of the page; a quarter turn shows the third axis.
        camera.set(0, 0);
        QVERIFY((camera.view(2, 2, 3) - QVector3D(1, 0, 0)).length() < 1e-6F);
        QVERIFY((camera.view(1, 3, 3) - QVector3D(0, 1, 0)).length() < 1e-6F);
        camera.set(90, 0);
        QVERIFY((camera.view(1, 2, 4) - QVector3D(1, 0, 0)).length() < 1e-6F);
        camera.set(0, 400);
        QCOMPARE(camera.tilt(), 90.0);
    }

    void dragTurnsThreeDimensions() {
        PointCloud cloud;
        cloud.resize(400, 300);
        cloud.setPoints(randomPoints(500, 3));
        cloud.show();
        cloud.flush();
        const double turn = cloud.camera().turn();
        const QPointF before = *cloud.pixelOf(7);
        QWidget* canvas = canvasOf(cloud);
        drag(canvas, QPolygonF({QPointF(200, 150), QPointF(220, 150), QPointF(260, 140)}),
             Qt::NoModifier);
        QVERIFY(std::abs(cloud.camera().turn() - turn - 24) < 1e-6);
        cloud.flush();
        QVERIFY(*cloud.pixelOf(7) != before);
        // Every point stays in view, whatever the angle.
        for (int angle = 0; angle < 180; angle += 20) {
            cloud.setCamera(angle, angle - 90);
            cloud.flush();
            int visible = 0;
            for (std::uint32_t i = 0; i < cloud.count(); ++i)
                visible += canvas->rect().contains(cloud.pixelOf(i)->toPoint());
            QCOMPARE(visible, 500);
        }
        QTest::keyClick(canvas, Qt::Key_Right, Qt::ControlModifier);
        QVERIFY(std::abs(cloud.camera().turn() - 165) < 1e-6);
        // In the front lies the nearer one.
        cloud.setPoints({3, {0, 0, -1, 0, 0, 1, 1, 1, 0}});
        cloud.setClasses({0, 1, 2}, classes(3));
        cloud.setCamera(0, 0);
        const QImage image = pictureOf(cloud);
        const QColor seen = image.pixelColor(cloud.pixelOf(0)->toPoint() + canvasOf(cloud)->pos());
        QVERIFY(away(seen, seriesColor(seriesStyle(1), tokens(Appearance::Light))) < 60);
        QVERIFY(away(seen, seriesColor(seriesStyle(0), tokens(Appearance::Light))) > 60);
    }

    void legendIsolatesClasses() {
        ClassLegend legend;
        legend.resize(400, 24);
        legend.setClasses(classes(5));
        legend.show();
        QSignalSpy spy(&legend, &ClassLegend::isolatedChanged);
        QTest::mouseClick(&legend, Qt::LeftButton, {}, legend.rectOf(2).center());
        QCOMPARE(legend.isolated(), std::vector<int>{2});
        QTest::mouseClick(&legend, Qt::LeftButton, Qt::ControlModifier, legend.rectOf(0).center());
        QCOMPARE(legend.isolated(), (std::vector<int>{0, 2}));
        QVERIFY(legend.accessibleDescription().contains("0, 2"));
        QTest::mouseClick(&legend, Qt::LeftButton, Qt::ControlModifier, legend.rectOf(0).center());
        QTest::mouseClick(&legend, Qt::LeftButton, {}, legend.rectOf(2).center());
        QVERIFY(legend.isolated().empty());
        QCOMPARE(spy.count(), 4);
        QTest::keyClick(&legend, Qt::Key_Right);
        QTest::keyClick(&legend, Qt::Key_Space);
        QCOMPARE(legend.isolated(), std::vector<int>{3});
        // Too many classes: what does not fit is behind "more".
        legend.setClasses(classes(200));
        QVERIFY(legend.rectOf(0).isValid());
        QVERIFY(!legend.rectOf(199).isValid());
    }

    void emptyCloudIsQuiet() {
        PointCloud cloud;
        cloud.resize(300, 200);
        cloud.setEmptyText("Nothing yet");
        cloud.show();
        cloud.flush();
        QVERIFY(cloud.isEmpty());
        QCOMPARE(cloud.pointAt({100, 100}), std::int64_t{-1});
        QTest::keyClick(canvasOf(cloud), Qt::Key_Right);
        QVERIFY(cloud.accessibleDescription().contains("Nothing yet"));
        // One point, and points without a place.
        cloud.setPoints({2, {3, 3, std::nanf(""), 0}});
        cloud.flush();
        QVERIFY(cloud.pixelOf(0));
        QVERIFY(!cloud.pixelOf(1));
    }
};

QTEST_MAIN(TestPointCloud)
#include "test_point_cloud.moc"
