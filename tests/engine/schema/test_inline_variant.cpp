#include <QtTest>

#include "engine/schema/assignments.h"
#include "engine/schema/schema.h"

using namespace inlay::engine;

namespace {

struct Round {
    double radius = 1.0;
    bool operator==(const Round&) const = default;
};
struct Square {
    int side = 2;
    int corners = 4;
    bool operator==(const Square&) const = default;
};
struct Shape {
    std::variant<Round, Square> form = Square{5, 4};
    std::string color = "red";
    bool operator==(const Shape&) const = default;
};
struct Picture {
    Shape shape;
    int copies = 1;
};

Schema<Shape> shapeSchema() {
    Schema<Round> round;
    round.field("radius", &Round::radius).above(0);
    Schema<Square> square;
    square.field("side", &Square::side).range(1, 100);
    square.field("corners", &Square::corners).range(0, 4);
    square.check([](const Square& config, std::vector<Issue>& issues) {
        if (config.side == 99 && config.corners == 0)
            issues.push_back({"corners", "corners is 0, allowed is 1 to 4 with side 99"});
    });
    Schema<Shape> schema;
    schema
        .inlineVariant(&Shape::form, {alternative<Round>("round", "Round", "", round),
                                      alternative<Square>("square", "Square", "", square)})
        .title("Form");
    schema.field("color", &Shape::color).required();
    return schema;
}

Schema<Picture> pictureSchema() {
    Schema<Picture> schema;
    schema.group("shape", &Picture::shape, shapeSchema()).title("Shape");
    schema.field("copies", &Picture::copies).range(1, 9);
    return schema;
}

Json json(const char* text) {
    return Json::parse(text);
}

std::vector<std::string> keys(const std::vector<FieldInfo>& fields) {
    std::vector<std::string> keys;
    for (const FieldInfo& info : fields)
        keys.push_back(info.key);
    return keys;
}

std::string sentences(const std::vector<Issue>& issues) {
    std::string text;
    for (const Issue& issue : issues)
        text += issue.key + ": " + issue.message + "\n";
    return text;
}

} // namespace

class TestInlineVariant : public QObject {
    Q_OBJECT

private slots:
    void lieBesideTheOtherKeys() {
        const auto schema = shapeSchema();
        QCOMPARE(schema.defaults(),
                 json(R"({"kind": "square", "side": 5, "corners": 4, "color": "red"})"));
        const Json round = schema.write({Round{2.5}, "blue"});
        QCOMPARE(round, json(R"({"kind": "round", "radius": 2.5, "color": "blue"})"));
        QVERIFY((schema.read(round) == Shape{Round{2.5}, "blue"}));
        QVERIFY((schema.read(json(R"({"side": 7})")) == Shape{Square{7, 4}, "red"}));
    }

    void completeAndReduceAreInverse_data() {
        QTest::addColumn<QByteArray>("reduced");
        for (const char* text :
             {"{}", R"({"shape": {"side": 7}})", R"({"shape": {"kind": "round"}})",
              R"({"shape": {"kind": "round", "radius": 3.0}, "copies": 2})",
              R"({"shape": {"color": "blue"}})"})
            QTest::newRow(text) << QByteArray(text);
    }
    void completeAndReduceAreInverse() {
        QFETCH(QByteArray, reduced);
        const auto schema = pictureSchema();
        const Json partial = json(reduced.constData());
        const Json full = schema.complete(partial);
        QCOMPARE(schema.complete(full), full);
        QCOMPARE(schema.reduce(full), partial);
        const auto issues = schema.validate(full);
        QVERIFY2(issues.empty(), sentences(issues).c_str());
    }

    void fieldsFollowTheKind() {
        const auto schema = pictureSchema();
        QCOMPARE(keys(schema.fields(Json::object())),
                 (std::vector<std::string>{"shape.kind", "shape.side", "shape.corners",
                                           "shape.color", "copies"}));
        QCOMPARE(keys(schema.fields(json(R"({"shape": {"kind": "round"}})"))),
                 (std::vector<std::string>{"shape.kind", "shape.radius", "shape.color", "copies"}));
        const auto all = schema.allFields();
        QCOMPARE(keys(all), (std::vector<std::string>{"shape.kind", "shape.radius", "shape.side",
                                                      "shape.corners", "shape.color", "copies"}));
        QVERIFY(all[0].discriminator && all[0].inlined);
        QCOMPARE(conditionText(all[1]), std::string("shape.kind is round"));
        QVERIFY(all[4].enabledWhen.empty());
        QCOMPARE(all[1].groups, std::vector<std::string>{"Shape"});
        QCOMPARE(all[2].defaultValue, Json(5));
    }

    void badInput_data() {
        QTest::addColumn<QByteArray>("values");
        QTest::addColumn<QByteArray>("expected");
        const auto row = [](const char* values, const char* expected) {
            QTest::newRow(values) << QByteArray(values) << QByteArray(expected);
        };
        row(R"({"shape": {"kind": "roun"}})",
            "shape.kind: shape.kind is \"roun\", allowed is round, square; the nearest is round\n");
        row(R"({"shape": {"kind": "roun", "radius": 1}})",
            "shape.kind: shape.kind is \"roun\", allowed is round, square; the nearest is round\n");
        row(R"({"shape": {"radius": 1}})",
            "shape.radius: shape.radius is not a parameter here; it is one when shape.kind is "
            "round\n");
        row(R"({"shape": {"side": 0}})", "shape.side: shape.side is 0, allowed is 1 to 100\n");
        row(R"({"shape": {"sid": 1}})",
            "shape.sid: shape.sid is not a parameter; the nearest is shape.side\n");
        row(R"({"shape": {"side": 99, "corners": 0}})",
            "shape.corners: shape.corners is 0, allowed is 1 to 4 with side 99\n");
        row(R"({"shape": {"color": "", "side": 0}})",
            "shape.side: shape.side is 0, allowed is 1 to 100\n"
            "shape.color: shape.color is empty, a text is needed\n");
    }
    void badInput() {
        QFETCH(QByteArray, values);
        QFETCH(QByteArray, expected);
        QCOMPARE(sentences(pictureSchema().validate(json(values.constData()))),
                 expected.toStdString());
    }

    void aNewKindKeepsWhatIsNotItsOwn() {
        const Json config = json(R"({"shape": {"side": 7, "corners": 1, "color": "blue"}})");
        const auto assigned = assign(pictureSchema(), config, {{"shape.kind", "round"}});
        QVERIFY2(assigned.issues.empty(), sentences(assigned.issues).c_str());
        QCOMPARE(assigned.config, json(R"({"shape": {"color": "blue", "kind": "round"}})"));
        const auto back = assign(pictureSchema(), assigned.config,
                                 {{"shape.kind", "square"}, {"shape.corners", 2}});
        QVERIFY2(back.issues.empty(), sentences(back.issues).c_str());
        QVERIFY((pictureSchema().read(back.config).shape == Shape{Square{5, 2}, "blue"}));
    }
};

QTEST_GUILESS_MAIN(TestInlineVariant)
#include "test_inline_variant.moc"
