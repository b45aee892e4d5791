#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <QString>

#include "engine/runner/experiment_kind.h"

namespace inlay::widgets {

/// Words for keys and values of configurations, from what the kinds' schemas declare.
class ParameterWords {
public:
    explicit ParameterWords(const std::vector<const engine::ExperimentKind*>& kinds);

    QString title(const std::string& key) const;
    /// Heading of the keys under a dotted prefix ("network.operator").
    QString section(const std::string& prefix) const;
    QString value(const std::string& key, const std::optional<engine::Json>& value) const;
    /// Whether a recorded name is one of many under a pattern ("gradient_norm/head").
    bool isOneOfMany(const std::string& name) const;

private:
    struct Field {
        QString title;
        std::map<std::string, QString> choices;
    };

    std::vector<const engine::ExperimentKind*> kinds_;
    std::map<std::string, Field> fields_;
    std::map<std::string, QString> sections_;
};

/// Words for what environmentOf() lists.
QString environmentTitle(const std::string& key);

} // namespace inlay::widgets
