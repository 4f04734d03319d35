import Messages
import Recipe
import Terminal

/// A text field under edit: where it is, what it holds, and what is wrong with it.
package struct FieldEdit: Sendable, Equatable {
  package enum Purpose: Hashable, Sendable {
    case setup(SetupField)
    case sweepSeeds, sweepEvaluation, sweepBudget
    case margin, hardBelow
    case reportPath
    case configurationPath(ConfigurationTool)
    case runsFilter, logFilter, helpFilter
    case command
    case exportPath(RunID)
    case layers(Targets)
  }

  package var purpose: Purpose
  package var field: TextField
  package var message: String?

  package init(_ purpose: Purpose, text: String) {
    self.purpose = purpose
    field = TextField(text)
  }

  /// Fields of the status row have a prompt; the others are edited at their place.
  package var prompt: String? {
    switch purpose {
    case .setup, .sweepSeeds, .sweepEvaluation, .sweepBudget: nil
    case .margin: "points that a faster combination may be worse: "
    case .hardBelow: "a data set is hard where the base scores under, percent: "
    case .reportPath: "report folder: "
    case .configurationPath(let tool): "\(tool.displayName) configuration: "
    case .runsFilter, .logFilter, .helpFilter: "/"
    case .command: ":"
    case .layers(let set): "layers of \(set.label), empty for all: "
    case .exportPath(let run): "#\(run) as PEFT folder: "
    }
  }
}
