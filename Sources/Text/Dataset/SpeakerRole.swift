/// Who speaks, as data sets write it: in any case, by the names that are in use for each.
enum SpeakerRole {
  /// Those that templates know under this very name.
  private static let own = ["user", "assistant", "system", "developer", "tool", "function", "ipython"]
  private static let others: [(role: String, names: [String])] = [
    ("user", ["human", "prompter", "usr"]),
    ("assistant", ["gpt", "chatgpt", "model", "bot", "chatbot", "ai", "llm", "asst", "bard", "bing"]),
    ("system", ["sys"]),
    ("tool", ["observation", "function_response", "tool_response", "tool_result"]),
  ]
  private static let known: [String: String] = {
    var known = Dictionary(uniqueKeysWithValues: own.map { ($0, $0) })
    for (role, names) in others {
      for name in names { known[name] = role }
    }
    return known
  }()
  /// Turns of the assistant's that call a tool, which have no text of their own.
  private static let calls: Set<String> = [
    "function_call", "function-call", "tool_call", "tool_calls", "function_calls",
  ]

  /// The role as templates call it; nil for a name that is not known.
  static func named(_ name: String) -> String? { known[name] ?? known[key(name)] }

  static func isCall(_ name: String) -> Bool { calls.contains(key(name)) }

  /// For messages: every name that is known.
  static var names: String {
    let lists = own.map { role in
      let more = others.first { $0.role == role }?.names ?? []
      return more.isEmpty ? role : "\(role) (\(more.joined(separator: ", ")))"
    }
    return lists.joined(separator: ", ")
  }

  private static func key(_ name: String) -> String { RecordFields.trimmed(name).lowercased() }
}
