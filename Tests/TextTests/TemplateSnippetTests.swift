import Foundation
import TestFiles
import Testing
import Text

/// Six thousand small templates: jinja2's text in transformers' environment, or a refusal with the line, never another text.
@Suite struct TemplateSnippetTests {
  private static let name = "t.jinja"

  private func rendered(_ source: String, _ messages: [ChatMessage]) -> (text: String?, refusal: String?) {
    var text: String?
    let refused = refusal {
      text = try ChatTemplate(source: source, name: Self.name, specialTokens: ["bos_token": "<s>"])
        .render(messages, addGenerationPrompt: false)
    }
    return (text, refused?.text)
  }

  @Test func sameTextOrARefusalWithItsLine() throws {
    let rows = try String(contentsOf: Fixtures.folder("chat/jinja-snippets.jsonl"), encoding: .utf8).split(
      separator: "\n"
    )
    .map { try #require(try JSONParser.parse(Array($0.utf8)).object) }
    let messages = try #require(rows.first?["messages"]?.array).compactMap { $0.object.map { ChatMessage(fields: $0) } }
    var (same, refused) = (0, 0)
    for row in rows.dropFirst() {
      let source = try #require(row["snippet"]?.string)
      let expected = row["jinja2"]?.string
      // A template that takes contents apart looks as if it knew lists of parts only; this says that it knows strings.
      let probe =
        source.contains("].content") ? "{{ messages[0].content if messages[0].content == 'QZQ' else '' }}" : ""
      let (text, refusal) = rendered(probe + source, messages)
      if let text {
        #expect(expected.map { Array($0.utf8) } == Array(text.utf8), "\(source): \(text)")
        same += 1
      } else {
        let message = try #require(refusal)
        #expect(message.hasPrefix("\(Self.name): line "), "\(source): \(message)")
        if expected != nil { refused += 1 }
      }
    }
    // What jinja2 gives a text for is refused in few places: integers beyond 64 bits, keys that are no strings, slices of what has none.
    #expect(same > 3700 && refused < 110, "\(same) the same, \(refused) refused")
  }

  /// What costs much is charged by its size, and the error names the line.
  @Test(arguments: [
    "{% set s = 'a' * 8000000 %}\n{% for i in range(100000) %}{% if 'b' in s %}{% endif %}{% endfor %}",
    "{% set s = 'a' * 8000000 %}\n{% for i in range(100000) %}{{ s | length }}{% endfor %}",
    "{% set s = 'a' * 4000000 %}{% set t = 'a' * 4000000 %}\n{% for i in range(100000) %}{% if s == t %}{% endif %}{% endfor %}",
    "{% set l = [0] * 400000 %}\n{% for i in range(100000) %}{% if -1 in l %}{% endif %}{% endfor %}",
    "{% set t = 'a' * 2000000 ~ 'b' %}{% set s = 'a' * 4000000 %}\n{% for i in range(100) %}{% if t in s %}x{% endif %}{% endfor %}",
    "{% set s = 'a' * 8000000 %}\n{% for i in range(100000) %}{% if s.startswith('b') or s.isdigit() %}{% endif %}{% endfor %}",
    "{% set l = range(90000) | list %}\n{% for i in range(1000) %}{% set x = l | sort %}{% endfor %}",
    "{% set l = range(90000) | list %}\n{% for i in range(1000) %}{% set x = l[1:] %}{% endfor %}",
    "{% set l = range(90000) | list %}\n{% for i in range(1000) %}{% if l == l[:] %}{% endif %}{% endfor %}",
    "{% set l = ['x'] * 90000 %}\n{% for i in range(1000) %}{% set x = l | join('y') %}{% endfor %}",
    "{% set s = 'ab' * 1000000 %}\n{% for i in range(1000) %}{% set x = s | replace('a', 'c') %}{% endfor %}",
    "{% set s = 'ab' * 1000000 %}\n{% for i in range(1000) %}{% set x = s[i] %}{{ s.find('c') }}{% endfor %}",
    "\n{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}",
    "\n{% for a in range(9999) %}{% set x = ['%99999s' % a, '{:>99999}'.format(a), 'x'.center(99999)] %}{% endfor %}",
    "\n{% for a in range(9999) %}{% set x = range(99999) | batch(2) | list %}{% endfor %}",
    "{% for a in [1] recursive %}\n{{ loop([1]) }}{% endfor %}",
    "{% set l = [('x' * 999)] * 9000 %}\n{% for i in range(1000) %}{% set x = l | unique | list %}{% endfor %}",
    "{% set l = [('x' * 9999)] * 900 %}\n{% for i in range(1000) %}{% set x = l | tojson %}{% endfor %}",
  ])
  func costsAreCharged(_ source: String) throws {
    let result = rendered(source, [ChatMessage(role: "user", content: "Hi")])
    let message = try #require(result.refusal)
    #expect(message.hasPrefix("\(Self.name): line 2: ") || message.hasPrefix("\(Self.name): line 1: "), "\(message)")
    #expect(
      message.contains("steps") || message.contains("MiB") || message.contains("deep") || message.contains("undefined"),
      "\(message)")
  }

  /// A long conversation and the templates of today stay far below the budget.
  @Test(arguments: BuiltinChatTemplate.allCases)
  func longConversationsKeepTheirBudget(_ builtin: BuiltinChatTemplate) throws {
    let folder = try TemporaryFolder()
    let template = try ChatTemplate.named(builtin.rawValue, folder: folder.url)
    let turns = (0..<2000).map {
      ChatMessage(role: $0.isMultiple(of: 2) ? "user" : "assistant", content: "Yes, \($0).")
    }
    #expect(try template.render(turns, addGenerationPrompt: false).contains("Yes, 1999."))
  }
}
