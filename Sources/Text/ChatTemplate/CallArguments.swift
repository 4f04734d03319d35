/// Arguments of calls that stand in the data as text of JSON, as the OpenAI API has them.
extension ChatTemplate {
  /// How many calls have their arguments in a text as JSON within a JSON text, with quotation marks and backslashes: a template that writes
  /// arguments as JSON takes objects.
  package func quotedArguments(of messages: some Sequence<ChatMessage>, in text: String) -> Int {
    let calls = messages.flatMap { $0.fields.value("tool_calls")?.array ?? [] }
    if calls.isEmpty { return 0 }
    let written = Array(text.utf8)
    return calls.count { call in
      let function = call.object?.value("function")?.object ?? call.object
      guard let arguments = function?.value("arguments")?.string, arguments.utf8.contains(UInt8(ascii: "{")) else {
        return false
      }
      let quoted = JSONWriter.text(.string(arguments), indent: nil)
      return quoted.utf8.count > arguments.utf8.count + 2
        && ByteSearch.first(Array(quoted.utf8), in: written, from: 0) != nil
    }
  }
}
