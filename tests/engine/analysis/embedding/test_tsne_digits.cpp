#include <QtTest>

#include "engine/analysis/embedding/principal_layout.h"
#include "engine/analysis/embedding/quality.h"
#include "engine/analysis/embedding/tsne.h"
#include "engine/interop/idx.h"
#include "tests/engine/analysis/embedding/points.h"

using namespace inlay::engine;
using namespace inlay::test;

// The acceptance figures on real digits: 5,000 test images, PCA to 64, perplexity 30, 1,000
// iterations (scikit-learn reaches KL 1.568 and trustworthiness .9766).
class TestTsneDigits : public QObject {
    Q_OBJECT

private slots:
    void fiveThousandDigits() {
        const QString data = qEnvironmentVariable("INLAY_TEST_DATA");
        if (data.isEmpty())
            QSKIP("INLAY_TEST_DATA is not set: no real digits");
        const IdxArray images =
            readIdx((data + "/mnist/t10k-images-idx3-ubyte.gz").toStdString(), kIdxImages);
        constexpr std::int64_t n = 5000;
        std::vector<float> pixels = images.floats();
        pixels.resize(n * 784);
        for (float& pixel : pixels)
            pixel /= 255;
        const std::vector<float> reduced = reducedDimension({pixels, n, 784}, 64);
        const PointsView points{reduced, n, 64};
        const Layout layout = tsneLayout(points, {}, {});
        const ProjectionQuality quality =
            projectionQuality(points, {layout.values, n, layout.dimension});
        qInfo("KL %.4f, trustworthiness %.4f, continuity %.4f, kept %.4f", layout.cost,
              quality.trustworthiness, quality.continuity, quality.neighborsKept);
        QVERIFY(layout.cost <= 1.58);
        QVERIFY(quality.trustworthiness >= 0.974);
    }
};

QTEST_GUILESS_MAIN(TestTsneDigits)
#include "test_tsne_digits.moc"
