import Recipe

/// The file of examples, as a tool's configuration has to name it: its form and what its fields are called.
package struct ToolData: Sendable, Equatable {
  package var path: String
  package var form: DataForm
  package var promptField: String
  package var completionField: String
  /// Whether records of Alpaca's form have them.
  package var hasInput: Bool
  package var hasSystem = false
  package var turnsField: String
  /// A turn has `role` and `content`, not `from` and `value`.
  package var turnsHaveRoles: Bool
  /// The field that pictures stand in; nil without pictures.
  package var imageField: String?

  package init(
    path: String, form: DataForm = .promptCompletion, promptField: String = "prompt",
    completionField: String = "completion", imageField: String? = nil
  ) {
    self.path = path
    self.form = form
    self.promptField = promptField
    self.completionField = completionField
    hasInput = form == .alpaca
    turnsField = form == .shareGPT ? "conversations" : "messages"
    turnsHaveRoles = form != .shareGPT
    self.imageField = imageField
  }

  var fileName: String { path.split(separator: "/").last.map(String.init) ?? path }
  var folder: String {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
    return parts.isEmpty ? "." : parts.joined(separator: "/")
  }

  /// LLaMA-Factory's entry in `dataset_info.json`.
  package var datasetEntry: String {
    func quoted(_ text: String) -> String { ToolConfiguration.quoted(text) }
    let columns: String =
      switch form {
      case .promptCompletion: "\"prompt\": \(quoted(promptField)), \"response\": \(quoted(completionField))"
      case .alpaca:
        "\"prompt\": \(quoted(promptField)), " + (hasInput ? "\"query\": \"input\", " : "")
          + "\"response\": \(quoted(completionField))" + (hasSystem ? ", \"system\": \"system\"" : "")
      case .messages, .shareGPT: "\"messages\": \(quoted(turnsField))"
      }
    let pictures = imageField.map { ", \"images\": \(quoted($0))" } ?? ""
    var members = ["\"file_name\": \(quoted(fileName))"]
    if form == .messages || form == .shareGPT { members.append("\"formatting\": \"sharegpt\"") }
    members.append("\"columns\": {\(columns)\(pictures)}")
    if form == .messages || form == .shareGPT, turnsHaveRoles {
      members.append(
        "\"tags\": {\"role_tag\": \"role\", \"content_tag\": \"content\", \"user_tag\": \"user\", "
          + "\"assistant_tag\": \"assistant\", \"system_tag\": \"system\"}")
    }
    return "\"lorascope\": {\(members.joined(separator: ", "))}"
  }

  /// Axolotl's lines below a data set's `path`.
  package var axolotlLines: [String] {
    switch form {
    case .promptCompletion, .alpaca:
      let input = form == .alpaca && hasInput
      return [
        "type:", "  field_instruction: \(ToolConfiguration.quoted(promptField))",
      ] + (input ? ["  field_input: \"input\""] : []) + [
        "  field_output: \(ToolConfiguration.quoted(completionField))",
        input ? #"  format: "{instruction}\n{input}""# : #"  format: "{instruction}""#,
        #"  no_input_format: "{instruction}""#,
      ]
    case .messages, .shareGPT:
      return ["type: chat_template", "field_messages: \(turnsField)"]
        + (turnsHaveRoles ? [] : ["message_property_mappings:", "  role: from", "  content: value"])
    }
  }

  /// What MLX has to be told of the lines of `train.jsonl`.
  var mlxLines: [String] {
    switch form {
    case .promptCompletion where (promptField, completionField) == ("prompt", "completion"):
      ["# data: a folder with train.jsonl and valid.jsonl, each line {\"prompt\": \"…\", \"completion\": \"…\"}"]
    case .promptCompletion:
      [
        "# data: a folder with train.jsonl and valid.jsonl",
        "prompt_feature: \(ToolConfiguration.quoted(promptField))",
        "completion_feature: \(ToolConfiguration.quoted(completionField))",
      ]
    case .messages: ["# data: a folder with train.jsonl and valid.jsonl, each line {\"messages\": […]}"]
    case .alpaca, .shareGPT:
      [
        "# data: a folder with train.jsonl and valid.jsonl; MLX does not read this file's form, so write each line as "
          + "{\"messages\": […]}"
      ]
    }
  }
}
