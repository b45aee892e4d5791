#include <QtTest>

#include "sample.h"

using namespace inlay::engine;

class TestSchema : public QObject {
    Q_OBJECT

private slots:
    void defaultsValidate() {
        const auto schema = sample::schema();
        const auto issues = schema.validate(schema.defaults());
        QVERIFY2(issues.empty(), joinMessages(issues).c_str());
        QCOMPARE(schema.reduce(schema.defaults()), Json::object());
    }
};

QTEST_GUILESS_MAIN(TestSchema)
#include "test_schema.moc"
