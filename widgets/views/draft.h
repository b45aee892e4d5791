#pragma once

#include "engine/schema/project_file.h"

namespace inlay::widgets {

/// A view that can show what a set-up would give while it is typed, before it is run.
class ShowsDraft {
public:
    virtual ~ShowsDraft() = default;

    /// The set-up as typed, without issues. It is shown until a run is chosen; a set-up of another
    /// kind changes nothing.
    virtual void setDraft(const engine::ProjectFile& project) = 0;
};

} // namespace inlay::widgets
