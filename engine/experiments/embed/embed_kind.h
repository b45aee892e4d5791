#pragma once

#include "engine/runner/experiment_kind.h"

namespace inlay::engine::embed {

/// Projects vectors to a picture and says how good the picture is.
const ExperimentKind& embedKind();

} // namespace inlay::engine::embed
